import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Of the key that everything else is sealed with. */
export const ROOT_KEY_BYTES = 32;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals what must be kept but not lie open in the state: AES-256-GCM under a key that is kept apart. The purpose is
 * bound in, so that a sealed secret put in the place of another does not open.
 */
export class Sealer {
  readonly #key: Uint8Array;

  constructor(rootKey: Uint8Array) {
    if (rootKey.length !== ROOT_KEY_BYTES) throw new RangeError(`a root key has ${ROOT_KEY_BYTES} bytes`);
    this.#key = new Uint8Array(hkdfSync('sha256', rootKey, '', 'gangway sealed secrets', ROOT_KEY_BYTES));
  }

  /** nonce(12) ‖ ciphertext ‖ tag(16). `purpose` says whose it is, for example `access-key/AKIA…`. */
  seal(plaintext: Uint8Array, purpose: string): Uint8Array {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(purpose));
    return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  }

  /** Throws when it was not sealed under this key for this purpose. */
  open(sealed: Uint8Array, purpose: string): Uint8Array {
    if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new RangeError('sealed bytes are too short');
    const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(0, NONCE_BYTES));
    decipher.setAAD(Buffer.from(purpose)).setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    const plaintext = decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES));
    return Buffer.concat([plaintext, decipher.final()]);
  }

  /** For a text column: base64 of {@link seal}. */
  sealText(plaintext: string, purpose: string): string {
    return Buffer.from(this.seal(Buffer.from(plaintext), purpose)).toString('base64');
  }

  openText(sealed: string, purpose: string): string {
    return Buffer.from(this.open(Buffer.from(sealed, 'base64'), purpose)).toString('utf8');
  }
}
