import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export const DATA_KEY_BYTES = 32;

const LENGTH_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What a segment adds to the bytes in it. */
export const SEGMENT_OVERHEAD_BYTES = LENGTH_BYTES + NONCE_BYTES + TAG_BYTES;
/** Bytes at the beginning of a segment that say how long it is. */
export const SEGMENT_HEAD_BYTES = LENGTH_BYTES;

/** Where a segment stands in its file. Bound into it, so that none can be taken out, moved or put into another file. */
export interface SegmentPlace {
  /** 0 is the first. */
  readonly number: number;
  /** Of its first byte among the bytes that the segments hold. */
  readonly offset: number;
}

/**
 * Seals pieces of one file: `length(4) ‖ nonce(12) ‖ ciphertext ‖ tag(16)`, AES-256-GCM. Nonces are random: a segment
 * that was torn and is written again may hold other bytes.
 */
export class SegmentCipher {
  readonly #key: Uint8Array;
  readonly #name: string;

  /** `name` is of the file, whatever it is called on the disk. */
  constructor(key: Uint8Array, name: string) {
    this.#key = key;
    this.#name = name;
  }

  seal(plaintext: Uint8Array, place: SegmentPlace): Uint8Array {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(plaintext.length);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(this.#bound(place));
    return Buffer.concat([length, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  }

  /** A whole segment. Throws when it is not the one that was sealed for this place. */
  open(segment: Uint8Array, place: SegmentPlace): Uint8Array {
    const sealed = segment.subarray(LENGTH_BYTES + NONCE_BYTES, segment.length - TAG_BYTES);
    const nonce = segment.subarray(LENGTH_BYTES, LENGTH_BYTES + NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.#key, nonce).setAAD(this.#bound(place));
    decipher.setAuthTag(segment.subarray(segment.length - TAG_BYTES));
    return Buffer.concat([decipher.update(sealed), decipher.final()]);
  }

  #bound({ number, offset }: SegmentPlace): Uint8Array {
    return Buffer.from(`${this.#name} ${number} ${offset}`);
  }
}
