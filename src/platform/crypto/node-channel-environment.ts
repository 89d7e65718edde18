import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { ChannelEnvironment, PayloadCipher } from '../../core/channel/channel-api.js';
import { sha256 } from './sha256.js';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

function aes256Gcm(key: Uint8Array): PayloadCipher {
  return {
    seal(plaintext) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed) {
      if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new RangeError('sealed payload is too short');
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES));
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
      const plaintext = decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES));
      return Buffer.concat([plaintext, decipher.final()]);
    },
  };
}

/** Node's clock and cryptography for a channel. */
export const nodeChannelEnvironment: ChannelEnvironment = {
  now: () => Date.now(),
  randomBytes: (length) => randomBytes(length),
  sha256,
  cipher: aes256Gcm,
};
