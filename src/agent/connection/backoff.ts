/** Waiting times between attempts, in milliseconds. */
export interface BackoffLimits {
  /** Upper bound of the first wait: short, because most losses are a restart of the other end. */
  readonly firstMs: number;
  /** Upper bound of every wait. */
  readonly capMs: number;
}

/** Doubling waits with jitter: each is between a half and the whole of its bound. */
export class Backoff {
  readonly #limits: BackoffLimits;
  readonly #random: () => number;
  #attempt = 0;

  /** `random`: uniform in [0, 1). */
  constructor(limits: BackoffLimits, random: () => number) {
    this.#limits = limits;
    this.#random = random;
  }

  /** How many waits were given out since the last reset. */
  get attempts(): number {
    return this.#attempt;
  }

  next(): number {
    const bound = Math.min(this.#limits.capMs, this.#limits.firstMs * 2 ** this.#attempt);
    this.#attempt += 1;
    return Math.round(bound * (0.5 + this.#random() / 2));
  }

  reset(): void {
    this.#attempt = 0;
  }
}
