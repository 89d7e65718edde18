import { openBlob, readBlobKey, sealBlob } from './ciphertext-blob.js';
import { requireContextSize, type EncryptionContext } from './encryption-context.js';
import type { Key } from './key.js';
import { requireEnabled } from './key-references.js';
import { keyStore } from './key-store.js';
import { kmsError } from './kms-error.js';
import type { KmsParts } from './kms-parts.js';

type Parts = Pick<KmsParts, 'database' | 'clock' | 'random' | 'materials' | 'references' | 'rotation'>;

/** Encrypts and decrypts with the keys of the store. */
export class KeyCipher {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The key by any of its names, enabled. Throws NotFoundException, DisabledException, KMSInvalidStateException. */
  async requireUsable(keyId: string): Promise<Key> {
    const { database, references } = this.#parts;
    const key = await references.find(database, keyId, true);
    requireEnabled(key, references.keyArn(key.id));
    return key;
  }

  async encrypt(
    keyId: string,
    plaintext: Uint8Array,
    context: EncryptionContext | undefined,
    dryRun?: boolean,
  ): Promise<{ blob: Uint8Array; keyArn: string }> {
    requireContextSize(context);
    const { database, random, references, materials, rotation } = this.#parts;
    let key = await this.requireUsable(keyId);
    if (dryRun === true) throw kmsError.dryRun();
    if (rotation.isDue(key)) {
      key = await database.transaction(async (queries) =>
        rotation.catchUp(queries, await references.find(queries, keyId, true)),
      );
    }
    const material = await materials.open(database, key.id, key.materialVersion);
    const keyArn = references.keyArn(key.id);
    if (material === undefined) throw kmsError.keyNotFound(keyArn);
    const blobKey = { keyId: key.id, version: key.materialVersion };
    return { blob: sealBlob(blobKey, material, plaintext, context, random), keyArn };
  }

  /** `keyId` undefined: the one that the blob names. */
  async decrypt(
    keyId: string | undefined,
    blob: Uint8Array,
    context: EncryptionContext | undefined,
  ): Promise<{ plaintext: Uint8Array; keyArn: string }> {
    requireContextSize(context);
    const { database, clock, references, materials } = this.#parts;
    const named = keyId === undefined ? undefined : await references.find(database, keyId, true);
    const blobKey = readBlobKey(blob);
    if (blobKey === undefined) throw kmsError.invalidCiphertext('the blob was not made by this KMS');
    if (named !== undefined && named.id !== blobKey.keyId) throw kmsError.incorrectKey();
    const key = named ?? (await keyStore.find(database, blobKey.keyId, clock()));
    if (key === undefined) throw kmsError.unknownCiphertextKey();
    const keyArn = references.keyArn(key.id);
    requireEnabled(key, keyArn);
    const material = await materials.open(database, key.id, blobKey.version);
    if (material === undefined) throw kmsError.invalidCiphertext('the key has no such version');
    try {
      return { plaintext: openBlob(blob, material, context), keyArn };
    } catch {
      throw kmsError.invalidCiphertext('the ciphertext is damaged, or the encryption context is another one');
    }
  }

  /** Whether both names are of one key that is there. */
  async isSameKey(a: string, b: string): Promise<boolean> {
    const { database, references } = this.#parts;
    const [first, second] = await Promise.all(
      [a, b].map((keyId) => references.look(database, references.parse(keyId, true))),
    );
    return first !== undefined && first.id === second?.id;
  }
}

interface Wishes {
  readonly EncryptionAlgorithm?: string | undefined;
  readonly Recipient?: unknown;
  readonly GrantTokens?: readonly string[] | undefined;
}

/** What a symmetric key without grants and enclaves cannot do. */
export function requireSupported({ EncryptionAlgorithm: algorithm, Recipient, GrantTokens }: Wishes): void {
  if (algorithm !== undefined && algorithm !== 'SYMMETRIC_DEFAULT') {
    throw kmsError.invalidKeyUsage(`Algorithm ${algorithm} is incompatible with key spec SYMMETRIC_DEFAULT.`);
  }
  if (Recipient !== undefined) throw kmsError.unsupported('Recipient is not supported.');
  if (GrantTokens !== undefined && GrantTokens.length > 0) throw kmsError.invalidGrantToken();
}
