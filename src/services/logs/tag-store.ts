import type { Queries } from '../../platform/store/database.js';

export type Tags = Readonly<Record<string, string>>;

export const tagStore = Object.freeze({
  async all(queries: Queries, groupId: number): Promise<Tags> {
    const rows = await queries.all<{ tag_key: string; tag_value: string }>(
      'SELECT tag_key, tag_value FROM logs_tags WHERE group_id = ? ORDER BY tag_key',
      groupId,
    );
    return Object.fromEntries(rows.map(({ tag_key: key, tag_value: value }) => [key, value]));
  },

  async put(queries: Queries, groupId: number, tags: Tags): Promise<void> {
    for (const [key, value] of Object.entries(tags)) {
      await queries.run(
        `INSERT INTO logs_tags (group_id, tag_key, tag_value) VALUES (?, ?, ?)
         ON CONFLICT (group_id, tag_key) DO UPDATE SET tag_value = excluded.tag_value`,
        groupId,
        key,
        value,
      );
    }
  },

  async remove(queries: Queries, groupId: number, keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await queries.run('DELETE FROM logs_tags WHERE group_id = ? AND tag_key = ?', groupId, key);
    }
  },
});
