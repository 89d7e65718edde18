import type { ContentFile, ObjectFiles } from './object-files.js';

/** An object's content while it is read. Its files stay until it is read to the end or returned. */
export class ObjectContent implements AsyncIterableIterator<Uint8Array> {
  readonly size: number;
  readonly #files: ObjectFiles;
  readonly #held: readonly ContentFile[];
  #pieces: AsyncGenerator<Uint8Array, void, undefined> | undefined;
  #first: IteratorResult<Uint8Array, void> | undefined;
  #released = false;

  constructor(files: ObjectFiles, held: readonly ContentFile[]) {
    this.#files = files;
    this.#held = held;
    this.size = held.reduce((sum, { size }) => sum + size, 0);
    files.hold(held);
  }

  /** Reads the first piece, so that what is damaged there is known before anything has been answered. */
  async open(dataKey: Uint8Array, { start, end }: { readonly start: number; readonly end: number }): Promise<void> {
    this.#pieces = this.#files.read(this.#held, dataKey, start, end);
    this.#first = await this.#pieces.next();
  }

  async next(): Promise<IteratorResult<Uint8Array, void>> {
    const first = this.#first;
    this.#first = undefined;
    try {
      const result = first ?? (await this.#pieces?.next()) ?? { done: true as const, value: undefined };
      if (result.done === true) await this.return();
      return result;
    } catch (error) {
      await this.return();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, void>> {
    if (!this.#released) {
      this.#released = true;
      await this.#pieces?.return();
      await this.#files.release(this.#held);
    }
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
