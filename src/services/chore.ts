import type { Timer, Timers } from './ecs/ports.js';

export interface ChoreOptions {
  readonly timers: Timers;
  /** Milliseconds until it is to be done again; undefined: not before somebody asks. */
  readonly work: () => Promise<number | undefined>;
  /** Told of what {@link work} throws; the time that was set before still counts. */
  readonly failed?: (error: unknown) => void;
}

/** Work that is done at the start, whenever somebody asks, and again after a while; never twice at a time. */
export class Chore {
  readonly #options: ChoreOptions;
  #timer: Timer | undefined;
  #working: Promise<void> = Promise.resolve();
  #stopped = true;

  constructor(options: ChoreOptions) {
    this.#options = options;
  }

  /** Not started yet, or asked to end: long work looks at it now and then. */
  isStopped(): boolean {
    return this.#stopped;
  }

  start(): Promise<void> {
    this.#stopped = false;
    return this.run();
  }

  /** Resolves when nothing of it is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#working;
  }

  /** Never rejects. */
  run(): Promise<void> {
    this.#working = this.#working.then(() => this.#turn());
    return this.#working;
  }

  async #turn(): Promise<void> {
    const { timers, work, failed } = this.#options;
    try {
      const wait = await work();
      this.#timer?.cancel();
      if (this.#stopped || wait === undefined) return;
      this.#timer = timers.after(wait, () => void this.run());
    } catch (error) {
      failed?.(error);
    }
  }
}
