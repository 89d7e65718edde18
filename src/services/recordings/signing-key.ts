import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { SigningKey } from '../../core/recording/recordings-api.js';
import type { Sealer } from '../../platform/crypto/sealer.js';
import type { Database } from '../../platform/store/database.js';

const KEY_ID_BYTES = 16;

interface OpenKey extends SigningKey {
  readonly privateKey: KeyObject;
}

/** The Ed25519 key that this endpoint vouches for records with. Made when it is first needed, and kept sealed. */
export class RecordingSigningKey {
  readonly #database: Database;
  readonly #sealer: Sealer;
  readonly #clock: () => number;
  #key: Promise<OpenKey> | undefined;

  constructor(options: { readonly database: Database; readonly sealer: Sealer; readonly clock: () => number }) {
    this.#database = options.database;
    this.#sealer = options.sealer;
    this.#clock = options.clock;
  }

  /** Not to be called from within a transaction. */
  async public(): Promise<SigningKey> {
    const { keyId, publicKey } = await this.#open();
    return { keyId, publicKey };
  }

  /** Signs texts. Not to be called from within a transaction; the answer may be. */
  async signer(): Promise<(text: string) => { readonly signature: string; readonly keyId: string }> {
    const { privateKey, keyId } = await this.#open();
    return (text) => ({ keyId, signature: sign(null, Buffer.from(text), privateKey).toString('base64') });
  }

  #open(): Promise<OpenKey> {
    this.#key ??= this.#findOrMake().catch((error: unknown) => {
      this.#key = undefined;
      throw error;
    });
    return this.#key;
  }

  #findOrMake(): Promise<OpenKey> {
    return this.#database.transaction(async (queries) => {
      const found = await queries.get<{ key_id: string; sealed_private_key: string }>(
        'SELECT key_id, sealed_private_key FROM recordings_signing_keys ORDER BY created_at DESC LIMIT 1',
      );
      if (found !== undefined) {
        const pem = this.#sealer.openText(found.sealed_private_key, purpose(found.key_id));
        return openKey(createPrivateKey(pem));
      }
      const key = openKey(generateKeyPairSync('ed25519').privateKey);
      const pem = key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      await queries.run(
        `INSERT INTO recordings_signing_keys (key_id, public_key, sealed_private_key, created_at) VALUES (?, ?, ?, ?)`,
        ...[key.keyId, key.publicKey, this.#sealer.sealText(pem, purpose(key.keyId)), this.#clock()],
      );
      return key;
    });
  }
}

function purpose(keyId: string): string {
  return `recording-signing-key/${keyId}`;
}

function openKey(privateKey: KeyObject): OpenKey {
  const publicKey = createPublicKey(privateKey);
  return {
    privateKey,
    keyId: keyIdOf(publicKey),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest().subarray(0, KEY_ID_BYTES).toString('hex');
}
