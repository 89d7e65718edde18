import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';

/** Of content in one sealed piece: what must be read and opened for a single byte of it. */
export const SEGMENT_BYTES = 64 * 1024;
export const TAG_BYTES = 16;
const SEALED_SEGMENT_BYTES = SEGMENT_BYTES + TAG_BYTES;
const KEY_BYTES = 32;

/** A file's content is not what was written: a byte was changed, or a piece cut off, moved or added. */
export class DamagedFile extends Error {
  override readonly name = 'DamagedFile';
}

/**
 * AES-256-GCM in segments, so that a range can be read without the rest. Each file has a key of its own, derived from
 * its object's data key, and therefore may count its nonces. Bound into each segment are the file, its number and
 * whether it is the last: none can stand in another's place, and none be missing.
 */
export class Segments {
  readonly #key: Uint8Array;
  readonly #fileId: Buffer;

  constructor(dataKey: Uint8Array, fileId: string) {
    this.#key = new Uint8Array(hkdfSync('sha256', dataKey, '', `gangway s3 file ${fileId}`, KEY_BYTES));
    this.#fileId = Buffer.from(fileId);
  }

  /** Ciphertext and tag. */
  seal(content: Uint8Array, number: number, last: boolean): readonly [Uint8Array, Uint8Array] {
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce(number)).setAAD(this.#bound(number, last));
    const sealed = cipher.update(content);
    cipher.final();
    return [sealed, cipher.getAuthTag()];
  }

  /** Throws {@link DamagedFile}. */
  open(sealed: Uint8Array, number: number, last: boolean): Uint8Array {
    const end = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', this.#key, nonce(number));
    decipher.setAAD(this.#bound(number, last)).setAuthTag(sealed.subarray(end));
    try {
      const content = decipher.update(sealed.subarray(0, end));
      decipher.final();
      return content;
    } catch {
      throw new DamagedFile(`segment ${number} of the file ${this.#fileId.toString()} is not what was written`);
    }
  }

  #bound(number: number, last: boolean): Buffer {
    const place = Buffer.alloc(9);
    place.writeBigUInt64BE(BigInt(number));
    place.writeUInt8(last ? 1 : 0, 8);
    return Buffer.concat([this.#fileId, place]);
  }
}

function nonce(number: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeBigUInt64BE(BigInt(number), 4);
  return bytes;
}

/** Even an empty file has a segment: that nothing is in it is sealed too. */
export function segmentCount(size: number): number {
  return Math.max(1, Math.ceil(size / SEGMENT_BYTES));
}

/** Bytes of the file that holds so many bytes of content. */
export function sealedSize(size: number): number {
  return size + segmentCount(size) * TAG_BYTES;
}

/** Where a segment stands in its file. */
export function segmentPlace(number: number, size: number): { readonly offset: number; readonly length: number } {
  const last = number === segmentCount(size) - 1;
  const length = last ? size - number * SEGMENT_BYTES + TAG_BYTES : SEALED_SEGMENT_BYTES;
  return { offset: number * SEALED_SEGMENT_BYTES, length };
}
