import type { Queries } from '../../platform/store/database.js';
import type { LogStream } from './log-group.js';

interface StreamRow {
  readonly id: number;
  readonly group_id: number;
  readonly name: string;
  readonly created_at: number;
  readonly first_event_at: number | null;
  readonly last_event_at: number | null;
  readonly last_ingestion_at: number | null;
}

function streamOf(row: StreamRow): LogStream {
  return {
    id: row.id,
    groupId: row.group_id,
    name: row.name,
    createdAt: row.created_at,
    firstEventAt: row.first_event_at ?? undefined,
    lastEventAt: row.last_event_at ?? undefined,
    lastIngestionAt: row.last_ingestion_at ?? undefined,
  };
}

/** A page of streams: those beyond `after`, in the order asked for. Streams without events come before all others. */
export interface StreamPage {
  readonly prefix: string;
  readonly orderBy: 'LogStreamName' | 'LastEventTime';
  readonly descending: boolean;
  readonly after: { readonly name: string; readonly lastEventAt: number } | undefined;
  readonly limit: number;
}

const LAST = 'COALESCE(last_event_at, -1)';

export const streamStore = Object.freeze({
  async find(queries: Queries, groupId: number, name: string): Promise<LogStream | undefined> {
    const row = await queries.get<StreamRow>(
      'SELECT * FROM logs_streams WHERE group_id = ? AND name = ?',
      groupId,
      name,
    );
    return row && streamOf(row);
  },

  async page(queries: Queries, groupId: number, page: StreamPage): Promise<readonly LogStream[]> {
    const { prefix, orderBy, descending, after, limit } = page;
    const [sign, direction] = descending ? ['<', 'DESC'] : ['>', 'ASC'];
    const begins = 'group_id = ? AND name >= ? AND substr(name, 1, ?) = ?';
    const values = [groupId, prefix, prefix.length, prefix] as const;
    const byName = orderBy === 'LogStreamName';
    const beyond = byName ? `name ${sign} ?` : `(${LAST} ${sign} ? OR (${LAST} = ? AND name ${sign} ?))`;
    const place = after === undefined ? [] : byName ? [after.name] : [after.lastEventAt, after.lastEventAt, after.name];
    const order = byName ? `name ${direction}` : `${LAST} ${direction}, name ${direction}`;
    const rows = await queries.all<StreamRow>(
      `SELECT * FROM logs_streams WHERE ${begins} ${after === undefined ? '' : `AND ${beyond}`} ORDER BY ${order} LIMIT ?`,
      ...values,
      ...place,
      limit,
    );
    return rows.map(streamOf);
  },

  /** Names by id: of all the group's streams, or of those that begin so. */
  async names(queries: Queries, groupId: number, prefix: string): Promise<ReadonlyMap<number, string>> {
    const rows = await queries.all<{ id: number; name: string }>(
      'SELECT id, name FROM logs_streams WHERE group_id = ? AND name >= ? AND substr(name, 1, ?) = ?',
      groupId,
      prefix,
      prefix.length,
      prefix,
    );
    return new Map(rows.map(({ id, name }) => [id, name]));
  },

  async insert(queries: Queries, stream: Pick<LogStream, 'id' | 'groupId' | 'name' | 'createdAt'>): Promise<void> {
    await queries.run(
      'INSERT INTO logs_streams (id, group_id, name, created_at) VALUES (?, ?, ?, ?)',
      stream.id,
      stream.groupId,
      stream.name,
      stream.createdAt,
    );
  },

  /** False when there is no such stream any more. */
  async grown(
    queries: Queries,
    id: number,
    { firstAt, lastAt, ingestedAt }: { readonly firstAt: number; readonly lastAt: number; readonly ingestedAt: number },
  ): Promise<boolean> {
    const changed = await queries.run(
      `UPDATE logs_streams SET last_ingestion_at = ?,
         first_event_at = CASE WHEN first_event_at < ? THEN first_event_at ELSE ? END,
         last_event_at = CASE WHEN last_event_at > ? THEN last_event_at ELSE ? END WHERE id = ?`,
      ingestedAt,
      firstAt,
      firstAt,
      lastAt,
      lastAt,
      id,
    );
    return changed > 0;
  },

  async remove(queries: Queries, { id, groupId }: LogStream): Promise<void> {
    const { bytes } = (await queries.get<{ bytes: number | null }>(
      'SELECT SUM(bytes) AS bytes FROM logs_batches WHERE stream_id = ?',
      id,
    )) ?? { bytes: 0 };
    await queries.run('UPDATE logs_groups SET stored_bytes = stored_bytes - ? WHERE id = ?', bytes ?? 0, groupId);
    await queries.run('DELETE FROM logs_batches WHERE stream_id = ?', id);
    await queries.run('DELETE FROM logs_streams WHERE id = ?', id);
  },
});
