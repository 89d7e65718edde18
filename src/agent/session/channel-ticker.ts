import type { Clock } from '../clock.js';

/** Data channels are looked at no more often than this: the interval at which a channel repairs a loss. */
export const TICK_MS = 10;

/** The part of a channel that time moves: when it next wants {@link Tickable.tick}, in milliseconds since the epoch. */
export interface Tickable {
  readonly nextTick: number | undefined;
  tick(): void;
}

/** One timer for all data channels of a host. It runs only while a channel waits for something. */
export class ChannelTicker {
  readonly #clock: Clock;
  readonly #channels = new Set<Tickable>();
  #cancel: (() => void) | undefined;
  #dueAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(channel: Tickable): void {
    this.#channels.add(channel);
    this.wake(channel);
  }

  delete(channel: Tickable): void {
    this.#channels.delete(channel);
  }

  /** A channel has sent or received: it may want a tick sooner than the timer knows. */
  wake(channel: Tickable): void {
    const due = channel.nextTick;
    if (due !== undefined && (this.#cancel === undefined || due < this.#dueAt)) this.#arm(due);
  }

  #arm(due: number): void {
    const now = this.#clock.now();
    const dueAt = Math.max(due, now + TICK_MS);
    if (this.#cancel !== undefined) {
      if (dueAt >= this.#dueAt) return;
      this.#cancel();
    }
    this.#dueAt = dueAt;
    this.#cancel = this.#clock.after(dueAt - now, () => this.#tick());
  }

  #tick(): void {
    this.#cancel = undefined;
    const now = this.#clock.now();
    let earliest = Number.POSITIVE_INFINITY;
    for (const channel of this.#channels) {
      if (channel.nextTick !== undefined && channel.nextTick <= now) channel.tick();
      earliest = Math.min(earliest, channel.nextTick ?? Number.POSITIVE_INFINITY);
    }
    if (earliest !== Number.POSITIVE_INFINITY) this.#arm(earliest);
  }
}
