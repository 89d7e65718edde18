import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { RandomBytes } from '../ecs/ports.js';
import { encodeEncryptionContext, type EncryptionContext } from './encryption-context.js';

const FORMAT = 1;
const ID_BYTES = 16;
/** format(1) ‖ key id(16) ‖ version of the material(4, big endian) */
const HEADER_BYTES = 1 + ID_BYTES + 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Which key, and which of its materials, a blob was made with. */
export interface BlobKey {
  readonly keyId: string;
  readonly version: number;
}

/** header ‖ nonce(12) ‖ AES-256-GCM ciphertext ‖ tag(16). Header and encryption context are authenticated with it. */
export function sealBlob(
  key: BlobKey,
  material: Uint8Array,
  plaintext: Uint8Array,
  context: EncryptionContext | undefined,
  random: RandomBytes,
): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(FORMAT, 0);
  header.write(key.keyId.replaceAll('-', ''), 1, 'hex');
  header.writeUInt32BE(key.version, 1 + ID_BYTES);
  const nonce = random(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', material, nonce);
  cipher.setAAD(Buffer.concat([header, encodeEncryptionContext(context)]));
  return Buffer.concat([header, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** What the header says, unproven; undefined when it is no blob of this service. */
export function readBlobKey(blob: Uint8Array): BlobKey | undefined {
  if (blob.length <= HEADER_BYTES + NONCE_BYTES + TAG_BYTES || blob[0] !== FORMAT) return undefined;
  const header = Buffer.from(blob.subarray(0, HEADER_BYTES));
  const hex = header.toString('hex', 1, 1 + ID_BYTES);
  const keyId = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  return { keyId, version: header.readUInt32BE(1 + ID_BYTES) };
}

/** Throws when a bit of it, or of the context, is not what was sealed. */
export function openBlob(blob: Uint8Array, material: Uint8Array, context: EncryptionContext | undefined): Uint8Array {
  const body = HEADER_BYTES + NONCE_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', material, blob.subarray(HEADER_BYTES, body));
  decipher.setAAD(Buffer.concat([blob.subarray(0, HEADER_BYTES), encodeEncryptionContext(context)]));
  decipher.setAuthTag(blob.subarray(blob.length - TAG_BYTES));
  return Buffer.concat([decipher.update(blob.subarray(body, blob.length - TAG_BYTES)), decipher.final()]);
}
