/** Castagnoli's polynomial, bits reversed. */
export const CRC32C_POLYNOMIAL = 0x82f63b78;

const SLICES = 8;
const TABLES = tables();

/** CRC-32C of what has gone before (0 at the beginning) and of `bytes` after it. Eight bytes at a time. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  let at = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (; at + SLICES <= bytes.length; at += SLICES) {
    const low = crc ^ view.getInt32(at, true);
    const high = view.getInt32(at + 4, true);
    crc =
      entry(7, low & 0xff) ^
      entry(6, (low >>> 8) & 0xff) ^
      entry(5, (low >>> 16) & 0xff) ^
      entry(4, low >>> 24) ^
      entry(3, high & 0xff) ^
      entry(2, (high >>> 8) & 0xff) ^
      entry(1, (high >>> 16) & 0xff) ^
      entry(0, high >>> 24);
  }
  for (; at < bytes.length; at++) crc = entry(0, (crc ^ (bytes[at] ?? 0)) & 0xff) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function entry(slice: number, byte: number): number {
  return TABLES[slice * 256 + byte] ?? 0;
}

/** Slice after slice, 256 entries each. */
function tables(): Int32Array {
  const all = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ CRC32C_POLYNOMIAL : crc >>> 1;
    all[byte] = crc;
  }
  for (let index = 256; index < all.length; index++) {
    const before = all[index - 256] ?? 0;
    all[index] = (all[before & 0xff] ?? 0) ^ (before >>> 8);
  }
  return all;
}
