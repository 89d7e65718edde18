import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Our stdout as the destination of something long: waits for its reader, and knows when there is none any more. */
export class StandardOutput {
  readonly #stream: Writable;
  #closed = false;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', () => (this.#closed = true));
  }

  /** Nobody reads it: what is written is lost. */
  get closed(): boolean {
    return this.#closed;
  }

  async write(chunk: string | Uint8Array): Promise<void> {
    if (this.#closed || this.#stream.write(chunk)) return;
    // An error ends the wait too.
    await once(this.#stream, 'drain').catch(() => undefined);
  }
}
