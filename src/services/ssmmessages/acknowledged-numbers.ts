import { MAX_ACKNOWLEDGED_BEYOND_GAP } from './relay-limits.js';

/**
 * Which sequence numbers of a stream have been acknowledged. Acknowledgements are not cumulative (wire-protocol 3.1),
 * but nearly in order, so one number and a small set say it all. Bounded: the oldest beyond a gap are forgotten.
 */
export class AcknowledgedNumbers {
  /** First number of the stream that was seen; after a restart of the gateway not 0 (T16). */
  #base: number | undefined;
  /** Everything from the base up to here, exclusive, is acknowledged. */
  #floor = 0;
  readonly #beyond = new Set<number>();

  /** A stream message passed by; nothing below the first one is known. */
  seen(sequence: number): void {
    if (this.#base !== undefined) return;
    this.#base = sequence;
    this.#floor = sequence;
    this.#advance();
  }

  add(sequence: number): void {
    if (this.has(sequence)) return;
    this.#beyond.add(sequence);
    this.#advance();
    if (this.#beyond.size <= MAX_ACKNOWLEDGED_BEYOND_GAP) return;
    const [oldest] = this.#beyond;
    if (oldest !== undefined) this.#beyond.delete(oldest);
  }

  has(sequence: number): boolean {
    if (this.#base !== undefined && sequence >= this.#base && sequence < this.#floor) return true;
    return this.#beyond.has(sequence);
  }

  /** Nothing up to and including this number is missing. */
  isComplete(sequence: number): boolean {
    return this.#base !== undefined && sequence < this.#floor;
  }

  #advance(): void {
    if (this.#base === undefined) return;
    while (this.#beyond.delete(this.#floor)) this.#floor += 1;
  }
}
