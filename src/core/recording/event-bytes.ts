import { EVENT_OVERHEAD_BYTES } from './encode-event.js';
import { DIGEST_BYTES, EVENT_HEAD_BYTES } from './recording-format.js';

const FIRST_BUFFER_BYTES = 4096;

/**
 * Bytes of a record as they come, event by event. Before the current event stands the digest of the one before, so that
 * what an event's digest is made of lies in one piece.
 */
export class EventBytes {
  #buffer: Uint8Array;
  #start = DIGEST_BYTES;
  #end = DIGEST_BYTES;

  constructor(digest: Uint8Array) {
    this.#buffer = new Uint8Array(FIRST_BUFFER_BYTES);
    this.#buffer.set(digest);
  }

  /** Bytes from the current event on. */
  get size(): number {
    return this.#end - this.#start;
  }

  push(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#buffer.length) this.#makeRoom(bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Payload bytes of the current event as it says itself; undefined while its head is not there. */
  get payloadBytes(): number | undefined {
    return this.size < EVENT_HEAD_BYTES ? undefined : this.#view().getUint32(0);
  }

  /** Whether the current event is there to its last byte. */
  get whole(): boolean {
    const { payloadBytes } = this;
    return payloadBytes !== undefined && this.size >= EVENT_OVERHEAD_BYTES + payloadBytes;
  }

  get kind(): number {
    return this.#view().getUint8(4);
  }

  get time(): number {
    const view = this.#view();
    return view.getUint32(5) * 2 ** 32 + view.getUint32(9);
  }

  /** This and the following: of an event that is {@link whole}; views until the next {@link push}. */
  get payload(): Uint8Array {
    const at = this.#start + EVENT_HEAD_BYTES;
    return this.#buffer.subarray(at, at + (this.payloadBytes ?? 0));
  }

  /** What the digest is made of: the digest before, and the event without its own. */
  get hashed(): Uint8Array {
    return this.#buffer.subarray(this.#start - DIGEST_BYTES, this.payload.byteOffset + this.payload.length);
  }

  get digest(): Uint8Array {
    const at = this.#start + EVENT_HEAD_BYTES + (this.payloadBytes ?? 0);
    return this.#buffer.subarray(at, at + DIGEST_BYTES);
  }

  next(): void {
    this.#start += EVENT_OVERHEAD_BYTES + (this.payloadBytes ?? 0);
  }

  /** Whether an event of this kind ends exactly where the bytes end, wherever it begins. */
  endsWithEvent(kind: number): boolean {
    const view = new DataView(this.#buffer.buffer);
    for (let at = this.#start + 1; at + EVENT_OVERHEAD_BYTES <= this.#end; at += 1) {
      if (view.getUint8(at + 4) === kind && at + EVENT_OVERHEAD_BYTES + view.getUint32(at) === this.#end) return true;
    }
    return false;
  }

  #view(): DataView {
    return new DataView(this.#buffer.buffer, this.#start);
  }

  #makeRoom(more: number): void {
    const kept = this.#buffer.subarray(this.#start - DIGEST_BYTES, this.#end);
    const needed = kept.length + more;
    const buffer = needed <= this.#buffer.length ? this.#buffer : new Uint8Array(2 ** Math.ceil(Math.log2(needed)));
    if (buffer === this.#buffer) buffer.copyWithin(0, this.#start - DIGEST_BYTES, this.#end);
    else buffer.set(kept);
    this.#buffer = buffer;
    this.#start = DIGEST_BYTES;
    this.#end = kept.length;
  }
}
