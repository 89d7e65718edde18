const INITIAL_ROUND_TRIP = 100;
const INITIAL_TIMEOUT = 200;
const ROUND_TRIP_GAIN = 1 / 8;
const VARIATION_GAIN = 1 / 4;
const CLOCK_GRANULARITY = 10;

/** Milliseconds; the ceiling of both official programs. */
export const MAX_TIMEOUT = 1_000;

/**
 * Milliseconds. The official programs have no floor in their formula, but look only every 100 ms. Without one, a pause
 * of the garbage collector would cause resends on a loopback channel.
 */
export const MIN_TIMEOUT = 100;

/** When an unacknowledged message counts as lost: round trip, its variation, timeout (wire-protocol 3.2). */
export class RetransmissionTimeout {
  #roundTrip = INITIAL_ROUND_TRIP;
  #variation = 0;
  #timeout = INITIAL_TIMEOUT;

  /** Milliseconds. */
  get current(): number {
    return this.#timeout;
  }

  /**
   * The acknowledgement of a message came after `elapsed` ms. Only for messages sent once: which copy of a repeated one
   * was acknowledged nobody knows (Karn).
   */
  sample(elapsed: number): void {
    const measured = Math.max(0, elapsed);
    this.#variation += VARIATION_GAIN * (Math.abs(this.#roundTrip - measured) - this.#variation);
    this.#roundTrip += ROUND_TRIP_GAIN * (measured - this.#roundTrip);
    const timeout = this.#roundTrip + Math.max(CLOCK_GRANULARITY, 4 * this.#variation);
    this.#timeout = Math.min(MAX_TIMEOUT, Math.max(MIN_TIMEOUT, timeout));
  }

  /** Something had to be repeated: wait longer until a fresh sample says otherwise. */
  backOff(): void {
    this.#timeout = Math.min(MAX_TIMEOUT, this.#timeout * 2);
  }
}
