import type { Queries, SqlValue } from '../../platform/store/database.js';

/** A batch of PutLogEvents, but for its events. */
export interface BatchHead {
  /** Grows with each batch that is taken. */
  readonly position: number;
  readonly groupId: number;
  readonly streamId: number;
  /** Times of its first and last event, and of its arrival. */
  readonly firstAt: number;
  readonly lastAt: number;
  readonly ingestedAt: number;
  readonly events: number;
  /** As PutLogEvents counts them. */
  readonly bytes: number;
  readonly dataKeyId: number | undefined;
}

interface HeadRow {
  readonly position: number;
  readonly group_id: number;
  readonly stream_id: number;
  readonly first_at: number;
  readonly last_at: number;
  readonly ingested_at: number;
  readonly events: number;
  readonly bytes: number;
  readonly data_key_id: number | null;
}

const HEAD = 'position, group_id, stream_id, first_at, last_at, ingested_at, events, bytes, data_key_id';

/** Which batches can have events that are looked for. */
export interface BatchScope {
  readonly groupId: number;
  /** Undefined: of every stream of the group. */
  readonly streamIds: readonly number[] | undefined;
  /** First and last moment of the events. */
  readonly since: number;
  readonly through: number;
  /** Batches after the first and up to the second position. */
  readonly after: number;
  readonly upTo: number;
  /** No batch spans more. */
  readonly longestMs: number;
}

/** Where a listing of batches goes on. */
export interface BatchPlace {
  readonly at: number;
  readonly position: number;
}

/** What a sealed batch is bound to: put in the place of another, it does not open. */
export function purposeOf(head: Omit<BatchHead, 'position' | 'dataKeyId' | 'groupId' | 'bytes'>): string {
  const { streamId, firstAt, lastAt, ingestedAt, events } = head;
  return `logs-batch/${streamId}/${firstAt}/${lastAt}/${ingestedAt}/${events}`;
}

function headOf(row: HeadRow): BatchHead {
  return {
    position: row.position,
    groupId: row.group_id,
    streamId: row.stream_id,
    firstAt: row.first_at,
    lastAt: row.last_at,
    ingestedAt: row.ingested_at,
    events: row.events,
    bytes: row.bytes,
    dataKeyId: row.data_key_id ?? undefined,
  };
}

export const batchStore = Object.freeze({
  async insert(queries: Queries, head: BatchHead, sealed: Uint8Array): Promise<void> {
    await queries.run(
      `INSERT INTO logs_batches (${HEAD}, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      head.position,
      head.groupId,
      head.streamId,
      head.firstAt,
      head.lastAt,
      head.ingestedAt,
      head.events,
      head.bytes,
      head.dataKeyId ?? null,
      sealed,
    );
  },

  /** `forward`: in order of their first events; else backward from the last. `beyond`: those after this one. */
  async list(
    queries: Queries,
    scope: BatchScope,
    {
      forward,
      beyond,
      limit,
    }: { readonly forward: boolean; readonly beyond: BatchPlace | undefined; readonly limit: number },
  ): Promise<readonly BatchHead[]> {
    const { groupId, streamIds, since, through, after, upTo, longestMs } = scope;
    const [one] = streamIds?.length === 1 ? streamIds : [];
    const conditions = [one === undefined ? 'group_id = ?' : 'stream_id = ?'];
    const values: SqlValue[] = [one ?? groupId];
    const add = (condition: string, ...more: SqlValue[]): void => {
      conditions.push(condition);
      values.push(...more);
    };
    if (streamIds !== undefined && one === undefined) {
      add(`stream_id IN (${streamIds.map(() => '?').join(', ')})`, ...streamIds);
    }
    add('first_at >= ? AND first_at <= ?', since - longestMs, through);
    add('last_at >= ? AND last_at <= ?', since, through + longestMs);
    add('position > ? AND position <= ?', after, upTo);
    const [column, sign, direction] = forward ? ['first_at', '>', 'ASC'] : ['last_at', '<', 'DESC'];
    if (beyond !== undefined) {
      const { at, position } = beyond;
      add(`${column} ${sign}= ? AND (${column} ${sign} ? OR position ${sign} ?)`, at, at, position);
    }
    const rows = await queries.all<HeadRow>(
      `SELECT ${HEAD} FROM logs_batches WHERE ${conditions.join(' AND ')}
         ORDER BY ${column} ${direction}, position ${direction} LIMIT ?`,
      ...values,
      limit,
    );
    return rows.map(headOf);
  },

  /** Undefined when it has been deleted meanwhile. */
  async sealed(queries: Queries, position: number): Promise<Uint8Array | undefined> {
    const row = await queries.get<{ sealed: Uint8Array }>(
      'SELECT sealed FROM logs_batches WHERE position = ?',
      position,
    );
    return row && new Uint8Array(row.sealed);
  },

  /** Deletes up to `limit` batches of which every event is older than `before`; how many. */
  async prune(queries: Queries, groupId: number, before: number, limit: number): Promise<number> {
    const due = await queries.all<{ position: number; bytes: number }>(
      'SELECT position, bytes FROM logs_batches WHERE group_id = ? AND last_at < ? ORDER BY last_at LIMIT ?',
      groupId,
      before,
      limit,
    );
    let bytes = 0;
    for (const batch of due) {
      bytes += batch.bytes;
      await queries.run('DELETE FROM logs_batches WHERE position = ?', batch.position);
    }
    await queries.run('UPDATE logs_groups SET stored_bytes = stored_bytes - ? WHERE id = ?', bytes, groupId);
    return due.length;
  },
});
