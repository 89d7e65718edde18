import { MAX_ACKNOWLEDGED_BEYOND_GAP } from './relay-limits.js';

/**
 * Which sequence numbers of a stream have been acknowledged. Acknowledgements are not cumulative (wire-protocol 3.1),
 * but nearly in order, so one number and a small set say it all. Bounded: the oldest beyond a gap are forgotten.
 */
export class AcknowledgedNumbers {
  /** Where knowledge begins: 0, or after a restart of the gateway the lowest number that was seen (T16). */
  #base: number | undefined;
  /** Everything from the base up to here, exclusive, is acknowledged. */
  #floor = 0;
  readonly #beyond = new Set<number>();

  constructor(options: { fromStart: boolean }) {
    if (options.fromStart) this.#base = 0;
  }

  /** A stream message passed by. Agents of ours send some messages ahead of the one with the number before. */
  seen(sequence: number): void {
    if (this.#base !== undefined && sequence >= this.#base) return;
    const from = Math.max(this.#base ?? 0, this.#floor - MAX_ACKNOWLEDGED_BEYOND_GAP);
    for (let number = from; number < this.#floor; number += 1) this.#beyond.add(number);
    this.#base = sequence;
    this.#floor = sequence;
    this.#advance();
  }

  add(sequence: number): void {
    if (this.has(sequence)) return;
    this.#beyond.add(sequence);
    this.#advance();
    for (const oldest of this.#beyond) {
      if (this.#beyond.size <= MAX_ACKNOWLEDGED_BEYOND_GAP) return;
      this.#beyond.delete(oldest);
    }
  }

  has(sequence: number): boolean {
    if (this.#base !== undefined && sequence >= this.#base && sequence < this.#floor) return true;
    return this.#beyond.has(sequence);
  }

  /** Every number from where knowledge begins up to and including this one is acknowledged. */
  isGapless(sequence: number): boolean {
    return this.has(sequence) && sequence < this.#floor;
  }

  /** Every number of the stream up to and including this one is known to be acknowledged. */
  isComplete(sequence: number): boolean {
    return this.#base === 0 && sequence < this.#floor;
  }

  #advance(): void {
    if (this.#base === undefined) return;
    while (this.#beyond.delete(this.#floor)) this.#floor += 1;
  }
}
