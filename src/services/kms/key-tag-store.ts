import type { Queries } from '../../platform/store/database.js';
import type { Tags } from './key.js';

interface TagRow {
  readonly tag_key: string;
  readonly tag_value: string;
}

export const keyTagStore = Object.freeze({
  async all(queries: Queries, keyId: string): Promise<Tags> {
    const rows = await queries.all<TagRow>('SELECT * FROM kms_tags WHERE key_id = ? ORDER BY tag_key', keyId);
    return Object.fromEntries(rows.map(({ tag_key: key, tag_value: value }) => [key, value]));
  },

  async page(
    queries: Queries,
    keyId: string,
    after: string,
    limit: number,
  ): Promise<readonly (readonly [string, string])[]> {
    const rows = await queries.all<TagRow>(
      'SELECT * FROM kms_tags WHERE key_id = ? AND tag_key > ? ORDER BY tag_key LIMIT ?',
      keyId,
      after,
      limit,
    );
    return rows.map(({ tag_key: key, tag_value: value }) => [key, value]);
  },

  async put(queries: Queries, keyId: string, tags: Tags): Promise<void> {
    for (const [key, value] of Object.entries(tags)) {
      await queries.run(
        `INSERT INTO kms_tags (key_id, tag_key, tag_value) VALUES (?, ?, ?)
         ON CONFLICT (key_id, tag_key) DO UPDATE SET tag_value = excluded.tag_value`,
        keyId,
        key,
        value,
      );
    }
  },

  async remove(queries: Queries, keyId: string, tagKeys: readonly string[]): Promise<void> {
    for (const key of tagKeys) await queries.run('DELETE FROM kms_tags WHERE key_id = ? AND tag_key = ?', keyId, key);
  },
});
