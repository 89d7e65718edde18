import { sleep, type Clock } from '../clock.js';

/** Between parts of running sessions, of all of them together, in milliseconds: they have the network first. */
export const PART_INTERVAL_MS = 1_000;
/** How many parts of ended records are on their way at a time. */
export const MAX_FINISHING = 4;

/** A host whose sessions have shown nothing for so long, in milliseconds, has its time for what has ended. */
export const QUIET_AFTER_MS = 1_000;
/** While they do, so many times as long as a part took, nothing follows it: shipping has a tenth of the time. */
export const REST_FACTOR = 9;

/** Lets one part of a running session go at a time, in the order they ask. */
export class ShippingPace {
  readonly #clock: Clock;
  #freeAt = 0;
  #activeAt = Number.NEGATIVE_INFINITY;
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

  /** A session shows something. */
  active(): void {
    this.#activeAt = this.#clock.now();
  }

  /** The host stops: nobody is in the way any more. */
  hurry(): void {
    this.#activeAt = Number.NEGATIVE_INFINITY;
  }

  /** After a part of an ended record that took so many milliseconds: leaves the machine to sessions that need it. */
  async rest(took: number, signal: AbortSignal): Promise<void> {
    if (Math.abs(this.#clock.now() - this.#activeAt) >= QUIET_AFTER_MS) return;
    await sleep(this.#clock, Math.min(took * REST_FACTOR, PART_INTERVAL_MS), signal);
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
