import { Secret } from '../../platform/aws/secret.js';
import type { Sealer } from '../../platform/crypto/sealer.js';
import type { Database } from '../../platform/store/database.js';
import { accessKeyStore, type StoredKey } from './access-key-store.js';

export function sealedFor(sealer: Sealer, accessKeyId: string, secret: Secret): string {
  return sealer.sealText(secret.reveal(), purpose(accessKeyId));
}

/** Throws when the root key is not the one that it was sealed with. */
export function openedKey(sealer: Sealer, { id, secret, sealed }: StoredKey): Secret {
  if (sealed === 0) return new Secret(secret);
  try {
    return new Secret(sealer.openText(secret, purpose(id)));
  } catch (error) {
    throw new Error(
      `access key ${id} was sealed with another root key: start with the one that belongs to this state (--root-key)`,
      { cause: error },
    );
  }
}

/**
 * Seals what older versions kept in the clear. The pages that held it are then written anew, so that the file does not
 * go on holding it where nobody reads.
 */
export async function sealAccessKeys(database: Database, sealer: Sealer): Promise<void> {
  const plain = await accessKeyStore.unsealed(database);
  if (plain.length === 0) return;
  await database.transaction(async (queries) => {
    for (const { id, secret } of plain) {
      await accessKeyStore.seal(queries, id, sealedFor(sealer, id, new Secret(secret)));
    }
  });
  await database.run('VACUUM');
}

/** Whether the state was ever started with a root key. */
export async function holdsSealedKeys(database: Database): Promise<boolean> {
  return (await database.get('SELECT id FROM iam_access_keys WHERE sealed = 1 LIMIT 1')) !== undefined;
}

function purpose(accessKeyId: string): string {
  return `access-key/${accessKeyId}`;
}
