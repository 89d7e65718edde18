import { markRandomUuid } from '../protocol/uuid.js';

const UUID_BYTES = 16;
/** Ids made from one request for random bytes: asking for 16 at a time costs more than the rest of a frame. */
const BATCH = 128;

/** Random message ids, in bytes. They need to be unique, not secret. */
export class MessageIds {
  readonly #randomBytes: (length: number) => Uint8Array;
  #pool: Uint8Array = new Uint8Array(0);
  #next = 0;

  constructor(randomBytes: (length: number) => Uint8Array) {
    this.#randomBytes = randomBytes;
  }

  /** 16 bytes, good until the next call. */
  next(): Uint8Array {
    if (this.#next === this.#pool.length) {
      this.#pool = Uint8Array.from(this.#randomBytes(BATCH * UUID_BYTES));
      this.#next = 0;
    }
    const start = this.#next;
    this.#next += UUID_BYTES;
    markRandomUuid(this.#pool, start);
    return this.#pool.subarray(start, this.#next);
  }
}
