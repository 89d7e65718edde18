import { parseTarget } from '../../core/protocol/target.js';
import type { RecordingEnd, RecordingHeader } from '../../core/recording/recording-format.js';
import type { Delivery, Statement } from '../../core/recording/recordings-api.js';
import type { Database, Queries } from '../../platform/store/database.js';
import type { RecordedSession } from '../session-ports.js';

/** `none`: there is nothing to show yet, or it failed for good. */
export type TranscriptState = 'none' | 'wanted' | 'ready';

/** What is known of a record beside its bytes. */
export interface RecordingRow {
  readonly sessionId: string;
  /** Key of the record's files, base64. */
  readonly sealedKey: string;
  /** User id of the host that brings the record. */
  readonly writer: string;
  readonly session: RecordedSession;
  /** Absent until its header has come. */
  readonly header: RecordingHeader | undefined;
  readonly state: 'live' | 'ended';
  /** Of an ended record. */
  readonly length: number;
  /** Milliseconds since the epoch. */
  readonly lastPartAt: number;
  readonly endedAt: number | undefined;
  readonly ending: RecordingEnd | undefined;
  readonly statementNumber: number | undefined;
  readonly transcript: TranscriptState;
  /** The files are gone; what was vouched for stays. */
  readonly deletedAt: number | undefined;
}

/** Newest first. Undefined members do not restrict. */
export interface RecordingQuery {
  /** ARN, or the name at its end. */
  readonly owner?: string | undefined;
  readonly container?: string | undefined;
  readonly cluster?: string | undefined;
  /** Started at or after, before; milliseconds since the epoch. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly state?: 'live' | 'ended' | undefined;
  readonly transcript?: TranscriptState | undefined;
  /** Only what comes behind this one, or with `inclusive` from it on. */
  readonly after?: { readonly startedAt: number; readonly sessionId: string; readonly inclusive?: boolean } | undefined;
  readonly limit: number;
}

interface Columns {
  readonly session_id: string;
  readonly sealed_key: string;
  readonly writer: string;
  readonly session: string;
  readonly header: string | null;
  readonly state: 'live' | 'ended';
  readonly length: number;
  readonly last_part_at: number;
  readonly ended_at: number | null;
  readonly ending: string | null;
  readonly statement_number: number | null;
  readonly transcript: TranscriptState;
  readonly deleted_at: number | null;
}

/** The records that are here, what was signed of them and where copies are. */
export class RecordingIndex {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(sessionId: string): Promise<RecordingRow | undefined> {
    const row = await this.#database.get<Columns>('SELECT * FROM recordings WHERE session_id = ?', sessionId);
    return row && fromColumns(row);
  }

  async insert(row: Pick<RecordingRow, 'sessionId' | 'sealedKey' | 'writer' | 'session'>, at: number): Promise<void> {
    const { sessionId, sealedKey, writer, session } = row;
    await this.#database.run(
      `INSERT INTO recordings (session_id, sealed_key, writer, session, state, length, last_part_at, announced,
        transcript) VALUES (?, ?, ?, ?, 'live', 0, ?, 0, 'none')`,
      ...[sessionId, sealedKey, writer, JSON.stringify(session), at],
    );
  }

  async setHeader(sessionId: string, header: RecordingHeader): Promise<void> {
    const { owner, containerName, target, startedAt } = header;
    await this.#database.run(
      `UPDATE recordings SET header = ?, owner = ?, container_name = ?, cluster_name = ?, started_at = ?
        WHERE session_id = ?`,
      ...[JSON.stringify(header), owner, containerName, parseTarget(target)?.clusterName ?? '', startedAt, sessionId],
    );
  }

  async setWriter(sessionId: string, writer: string): Promise<void> {
    await this.#database.run('UPDATE recordings SET writer = ? WHERE session_id = ?', writer, sessionId);
  }

  async sawParts(seen: ReadonlyMap<string, number>): Promise<void> {
    await this.#database.transaction(async (queries) => {
      for (const [sessionId, at] of seen) {
        await queries.run('UPDATE recordings SET last_part_at = ? WHERE session_id = ?', at, sessionId);
      }
    });
  }

  /** The record is whole, and signed. */
  async end(
    queries: Queries,
    { sessionId, length, at, ending, number }: EndedRecording,
    statement: Statement,
  ): Promise<void> {
    await queries.run(
      'INSERT INTO recordings_statements (number, session_id, signed, signature, key_id) VALUES (?, ?, ?, ?, ?)',
      ...[number, sessionId, statement.signed, statement.signature, statement.keyId],
    );
    await queries.run(
      `UPDATE recordings SET state = 'ended', length = ?, ended_at = ?, ending = ?, statement_number = ?,
        transcript = 'wanted' WHERE session_id = ?`,
      ...[length, at, JSON.stringify(ending), number, sessionId],
    );
  }

  async statement(sessionId: string): Promise<Statement | undefined> {
    const row = await this.#database.get<{ signed: string; signature: string; key_id: string }>(
      'SELECT signed, signature, key_id FROM recordings_statements WHERE session_id = ?',
      sessionId,
    );
    return row && { signed: row.signed, signature: row.signature, keyId: row.key_id };
  }

  async lastStatement(queries: Queries): Promise<LastStatement | undefined> {
    const row = await queries.get<{ number: number; session_id: string; signed: string }>(
      'SELECT number, session_id, signed FROM recordings_statements ORDER BY number DESC LIMIT 1',
    );
    return row && { number: row.number, sessionId: row.session_id, signed: row.signed };
  }

  /** Signed, but perhaps not yet in the audit. */
  async unannounced(): Promise<RecordingRow[]> {
    const rows = await this.#database.all<Columns>(
      'SELECT * FROM recordings WHERE announced = 0 AND statement_number IS NOT NULL ORDER BY statement_number',
    );
    return rows.map(fromColumns);
  }

  async setAnnounced(sessionId: string): Promise<void> {
    await this.#database.run('UPDATE recordings SET announced = 1 WHERE session_id = ?', sessionId);
  }

  async setTranscript(sessionId: string, state: TranscriptState): Promise<void> {
    await this.#database.run('UPDATE recordings SET transcript = ? WHERE session_id = ?', state, sessionId);
  }

  async query(query: RecordingQuery): Promise<RecordingRow[]> {
    const where = ['header IS NOT NULL'];
    const values: (string | number)[] = [];
    const restrict = (condition: string, ...bound: (string | number | undefined)[]): void => {
      if (bound.some((value) => value === undefined)) return;
      where.push(condition);
      for (const value of bound) if (value !== undefined) values.push(value);
    };
    const { owner, after } = query;
    if (owner?.startsWith('arn:') === true) restrict('owner = ?', owner);
    // SQL's `_` and `%` are letters of names too: compared, not matched.
    else restrict("substr(owner, length(owner) - length(?)) = '/' || ?", owner, owner);
    restrict('container_name = ?', query.container);
    restrict('cluster_name = ?', query.cluster);
    restrict('started_at >= ?', query.since);
    restrict('started_at < ?', query.until);
    restrict('state = ?', query.state);
    restrict('transcript = ?', query.transcript);
    restrict(
      `(started_at < ? OR (started_at = ? AND session_id ${after?.inclusive === true ? '<=' : '<'} ?))`,
      ...[after?.startedAt, after?.startedAt, after?.sessionId],
    );
    const rows = await this.#database.all<Columns>(
      `SELECT * FROM recordings WHERE ${where.join(' AND ')} ORDER BY started_at DESC, session_id DESC LIMIT ?`,
      ...[...values, query.limit],
    );
    return rows.map(fromColumns);
  }

  async deliveries(sessionId: string): Promise<Delivery[]> {
    const rows = await this.#database.all<{ delivery: string }>(
      'SELECT delivery FROM recordings_deliveries WHERE session_id = ? ORDER BY kind, place',
      sessionId,
    );
    return rows.map(({ delivery }) => JSON.parse(delivery) as Delivery);
  }

  async putDelivery(queries: Queries, sessionId: string, delivery: Delivery): Promise<void> {
    const { kind, place } = delivery;
    await queries.run(
      `INSERT INTO recordings_deliveries (session_id, kind, place, delivery) VALUES (?, ?, ?, ?)
        ON CONFLICT (session_id, kind, place) DO UPDATE SET delivery = excluded.delivery`,
      ...[sessionId, kind, place, JSON.stringify(delivery)],
    );
  }

  /** Ended before, with files that are still there. */
  async endedBefore(time: number, limit: number): Promise<RecordingRow[]> {
    const rows = await this.#database.all<Columns>(
      "SELECT * FROM recordings WHERE state = 'ended' AND ended_at < ? AND deleted_at IS NULL ORDER BY ended_at LIMIT ?",
      ...[time, limit],
    );
    return rows.map(fromColumns);
  }

  async setDeleted(sessionId: string, at: number): Promise<void> {
    await this.#database.run(
      "UPDATE recordings SET deleted_at = ?, transcript = 'none' WHERE session_id = ?",
      ...[at, sessionId],
    );
  }
}

export interface EndedRecording {
  readonly sessionId: string;
  readonly length: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly ending: RecordingEnd;
  readonly number: number;
}

export interface LastStatement {
  readonly number: number;
  readonly sessionId: string;
  readonly signed: string;
}

function fromColumns(row: Columns): RecordingRow {
  return {
    sessionId: row.session_id,
    sealedKey: row.sealed_key,
    writer: row.writer,
    session: JSON.parse(row.session) as RecordedSession,
    header: row.header === null ? undefined : (JSON.parse(row.header) as RecordingHeader),
    state: row.state,
    length: row.length,
    lastPartAt: row.last_part_at,
    endedAt: row.ended_at ?? undefined,
    ending: row.ending === null ? undefined : (JSON.parse(row.ending) as RecordingEnd),
    statementNumber: row.statement_number ?? undefined,
    transcript: row.transcript,
    deletedAt: row.deleted_at ?? undefined,
  };
}
