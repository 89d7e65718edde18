/*
 * UTF-8 without the platform: this floor knows neither TextEncoder nor Buffer. Only headers, JSON and error texts pass
 * through here; stream payloads stay bytes.
 */

const REPLACEMENT = 0xfffd;
/** Arguments per String.fromCharCode call; far below every engine's limit. */
const CHUNK = 4096;

/** Lone surrogates become U+FFFD, as everywhere in UTF-8. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    let code = text.codePointAt(index) ?? 0;
    if (code > 0xffff) index += 1;
    else if (code >= 0xd800 && code <= 0xdfff) code = REPLACEMENT;
    if (code < 0x80) {
      bytes[length++] = code;
    } else if (code < 0x800) {
      bytes[length++] = 0xc0 | (code >> 6);
      bytes[length++] = 0x80 | (code & 0x3f);
    } else {
      if (code < 0x10000) {
        bytes[length++] = 0xe0 | (code >> 12);
      } else {
        bytes[length++] = 0xf0 | (code >> 18);
        bytes[length++] = 0x80 | ((code >> 12) & 0x3f);
      }
      bytes[length++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[length++] = 0x80 | (code & 0x3f);
    }
  }
  return bytes.slice(0, length);
}

/** How many bytes follow a leading byte, and the range of the first of them; undefined: not a leading byte. */
function sequenceOf(lead: number): { count: number; bits: number; low: number; high: number } | undefined {
  if (lead >= 0xc2 && lead <= 0xdf) return { count: 1, bits: lead & 0x1f, low: 0x80, high: 0xbf };
  if (lead >= 0xe0 && lead <= 0xef) {
    return { count: 2, bits: lead & 0x0f, low: lead === 0xe0 ? 0xa0 : 0x80, high: lead === 0xed ? 0x9f : 0xbf };
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    return { count: 3, bits: lead & 0x07, low: lead === 0xf0 ? 0x90 : 0x80, high: lead === 0xf4 ? 0x8f : 0xbf };
  }
  return undefined;
}

/** One code point at `index` and the index after it. */
function readCodePoint(bytes: Uint8Array, index: number): { code: number; next: number } {
  const sequence = sequenceOf(bytes[index] ?? 0);
  let next = index + 1;
  if (sequence === undefined) return { code: REPLACEMENT, next };
  let { bits, low, high } = sequence;
  for (let remaining = sequence.count; remaining > 0; remaining -= 1) {
    const byte = bytes[next];
    if (byte === undefined || byte < low || byte > high) return { code: REPLACEMENT, next };
    bits = (bits << 6) | (byte & 0x3f);
    low = 0x80;
    high = 0xbf;
    next += 1;
  }
  return { code: bits, next };
}

/** Malformed sequences become U+FFFD, one for each maximal part, as the Unicode standard recommends. */
export function decodeUtf8(bytes: Uint8Array): string {
  let text = '';
  let units: number[] = [];
  let index = 0;
  while (index < bytes.length) {
    const byte = bytes[index] ?? 0;
    if (byte < 0x80) {
      units.push(byte);
      index += 1;
    } else {
      const { code, next } = readCodePoint(bytes, index);
      if (code > 0xffff) units.push(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
      else units.push(code);
      index = next;
    }
    if (units.length >= CHUNK) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}
