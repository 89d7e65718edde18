import { decodeUtf8 } from '../protocol/utf8.js';

/** UTF-8 in pieces cut anywhere. What is malformed becomes U+FFFD, exactly as in {@link decodeUtf8} of the whole. */
export class Utf8Stream {
  #rest: Uint8Array = new Uint8Array(0);

  push(bytes: Uint8Array): string {
    const all = this.#rest.length === 0 ? bytes : joined(this.#rest, bytes);
    const whole = all.length - unfinishedBytes(all);
    this.#rest = all.slice(whole);
    return decodeUtf8(all.subarray(0, whole));
  }

  /** A character that was never finished. */
  end(): string {
    const text = decodeUtf8(this.#rest);
    this.#rest = new Uint8Array(0);
    return text;
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const all = new Uint8Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}

/** How many bytes at the end are a leading byte that still waits for some of its own. */
function unfinishedBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < lengthOf(byte) ? back : 0;
  }
  return 0;
}

function lengthOf(lead: number): number {
  if (lead >= 0xf0) return 4;
  return lead >= 0xe0 ? 3 : 2;
}
