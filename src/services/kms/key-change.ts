import type { Queries } from '../../platform/store/database.js';
import type { Key } from './key.js';
import { keyStore } from './key-store.js';
import type { KmsParts } from './kms-parts.js';

/** Reads, changes and writes a key in one transaction; alias names are not taken. The key as it then is. */
export function changeKey(
  { database, references }: Pick<KmsParts, 'database' | 'references'>,
  keyId: string,
  change: (key: Key, arn: string, queries: Queries) => Key | Promise<Key>,
): Promise<Key> {
  return database.transaction(async (queries) => {
    const key = await references.find(queries, keyId, false);
    const changed = await change(key, references.keyArn(key.id), queries);
    await keyStore.put(queries, changed);
    return changed;
  });
}
