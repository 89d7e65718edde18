import { sleep, type Clock } from '../clock.js';

/** Between parts of running sessions, of all of them together, in milliseconds: they have the network first. */
export const PART_INTERVAL_MS = 1_000;
/** How many parts of ended records are on their way at a time. */
export const MAX_FINISHING = 4;

/** Lets one part of a running session go at a time, in the order they ask. */
export class ShippingPace {
  readonly #clock: Clock;
  #freeAt = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when it is the caller's turn, or the signal is raised; a turn that is not wanted any more costs nothing. */
  turn(signal: AbortSignal): Promise<void> {
    const mine = this.#last.then(() => this.#wait(signal));
    this.#last = mine;
    return mine;
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const wait = this.#freeAt - this.#clock.now();
    // A clock that was set back must not stop us for as long.
    if (wait > 0) await sleep(this.#clock, Math.min(wait, PART_INTERVAL_MS), signal);
    if (!signal.aborted) this.#freeAt = this.#clock.now() + PART_INTERVAL_MS;
  }
}

/** So many at a time, first come, first served. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async use<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
