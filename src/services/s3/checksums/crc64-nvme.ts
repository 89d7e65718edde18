/** The polynomial of the NVM Express specification, bits reversed. */
export const CRC64_NVME_POLYNOMIAL = 0x9a6c9329ac4bc9b5n;

const SLICES = 8;
/** Halves of each entry: slice after slice, 256 each. */
const LOW = new Int32Array(SLICES * 256);
const HIGH = new Int32Array(SLICES * 256);
fillTables();

/** CRC-64/NVME, in two halves: numbers of 64 bits are slow in JavaScript. */
export class Crc64Nvme {
  #low = -1;
  #high = -1;

  update(bytes: Uint8Array): void {
    let low = this.#low;
    let high = this.#high;
    let at = 0;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (; at + SLICES <= bytes.length; at += SLICES) {
      const a = low ^ view.getInt32(at, true);
      const b = high ^ view.getInt32(at + 4, true);
      const i7 = 1792 + (a & 0xff);
      const i6 = 1536 + ((a >>> 8) & 0xff);
      const i5 = 1280 + ((a >>> 16) & 0xff);
      const i4 = 1024 + (a >>> 24);
      const i3 = 768 + (b & 0xff);
      const i2 = 512 + ((b >>> 8) & 0xff);
      const i1 = 256 + ((b >>> 16) & 0xff);
      const i0 = b >>> 24;
      low =
        entry(LOW, i7) ^
        entry(LOW, i6) ^
        entry(LOW, i5) ^
        entry(LOW, i4) ^
        entry(LOW, i3) ^
        entry(LOW, i2) ^
        entry(LOW, i1) ^
        entry(LOW, i0);
      high =
        entry(HIGH, i7) ^
        entry(HIGH, i6) ^
        entry(HIGH, i5) ^
        entry(HIGH, i4) ^
        entry(HIGH, i3) ^
        entry(HIGH, i2) ^
        entry(HIGH, i1) ^
        entry(HIGH, i0);
    }
    for (; at < bytes.length; at++) {
      const index = (low ^ (bytes[at] ?? 0)) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ entry(LOW, index);
      high = (high >>> 8) ^ entry(HIGH, index);
    }
    this.#low = low;
    this.#high = high;
  }

  /** Big-endian, as S3 writes it. */
  digest(): Buffer {
    const digest = Buffer.alloc(8);
    digest.writeInt32BE(~this.#high, 0);
    digest.writeInt32BE(~this.#low, 4);
    return digest;
  }
}

function entry(table: Int32Array, index: number): number {
  return table[index] ?? 0;
}

function fillTables(): void {
  const first: bigint[] = [];
  for (let byte = 0; byte < 256; byte++) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ CRC64_NVME_POLYNOMIAL : crc >> 1n;
    first.push(crc);
  }
  let slice = first;
  for (let index = 0; index < SLICES; index++) {
    slice.forEach((crc, byte) => {
      LOW[index * 256 + byte] = Number(BigInt.asIntN(32, crc));
      HIGH[index * 256 + byte] = Number(BigInt.asIntN(32, crc >> 32n));
    });
    slice = slice.map((crc) => (first[Number(crc & 0xffn)] ?? 0n) ^ (crc >> 8n));
  }
}
