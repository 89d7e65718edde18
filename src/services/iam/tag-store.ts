import type { Queries } from '../../platform/store/database.js';

export interface IamTag {
  readonly Key: string;
  readonly Value: string;
}

/** Tags of users, roles, policies and instance profiles. Keys are kept as written and compared without case. */
export const tagStore = Object.freeze({
  list(queries: Queries, entityId: string): Promise<IamTag[]> {
    return queries.all<IamTag>(
      'SELECT tag_key AS "Key", tag_value AS "Value" FROM iam_tags WHERE entity_id = ? ORDER BY tag_key',
      entityId,
    );
  },

  async record(queries: Queries, entityId: string): Promise<Readonly<Record<string, string>>> {
    const tags = await tagStore.list(queries, entityId);
    return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
  },

  /** Replaces the values of keys that are there. */
  async put(queries: Queries, entityId: string, tags: readonly IamTag[]): Promise<void> {
    await tagStore.remove(
      queries,
      entityId,
      tags.map(({ Key }) => Key),
    );
    for (const { Key, Value } of tags) {
      await queries.run('INSERT INTO iam_tags (entity_id, tag_key, tag_value) VALUES (?, ?, ?)', entityId, Key, Value);
    }
  },

  /** Unknown keys are passed over. */
  async remove(queries: Queries, entityId: string, keys: readonly string[]): Promise<void> {
    const wanted = new Set(keys.map((key) => key.toLowerCase()));
    for (const { Key } of await tagStore.list(queries, entityId)) {
      if (!wanted.has(Key.toLowerCase())) continue;
      await queries.run('DELETE FROM iam_tags WHERE entity_id = ? AND tag_key = ?', entityId, Key);
    }
  },
});
