const unreserved = /^[A-Za-z0-9\-._~]*$/;
const hex = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`);

/** SigV4's UriEncode: every byte except `A-Z a-z 0-9 - . _ ~` becomes `%XX`. */
export function uriEncode(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    text += unreserved.test(character) ? character : (hex[byte] ?? '');
  }
  return text;
}

/** Encodes what is on the wire once more; Node hands bytes over as latin-1 characters. */
export function uriEncodeText(text: string): string {
  return unreserved.test(text) ? text : uriEncode(wireBytes(text));
}

/** Decodes and encodes again, so that `%2d`, `-` and `%2D` are the same. A stray `%` stands for itself. */
export function uriNormalize(text: string): string {
  return unreserved.test(text) ? text : uriEncode(uriDecode(text));
}

/** Percent-decodes to bytes; never throws. */
export function uriDecode(text: string): Uint8Array {
  const source = wireBytes(text);
  const result = new Uint8Array(source.length);
  let length = 0;
  for (let index = 0; index < source.length; index++) {
    const byte = source[index] ?? 0;
    const high = hexDigit(source[index + 1]);
    const low = hexDigit(source[index + 2]);
    if (byte === 0x25 && high >= 0 && low >= 0) {
      result[length++] = high * 16 + low;
      index += 2;
    } else {
      result[length++] = byte;
    }
  }
  return result.subarray(0, length);
}

function wireBytes(text: string): Uint8Array {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0xff) return Buffer.from(text, 'utf8');
  }
  return Buffer.from(text, 'latin1');
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
