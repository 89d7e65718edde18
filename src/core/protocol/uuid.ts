const HEX = Object.freeze(Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0')));
const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const UUID_BYTES = 16;
const HALF = UUID_BYTES / 2;

function hex(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let index = from; index < to; index += 1) text += HEX[bytes[index] ?? 0] ?? '';
  return text;
}

function format(bytes: Uint8Array, first: number, second: number): string {
  return `${hex(bytes, first, first + 4)}-${hex(bytes, first + 4, first + 6)}-${hex(bytes, first + 6, first + 8)}-${hex(bytes, second, second + 2)}-${hex(bytes, second + 2, second + 8)}`;
}

export function isUuid(text: string): boolean {
  return FORM.test(text);
}

/** Text of the 16 bytes at `offset` in their normal, big-endian order. */
export function formatUuid(bytes: Uint8Array, offset = 0): string {
  return format(bytes, offset, offset + HALF);
}

/** A random (version 4) UUID from 16 random bytes at `offset`, which are changed. */
export function uuidFromRandom(bytes: Uint8Array, offset = 0): string {
  bytes[offset + 6] = ((bytes[offset + 6] ?? 0) & 0x0f) | 0x40;
  bytes[offset + 8] = ((bytes[offset + 8] ?? 0) & 0x3f) | 0x80;
  return formatUuid(bytes, offset);
}

/** The header carries bytes 8 to 15 first, then bytes 0 to 7 (wire-protocol 2, T3); JSON carries the normal text. */
export function readSwappedUuid(bytes: Uint8Array, offset: number): string {
  return format(bytes, offset + HALF, offset);
}

/** Throws a RangeError when `text` is not a UUID. */
export function writeSwappedUuid(bytes: Uint8Array, offset: number, text: string): void {
  if (!isUuid(text)) throw new RangeError(`not a UUID: ${text}`);
  const digits = text.replaceAll('-', '');
  for (let index = 0; index < UUID_BYTES; index += 1) {
    bytes[offset + ((index + HALF) % UUID_BYTES)] = Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16);
  }
}
