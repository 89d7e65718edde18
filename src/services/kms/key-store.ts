import type { Queries } from '../../platform/store/database.js';
import type { Key, KeyState } from './key.js';

interface KeyRow {
  readonly id: string;
  readonly description: string;
  readonly state: string;
  readonly created_at: number;
  readonly deletion_at: number | null;
  readonly policy: string;
  readonly material_version: number;
  readonly rotation_days: number | null;
  readonly next_rotation_at: number | null;
}

function keyOf(row: KeyRow): Key {
  return {
    id: row.id,
    description: row.description,
    state: row.state as KeyState,
    createdAt: row.created_at,
    deletionAt: row.deletion_at ?? undefined,
    policy: row.policy,
    materialVersion: row.material_version,
    rotationDays: row.rotation_days ?? undefined,
    nextRotationAt: row.next_rotation_at ?? undefined,
  };
}

/** Everything that belongs to a key; material among it, so that what was destroyed cannot decrypt any more. */
const TABLES_OF_A_KEY = ['kms_materials', 'kms_aliases', 'kms_tags'] as const;

/** A key whose day has come is gone for every reader, whether its rows have been destroyed yet or not. */
export const keyStore = Object.freeze({
  async find(queries: Queries, id: string, now: number): Promise<Key | undefined> {
    const row = await queries.get<KeyRow>('SELECT * FROM kms_keys WHERE id = ?', id);
    if (row === undefined) return undefined;
    const key = keyOf(row);
    return key.deletionAt !== undefined && key.deletionAt <= now ? undefined : key;
  },

  async list(queries: Queries, after: string, limit: number, now: number): Promise<readonly string[]> {
    const rows = await queries.all<{ id: string }>(
      'SELECT id FROM kms_keys WHERE id > ? AND (deletion_at IS NULL OR deletion_at > ?) ORDER BY id LIMIT ?',
      after,
      now,
      limit,
    );
    return rows.map(({ id }) => id);
  },

  async put(queries: Queries, key: Key): Promise<void> {
    await queries.run(
      `INSERT INTO kms_keys (id, description, state, created_at, deletion_at, policy, material_version, rotation_days,
         next_rotation_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET description = excluded.description, state = excluded.state,
         deletion_at = excluded.deletion_at, policy = excluded.policy, material_version = excluded.material_version,
         rotation_days = excluded.rotation_days, next_rotation_at = excluded.next_rotation_at`,
      key.id,
      key.description,
      key.state,
      key.createdAt,
      key.deletionAt ?? null,
      key.policy,
      key.materialVersion,
      key.rotationDays ?? null,
      key.nextRotationAt ?? null,
    );
  },

  /** Destroys the keys whose day has come, for ever; their ids. */
  async destroyDue(queries: Queries, now: number): Promise<readonly string[]> {
    const due = await queries.all<{ id: string }>('SELECT id FROM kms_keys WHERE deletion_at <= ?', now);
    for (const { id } of due) {
      for (const table of TABLES_OF_A_KEY) await queries.run(`DELETE FROM ${table} WHERE key_id = ?`, id);
      await queries.run('DELETE FROM kms_keys WHERE id = ?', id);
    }
    return due.map(({ id }) => id);
  },

  /** When the next key is to be destroyed; undefined when none is. */
  async nextDeletion(queries: Queries): Promise<number | undefined> {
    const row = await queries.get<{ at: number | null }>('SELECT MIN(deletion_at) AS at FROM kms_keys');
    return row?.at ?? undefined;
  },
});
