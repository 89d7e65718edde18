import type { SessionUsage as Amounts } from '../../core/protocol/session-usage.js';
import type { EnteredProcess, ProcessUsage } from '../../platform/runtime/runtime.js';
import type { Clock } from '../clock.js';

/** Between two looks at what a session's command uses, in milliseconds. */
export const USAGE_PERIOD_MS = 5_000;

/** CPU and memory of a session's command and its descendants, looked at now and then and at its end. */
export class SessionUsage {
  readonly #process: EnteredProcess;
  readonly #clock: Clock;
  readonly #sampled: (usage: ProcessUsage) => void;
  #latest: ProcessUsage | undefined;
  #cancel: () => void = () => undefined;
  #over = false;

  /** `sampled` is told of each look. */
  constructor(process: EnteredProcess, clock: Clock, sampled: (usage: ProcessUsage) => void) {
    this.#process = process;
    this.#clock = clock;
    this.#sampled = sampled;
    this.#wait();
  }

  /** As it was seen last; undefined: never, or this machine cannot tell. */
  get latest(): ProcessUsage | undefined {
    return this.#latest;
  }

  /** Looks for the last time: the command has ended. Never rejects. */
  async end(): Promise<ProcessUsage | undefined> {
    this.#over = true;
    this.#cancel();
    await this.#look();
    return this.#latest;
  }

  #wait(): void {
    if (this.#over || this.#process.usage === undefined) return;
    // All sessions look at the same moments: a runtime that looks through this machine's processes does it once for all.
    const untilNext = USAGE_PERIOD_MS - (this.#clock.now() % USAGE_PERIOD_MS);
    this.#cancel = this.#clock.after(untilNext, () => void this.#look().then(() => this.#wait()));
  }

  async #look(): Promise<void> {
    const usage = await this.#process.usage?.().catch(() => undefined);
    if (usage === undefined) return;
    this.#latest = usage;
    this.#sampled(usage);
  }
}

/** As messages have it: whole numbers. */
export function usageAmounts({ cpuSeconds, memoryBytes, peakMemoryBytes }: ProcessUsage): Amounts {
  return {
    cpuMilliseconds: Math.round(cpuSeconds * 1000),
    memoryBytes: Math.round(memoryBytes),
    peakMemoryBytes: Math.round(peakMemoryBytes),
  };
}
