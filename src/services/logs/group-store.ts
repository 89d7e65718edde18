import type { Queries } from '../../platform/store/database.js';
import type { LogGroup } from './log-group.js';

interface GroupRow {
  readonly id: number;
  readonly name: string;
  readonly class: string;
  readonly created_at: number;
  readonly retention_days: number | null;
  readonly kms_key_arn: string | null;
  readonly data_key_id: number | null;
  readonly deletion_protected: number;
  readonly stored_bytes: number;
  readonly longest_batch_ms: number;
}

function groupOf(row: GroupRow): LogGroup {
  return {
    id: row.id,
    name: row.name,
    groupClass: row.class,
    createdAt: row.created_at,
    retentionDays: row.retention_days ?? undefined,
    kmsKeyArn: row.kms_key_arn ?? undefined,
    dataKeyId: row.data_key_id ?? undefined,
    deletionProtected: row.deletion_protected !== 0,
    storedBytes: row.stored_bytes,
    longestBatchMs: row.longest_batch_ms,
  };
}

/** What a page of groups is chosen by. */
export interface GroupFilter {
  readonly prefix?: string | undefined;
  /** In the name, anywhere; upper and lower case differ. */
  readonly part?: string | undefined;
  readonly groupClass?: string | undefined;
  readonly names?: readonly string[] | undefined;
}

export const groupStore = Object.freeze({
  async find(queries: Queries, name: string): Promise<LogGroup | undefined> {
    const row = await queries.get<GroupRow>('SELECT * FROM logs_groups WHERE name = ?', name);
    return row && groupOf(row);
  },

  /** In order of their names, those after `after`. */
  async list(queries: Queries, filter: GroupFilter, after: string, limit: number): Promise<readonly LogGroup[]> {
    const { prefix = '', part = '', groupClass, names } = filter;
    const wanted = names === undefined ? '' : `AND name IN (${names.map(() => '?').join(', ')})`;
    const rows = await queries.all<GroupRow>(
      `SELECT * FROM logs_groups WHERE name > ? AND name >= ? AND substr(name, 1, ?) = ?
         AND (? = '' OR instr(name, ?) > 0) AND (? = '' OR class = ?) ${wanted} ORDER BY name LIMIT ?`,
      after,
      prefix,
      prefix.length,
      prefix,
      part,
      part,
      groupClass ?? '',
      groupClass ?? '',
      ...(names ?? []),
      limit,
    );
    return rows.map(groupOf);
  },

  async insert(queries: Queries, group: Omit<LogGroup, 'storedBytes' | 'longestBatchMs'>): Promise<void> {
    await queries.run(
      `INSERT INTO logs_groups (id, name, class, created_at, retention_days, kms_key_arn, data_key_id,
         deletion_protected, stored_bytes, longest_batch_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)`,
      group.id,
      group.name,
      group.groupClass,
      group.createdAt,
      group.retentionDays ?? null,
      group.kmsKeyArn ?? null,
      group.dataKeyId ?? null,
      group.deletionProtected ? 1 : 0,
    );
  },

  /** 0 when there is no such group. */
  setRetention(queries: Queries, name: string, days: number | undefined): Promise<number> {
    return queries.run('UPDATE logs_groups SET retention_days = ? WHERE name = ?', days ?? null, name);
  },

  /** 0 when there is no such group. */
  setDeletionProtected(queries: Queries, name: string, isProtected: boolean): Promise<number> {
    return queries.run('UPDATE logs_groups SET deletion_protected = ? WHERE name = ?', isProtected ? 1 : 0, name);
  },

  setKey(
    queries: Queries,
    id: number,
    key: { readonly arn: string; readonly id: number } | undefined,
  ): Promise<number> {
    return queries.run(
      'UPDATE logs_groups SET kms_key_arn = ?, data_key_id = ? WHERE id = ?',
      key?.arn ?? null,
      key?.id ?? null,
      id,
    );
  },

  async grown(queries: Queries, id: number, bytes: number, spanMs: number): Promise<void> {
    await queries.run(
      `UPDATE logs_groups SET stored_bytes = stored_bytes + ?,
         longest_batch_ms = CASE WHEN longest_batch_ms < ? THEN ? ELSE longest_batch_ms END WHERE id = ?`,
      bytes,
      spanMs,
      spanMs,
      id,
    );
  },

  /** Those whose events expire. */
  async withRetention(queries: Queries): Promise<readonly LogGroup[]> {
    return (await queries.all<GroupRow>('SELECT * FROM logs_groups WHERE retention_days IS NOT NULL')).map(groupOf);
  },

  /** The group and all that belongs to it. */
  async remove(queries: Queries, id: number): Promise<void> {
    for (const table of ['logs_batches', 'logs_streams', 'logs_data_keys', 'logs_tags']) {
      await queries.run(`DELETE FROM ${table} WHERE group_id = ?`, id);
    }
    await queries.run('DELETE FROM logs_groups WHERE id = ?', id);
  },
});
