/** Requests without a good signature that are taken down in a minute. Anyone who can connect can send them. */
export const STRANGERS_PER_MINUTE = 120;

const MINUTE_MS = 60_000;

/** Keeps those whom nobody knows from filling the audit. */
export class StrangerLimit {
  readonly #clock: () => number;
  #minute = 0;
  #count = 0;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  admit(): boolean {
    const minute = Math.floor(this.#clock() / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#count = 0;
    }
    this.#count++;
    return this.#count <= STRANGERS_PER_MINUTE;
  }
}
