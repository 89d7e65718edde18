import type { FileHandle } from 'node:fs/promises';
import { SEGMENT_BYTES, type Segments } from './segments.js';

/** Seals content into a new file as it comes; holds one segment. */
export class SealedFileWriter {
  readonly #file: FileHandle;
  readonly #segments: Segments;
  readonly #buffer = Buffer.allocUnsafe(SEGMENT_BYTES);
  #filled = 0;
  #number = 0;
  #size = 0;

  constructor(file: FileHandle, segments: Segments) {
    this.#file = file;
    this.#segments = segments;
  }

  /** Bytes of content so far. */
  get size(): number {
    return this.#size;
  }

  async write(content: Uint8Array): Promise<void> {
    this.#size += content.length;
    let at = 0;
    let full: Uint8Array[] = [];
    while (at < content.length) {
      // Only when more comes is it known that this one is not the last.
      if (this.#filled === SEGMENT_BYTES) full.push(...this.#seal(false));
      const taken = Math.min(SEGMENT_BYTES - this.#filled, content.length - at);
      this.#buffer.set(content.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
    }
    if (full.length > 0) await this.#append(full);
    full = [];
  }

  /** Writes the last segment and makes it all durable. */
  async finish(): Promise<void> {
    await this.#append(this.#seal(true));
    await this.#file.sync();
  }

  #seal(last: boolean): readonly Uint8Array[] {
    const sealed = this.#segments.seal(this.#buffer.subarray(0, this.#filled), this.#number++, last);
    this.#filled = 0;
    return sealed;
  }

  async #append(pieces: readonly Uint8Array[]): Promise<void> {
    const bytes = Buffer.concat(pieces);
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, at);
      at += bytesWritten;
    }
  }
}
