import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { CrcCombiner } from './combine-crc.js';
import { crc32c, CRC32C_POLYNOMIAL } from './crc32c.js';
import { CRC64_NVME_POLYNOMIAL, Crc64Nvme } from './crc64-nvme.js';

/** As S3's model writes them. */
export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256';

/** Of an object in parts: of the parts' checksums, or as if it had come in one piece. */
export type ChecksumType = 'COMPOSITE' | 'FULL_OBJECT';

export interface RunningChecksum {
  update(bytes: Uint8Array): void;
  digest(): Buffer;
}

interface Algorithm {
  readonly bytes: number;
  readonly start: () => RunningChecksum;
  readonly types: readonly ChecksumType[];
  readonly crc?: { readonly polynomial: bigint; readonly bits: 32 | 64 };
}

const ALGORITHMS: Readonly<Record<ChecksumAlgorithm, Algorithm>> = {
  CRC32: {
    bytes: 4,
    start: () => running32((bytes, before) => crc32(bytes, before)),
    types: ['COMPOSITE', 'FULL_OBJECT'],
    crc: { polynomial: 0xedb88320n, bits: 32 },
  },
  CRC32C: {
    bytes: 4,
    start: () => running32(crc32c),
    types: ['COMPOSITE', 'FULL_OBJECT'],
    crc: { polynomial: BigInt(CRC32C_POLYNOMIAL), bits: 32 },
  },
  CRC64NVME: {
    bytes: 8,
    start: () => new Crc64Nvme(),
    types: ['FULL_OBJECT'],
    crc: { polynomial: CRC64_NVME_POLYNOMIAL, bits: 64 },
  },
  SHA1: { bytes: 20, start: () => createHash('sha1'), types: ['COMPOSITE'] },
  SHA256: { bytes: 32, start: () => createHash('sha256'), types: ['COMPOSITE'] },
};

export const CHECKSUM_ALGORITHMS = Object.keys(ALGORITHMS) as readonly ChecksumAlgorithm[];

/** What S3 computes by itself for an object that came without any. */
export const DEFAULT_ALGORITHM: ChecksumAlgorithm = 'CRC64NVME';

export function checksumAlgorithm(name: string): ChecksumAlgorithm | undefined {
  const upper = name.toUpperCase();
  return CHECKSUM_ALGORITHMS.find((one) => one === upper);
}

/** `x-amz-checksum-crc32c`, as header, trailer and answer. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

export function startChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  return ALGORITHMS[algorithm].start();
}

/** Base64 of a checksum of this kind, and nothing else. */
export function isChecksum(algorithm: ChecksumAlgorithm, text: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === ALGORITHMS[algorithm].bytes && bytes.toString('base64') === text;
}

/** The types an object in parts may have; the first is the default. */
export function checksumTypes(algorithm: ChecksumAlgorithm): readonly ChecksumType[] {
  return ALGORITHMS[algorithm].types;
}

export interface PartChecksum {
  /** Base64. */
  readonly checksum: string;
  readonly size: number;
}

/** Of an object from those of its parts; a composite one says how many they were. */
export function combineChecksums(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly PartChecksum[],
): string {
  const { crc, bytes, start } = ALGORITHMS[algorithm];
  if (type === 'COMPOSITE' || crc === undefined) {
    const whole = start();
    for (const { checksum } of parts) whole.update(Buffer.from(checksum, 'base64'));
    return `${whole.digest().toString('base64')}-${parts.length}`;
  }
  const combiner = new CrcCombiner(crc.polynomial, crc.bits);
  const numbers = parts.map(({ checksum, size }) => ({
    value: BigInt(`0x${Buffer.from(checksum, 'base64').toString('hex')}`),
    size,
  }));
  const whole = numbers.reduce((before, { value, size }) => combiner.combine(before, value, size), 0n);
  return Buffer.from(whole.toString(16).padStart(bytes * 2, '0'), 'hex').toString('base64');
}

function running32(update: (bytes: Uint8Array, before: number) => number): RunningChecksum {
  let crc = 0;
  return {
    update(bytes) {
      crc = update(bytes, crc);
    },
    digest() {
      const digest = Buffer.alloc(4);
      digest.writeUInt32BE(crc >>> 0);
      return digest;
    },
  };
}
