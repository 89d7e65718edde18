import type { Queries } from '../../platform/store/database.js';
import type { Alias } from './key.js';

interface AliasRow {
  readonly name: string;
  readonly key_id: string;
  readonly created_at: number;
  readonly updated_at: number;
}

function aliasOf({ name, key_id: keyId, created_at: createdAt, updated_at: updatedAt }: AliasRow): Alias {
  return { name, keyId, createdAt, updatedAt };
}

export const aliasStore = Object.freeze({
  async find(queries: Queries, name: string): Promise<Alias | undefined> {
    const row = await queries.get<AliasRow>('SELECT * FROM kms_aliases WHERE name = ?', name);
    return row === undefined ? undefined : aliasOf(row);
  },

  /** In order of name; of one key when `keyId` is given. */
  async list(queries: Queries, keyId: string | undefined, after: string, limit: number): Promise<readonly Alias[]> {
    const rows =
      keyId === undefined
        ? await queries.all<AliasRow>('SELECT * FROM kms_aliases WHERE name > ? ORDER BY name LIMIT ?', after, limit)
        : await queries.all<AliasRow>(
            'SELECT * FROM kms_aliases WHERE key_id = ? AND name > ? ORDER BY name LIMIT ?',
            keyId,
            after,
            limit,
          );
    return rows.map(aliasOf);
  },

  async namesOf(queries: Queries, keyId: string): Promise<readonly string[]> {
    const rows = await queries.all<{ name: string }>(
      'SELECT name FROM kms_aliases WHERE key_id = ? ORDER BY name',
      keyId,
    );
    return rows.map(({ name }) => name);
  },

  async put(queries: Queries, { name, keyId, createdAt, updatedAt }: Alias): Promise<void> {
    await queries.run(
      `INSERT INTO kms_aliases (name, key_id, created_at, updated_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET key_id = excluded.key_id, updated_at = excluded.updated_at`,
      name,
      keyId,
      createdAt,
      updatedAt,
    );
  },

  /** Whether it was there. */
  async remove(queries: Queries, name: string): Promise<boolean> {
    return (await queries.run('DELETE FROM kms_aliases WHERE name = ?', name)) > 0;
  },
});
