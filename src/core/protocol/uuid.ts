const HEX = Object.freeze(Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0')));
const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const UUID_BYTES = 16;
const HALF = UUID_BYTES / 2;
const UUID_CHARACTERS = 36;
const HYPHEN = 0x2d;

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
  markRandomUuid(bytes, offset);
  return formatUuid(bytes, offset);
}

/** The header carries bytes 8 to 15 first, then bytes 0 to 7 (wire-protocol 2, T3); JSON carries the normal text. */
export function readSwappedUuid(bytes: Uint8Array, offset: number): string {
  return format(bytes, offset + HALF, offset);
}

/** Value of a hexadecimal digit; NaN for any other character. */
function nibble(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : Number.NaN;
}

/** Sets the bits that make 16 random bytes at `offset` a random (version 4) UUID. */
export function markRandomUuid(bytes: Uint8Array, offset: number): void {
  bytes[offset + 6] = ((bytes[offset + 6] ?? 0) & 0x0f) | 0x40;
  bytes[offset + 8] = ((bytes[offset + 8] ?? 0) & 0x3f) | 0x80;
}

/** `uuid`: its text, or 16 bytes in their normal order. Throws a RangeError when it is not one. */
export function writeSwappedUuid(bytes: Uint8Array, offset: number, uuid: string | Uint8Array): void {
  if (typeof uuid === 'string') {
    writeSwappedText(bytes, offset, uuid);
    return;
  }
  if (uuid.length !== UUID_BYTES) throw new RangeError(`not a UUID: ${uuid.length} bytes`);
  bytes.set(uuid.subarray(HALF), offset);
  bytes.set(uuid.subarray(0, HALF), offset + HALF);
}

function writeSwappedText(bytes: Uint8Array, offset: number, text: string): void {
  let character = 0;
  let wrong = text.length !== UUID_CHARACTERS;
  for (let index = 0; index < UUID_BYTES; index += 1) {
    if (index === 4 || index === 6 || index === 8 || index === 10) {
      wrong ||= text.charCodeAt(character) !== HYPHEN;
      character += 1;
    }
    const byte = nibble(text.charCodeAt(character)) * 16 + nibble(text.charCodeAt(character + 1));
    wrong ||= Number.isNaN(byte);
    bytes[offset + ((index + HALF) % UUID_BYTES)] = byte;
    character += 2;
  }
  if (wrong) throw new RangeError(`not a UUID: ${text}`);
}
