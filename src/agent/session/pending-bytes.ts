/** Chunks in the order they came, taken out again in pieces of another size. */
export class PendingBytes {
  #chunks: Uint8Array[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** Up to `limit` bytes. A single chunk that fits is handed on without a copy. */
  take(limit: number): Uint8Array {
    const first = this.#chunks[0];
    if (first === undefined) return new Uint8Array(0);
    if (first.length >= limit || this.#chunks.length === 1) {
      const taken = first.subarray(0, limit);
      this.#size -= taken.length;
      if (taken.length === first.length) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(limit);
      return taken;
    }
    const all = Buffer.concat(this.#chunks, this.#size);
    const taken = all.subarray(0, limit);
    const rest = all.subarray(limit);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#size = rest.length;
    return taken;
  }
}
