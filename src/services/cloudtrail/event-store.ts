import type { Database, Queries, SqlValue } from '../../platform/store/database.js';
import type { CloudTrailRecord } from './cloudtrail-record.js';

/** An event with what it is looked up by. */
export interface StoredEvent {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly userName: string;
  readonly record: CloudTrailRecord;
}

/** Newest first. `undefined` members do not restrict. */
export interface EventQuery {
  readonly match?: { readonly column: MatchColumn; readonly value: string } | undefined;
  readonly resource?: { readonly column: 'resource_name' | 'resource_type'; readonly value: string } | undefined;
  readonly readOnly?: boolean | undefined;
  /** At or after, at or before; milliseconds since the epoch. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Only what comes after this position in the order. */
  readonly after?: number | undefined;
  readonly limit: number;
}

export type MatchColumn = 'event_id' | 'event_name' | 'event_source' | 'user_name' | 'access_key_id';

export interface FoundEvent {
  readonly position: number;
  readonly time: number;
  readonly userName: string;
  /** The whole record as JSON. */
  readonly document: string;
  readonly record: CloudTrailRecord;
}

/** Positions within one millisecond before the next one's are used. */
const POSITIONS_PER_MILLISECOND = 1000;

interface EventRow {
  readonly position: number;
  readonly event_time: number;
  readonly user_name: string;
  readonly record: string;
}

/** Events on disk. Only ever added to, and pruned from the old end. */
export class EventStore {
  readonly #database: Database;
  #position = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Continues behind what a former process wrote, whatever the clock says now. */
  async start(): Promise<void> {
    const row = await this.#database.get<{ last: number | null }>(
      'SELECT MAX(position) AS last FROM cloudtrail_events',
    );
    this.#position = row?.last ?? 0;
  }

  /** All of them or none. */
  async insert(events: readonly StoredEvent[]): Promise<void> {
    // Numbered before anything is written: a second try after a failure must not meet its own first one.
    const numbered = events.map((event) => ({ event, position: this.#next(event.time) }));
    await this.#database.transaction(async (queries) => {
      for (const { event, position } of numbered) await insertEvent(queries, event, position);
    });
  }

  async query(query: EventQuery): Promise<FoundEvent[]> {
    const { sql, values } = selectStatement(query);
    const rows = await this.#database.all<EventRow>(sql, ...values);
    return rows.map((row) => ({
      position: row.position,
      time: row.event_time,
      userName: row.user_name,
      document: row.record,
      record: JSON.parse(row.record) as CloudTrailRecord,
    }));
  }

  /** Deletes what is older than `before`, and of the events that only read all but the newest `mostReadOnly`. */
  async prune(before: number, mostReadOnly: number): Promise<void> {
    const old = await this.#database.get<{ last: number | null }>(
      'SELECT MAX(position) AS last FROM cloudtrail_events WHERE event_time < ?',
      before,
    );
    if (old?.last !== null && old?.last !== undefined) await this.#delete('position <= ?', old.last);
    const surplus = await this.#database.get<{ position: number }>(
      'SELECT position FROM cloudtrail_events WHERE read_only = 1 ORDER BY position DESC LIMIT 1 OFFSET ?',
      mostReadOnly,
    );
    if (surplus !== undefined) await this.#delete('read_only = 1 AND position <= ?', surplus.position);
  }

  async #delete(condition: string, position: number): Promise<void> {
    await this.#database.transaction(async (queries) => {
      await queries.run(
        `DELETE FROM cloudtrail_event_resources
         WHERE position IN (SELECT position FROM cloudtrail_events WHERE ${condition})`,
        position,
      );
      await queries.run(`DELETE FROM cloudtrail_events WHERE ${condition}`, position);
    });
  }

  #next(time: number): number {
    this.#position = Math.max(this.#position + 1, time * POSITIONS_PER_MILLISECOND);
    return this.#position;
  }
}

async function insertEvent(queries: Queries, event: StoredEvent, position: number): Promise<void> {
  const { record } = event;
  await queries.run(
    `INSERT INTO cloudtrail_events (position, event_id, event_time, event_name, event_source, read_only, user_name,
      access_key_id, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    position,
    record.eventID,
    event.time,
    record.eventName,
    record.eventSource,
    record.readOnly ? 1 : 0,
    event.userName,
    record.userIdentity.accessKeyId ?? '',
    JSON.stringify(record),
  );
  for (const { type, ARN } of record.resources ?? []) {
    await queries.run(
      'INSERT INTO cloudtrail_event_resources (position, resource_type, resource_name) VALUES (?, ?, ?)',
      position,
      type,
      ARN,
    );
  }
}

function selectStatement(query: EventQuery): { sql: string; values: SqlValue[] } {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  const where = (condition: string, value: SqlValue | undefined): void => {
    if (value === undefined) return;
    conditions.push(condition);
    values.push(value);
  };
  if (query.match !== undefined) where(`${query.match.column} = ?`, query.match.value);
  if (query.resource !== undefined) {
    where(
      `position IN (SELECT position FROM cloudtrail_event_resources WHERE ${query.resource.column} = ?)`,
      query.resource.value,
    );
  }
  if (query.readOnly !== undefined) where('read_only = ?', query.readOnly ? 1 : 0);
  where('event_time >= ?', query.from);
  where('event_time <= ?', query.to);
  where('position < ?', query.after);
  values.push(query.limit);
  const filter = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  return {
    sql: `SELECT position, event_time, user_name, record FROM cloudtrail_events ${filter} ORDER BY position DESC LIMIT ?`,
    values,
  };
}
