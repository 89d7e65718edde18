import { sleep, type Clock } from '../clock.js';
import { Backoff } from '../connection/backoff.js';
import { causeOf, type Log } from '../log.js';
import type { ContainerLog } from './container-output.js';

/** Waits between attempts to open the log of a container that runs already. */
export const LATE_LOG_BACKOFF = { firstMs: 500, capMs: 30_000 } as const;
/** After this many attempts, over some eight minutes, the container's output goes nowhere. */
export const LATE_LOG_TRIES = 20;

export interface LateLogOptions {
  readonly open: () => Promise<ContainerLog | undefined>;
  readonly clock: Clock;
  /** Uniform in [0, 1); for jitter only. */
  readonly random: () => number;
  readonly log: Log;
  readonly containerName: string;
}

/**
 * The log of a container that was there before it: what the container writes waits until the log can be opened, for a
 * host's agent may come up before the service that keeps its logs.
 */
export class LateLog implements ContainerLog {
  readonly #opened: Promise<ContainerLog | undefined>;
  readonly #closing = new AbortController();
  #log: ContainerLog | undefined;
  #open = false;

  constructor(options: LateLogOptions) {
    this.#opened = this.#keepOpening(options);
  }

  write(stream: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void> | void {
    if (this.#open) return this.#log?.write(stream, bytes);
    return this.#opened.then((log) => log?.write(stream, bytes));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await (await this.#opened)?.close();
  }

  async #keepOpening({ open, clock, random, log, containerName }: LateLogOptions): Promise<ContainerLog | undefined> {
    const backoff = new Backoff(LATE_LOG_BACKOFF, random);
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.#log = await open();
        break;
      } catch (error) {
        log.debug({ containerName, attempt, cause: causeOf(error) }, 'log of an adopted container not opened yet');
        if (attempt === LATE_LOG_TRIES || this.#closing.signal.aborted) {
          log.warn({ containerName, cause: causeOf(error) }, 'output of an adopted container goes nowhere');
          break;
        }
        await sleep(clock, backoff.next(), this.#closing.signal);
      }
    }
    this.#open = true;
    return this.#log;
  }
}
