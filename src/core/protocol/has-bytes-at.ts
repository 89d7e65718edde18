const WORD_BYTES = 4;

/** Whether `bytes` has all of `expected`, at least 4 bytes, at `offset`. By words: every frame is looked at like this. */
export function hasBytesAt(bytes: Uint8Array, offset: number, expected: Uint8Array): boolean {
  const { length } = expected;
  if (length < WORD_BYTES || offset < 0 || offset + length > bytes.length) return false;
  const left = new DataView(bytes.buffer, bytes.byteOffset + offset, length);
  const right = new DataView(expected.buffer, expected.byteOffset, length);
  // The last word may overlap the one before it.
  const last = length - WORD_BYTES;
  for (let index = 0; index < last; index += WORD_BYTES) {
    if (left.getUint32(index) !== right.getUint32(index)) return false;
  }
  return left.getUint32(last) === right.getUint32(last);
}
