import type { Database, Queries } from '../../platform/store/database.js';
import type { SessionFreedom } from '../../core/protocol/session-document.js';
import type { SessionUsage } from '../../core/protocol/session-usage.js';
import type { SessionStarter, SessionTimes } from '../session-ports.js';
import { MAX_DETAILS_LENGTH } from './session-limits.js';
import { isFinal } from './session-record.js';
import type { SessionRecord, SessionStatus } from './session-record.js';

/** A page of DescribeSessions, newest first. `undefined` members do not restrict. */
export interface SessionQuery {
  /** Active: not yet ended. */
  readonly active: boolean;
  readonly target?: string | undefined;
  readonly owner?: string | undefined;
  readonly status?: string | undefined;
  readonly sessionId?: string | undefined;
  /** Started at or after, before; milliseconds since the epoch. */
  readonly invokedAfter?: number | undefined;
  readonly invokedBefore?: number | undefined;
  /** Only what comes after this session in the order. */
  readonly after?: { readonly startDate: number; readonly sessionId: string } | undefined;
  readonly limit: number;
}

interface SessionRow {
  readonly session_id: string;
  readonly target: string;
  readonly owner: string;
  readonly owner_id: string | null;
  readonly starter: string | null;
  readonly document_name: string;
  readonly command: string;
  readonly reason: string | null;
  readonly kms_key_id: string | null;
  readonly logging: string | null;
  readonly recording: string | null;
  readonly freedom: string | null;
  readonly times: string | null;
  readonly usage: string | null;
  readonly status: string;
  readonly details: string;
  readonly agent_seen: number;
  readonly start_date: number;
  readonly end_date: number | null;
}

/** Sessions and every state they went through. A state once final does not change. */
export class SessionStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Stores a new session and what `also` adds, unless `limit` sessions of its target have not ended yet. */
  async insert<T>(
    session: SessionRecord,
    limit: number,
    also: (queries: Queries) => Promise<T>,
  ): Promise<{ readonly stored: T } | 'limit'> {
    return this.#database.transaction(async (queries) => {
      if ((await countActive(queries, session.target)) >= limit) return 'limit';
      await queries.run(
        `INSERT INTO ssm_sessions (session_id, target, owner, owner_id, starter, document_name, command, reason, kms_key_id,
          logging, recording, freedom, times, status, details, agent_seen, start_date)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        session.sessionId,
        session.target,
        session.owner,
        session.ownerId ?? null,
        session.starter === undefined ? null : JSON.stringify(session.starter),
        session.documentName,
        session.command,
        session.reason ?? null,
        session.kmsKeyId ?? null,
        session.logging === undefined ? null : JSON.stringify(session.logging),
        session.recording === undefined ? null : JSON.stringify(session.recording),
        session.freedom === undefined ? null : JSON.stringify(session.freedom),
        session.times === undefined ? null : JSON.stringify(session.times),
        session.status,
        session.details,
        session.agentSeen ? 1 : 0,
        session.startDate,
      );
      await addTransition(queries, session.sessionId, 0, session.status, session.details, session.startDate);
      return { stored: await also(queries) };
    });
  }

  /** Sessions of the target that have not ended, queued and ending ones included. */
  async countActive(target: string): Promise<number> {
    return countActive(this.#database, target);
  }

  async find(sessionId: string): Promise<SessionRecord | undefined> {
    const row = await this.#database.get<SessionRow>('SELECT * FROM ssm_sessions WHERE session_id = ?', sessionId);
    return row === undefined ? undefined : fromRow(row);
  }

  async active(): Promise<SessionRecord[]> {
    const rows = await this.#database.all<SessionRow>(
      'SELECT * FROM ssm_sessions WHERE end_date IS NULL ORDER BY start_date, session_id',
    );
    return rows.map(fromRow);
  }

  /** Of those that were to be recorded, ended behind `after` and up to `until`, the oldest first. */
  async endedRecorded(after: number, until: number, limit: number): Promise<SessionRecord[]> {
    const rows = await this.#database.all<SessionRow>(
      `SELECT * FROM ssm_sessions WHERE recording IS NOT NULL AND end_date > ? AND end_date <= ?
        ORDER BY end_date, session_id LIMIT ?`,
      ...[after, until, limit],
    );
    return rows.map(fromRow);
  }

  async query(query: SessionQuery): Promise<SessionRecord[]> {
    const where = [query.active ? 'end_date IS NULL' : 'end_date IS NOT NULL'];
    const values: (string | number)[] = [];
    const restrict = (condition: string, ...bound: (string | number | undefined)[]): void => {
      if (bound.some((value) => value === undefined)) return;
      where.push(condition);
      for (const value of bound) if (value !== undefined) values.push(value);
    };
    restrict('target = ?', query.target);
    restrict('owner = ?', query.owner);
    restrict('status = ?', query.status);
    restrict('session_id = ?', query.sessionId);
    restrict('start_date >= ?', query.invokedAfter);
    restrict('start_date < ?', query.invokedBefore);
    const { after } = query;
    restrict(
      '(start_date < ? OR (start_date = ? AND session_id < ?))',
      after?.startDate,
      after?.startDate,
      after?.sessionId,
    );
    const rows = await this.#database.all<SessionRow>(
      `SELECT * FROM ssm_sessions WHERE ${where.join(' AND ')} ORDER BY start_date DESC, session_id DESC LIMIT ?`,
      ...values,
      query.limit,
    );
    return rows.map(fromRow);
  }

  /** Enters a state. False, without effect, when the session is unknown, has ended, or is in that state already. */
  async transition(sessionId: string, status: SessionStatus, details: string, at: number): Promise<boolean> {
    const kept = details.slice(0, MAX_DETAILS_LENGTH);
    return this.#database.transaction(async (queries) => {
      const row = await queries.get<{ status: SessionStatus }>(
        'SELECT status FROM ssm_sessions WHERE session_id = ?',
        sessionId,
      );
      if (row === undefined || row.status === status || isFinal(row.status)) return false;
      const last = await queries.get<{ number: number | null }>(
        'SELECT MAX(number) AS number FROM ssm_session_transitions WHERE session_id = ?',
        sessionId,
      );
      await addTransition(queries, sessionId, (last?.number ?? -1) + 1, status, kept, at);
      await queries.run(
        'UPDATE ssm_sessions SET status = ?, details = ?, end_date = ? WHERE session_id = ?',
        status,
        kept,
        isFinal(status) ? at : null,
        sessionId,
      );
      return true;
    });
  }

  /** From now on the start message is not sent again. */
  async markAgentSeen(sessionId: string): Promise<void> {
    await this.#database.run('UPDATE ssm_sessions SET agent_seen = 1 WHERE session_id = ?', sessionId);
  }

  /** What its command has used so far; the last word counts. */
  async setUsage(sessionId: string, usage: SessionUsage): Promise<void> {
    await this.#database.run(
      'UPDATE ssm_sessions SET usage = ? WHERE session_id = ?',
      JSON.stringify(usage),
      sessionId,
    );
  }

  /** States the session went through, oldest first. */
  async transitions(sessionId: string): Promise<{ status: SessionStatus; details: string; at: number }[]> {
    return this.#database.all(
      'SELECT status, details, at FROM ssm_session_transitions WHERE session_id = ? ORDER BY number',
      sessionId,
    );
  }

  /** Deletes sessions that ended before `endedBefore`. */
  async prune(endedBefore: number): Promise<void> {
    await this.#database.transaction(async (queries) => {
      await queries.run(
        `DELETE FROM ssm_session_transitions WHERE session_id IN
          (SELECT session_id FROM ssm_sessions WHERE end_date < ?)`,
        endedBefore,
      );
      await queries.run('DELETE FROM ssm_sessions WHERE end_date < ?', endedBefore);
    });
  }
}

async function countActive(queries: Queries, target: string): Promise<number> {
  const row = await queries.get<{ count: number }>(
    'SELECT COUNT(*) AS count FROM ssm_sessions WHERE target = ? AND end_date IS NULL',
    target,
  );
  return row?.count ?? 0;
}

async function addTransition(
  queries: Queries,
  sessionId: string,
  number: number,
  status: SessionStatus,
  details: string,
  at: number,
): Promise<void> {
  await queries.run(
    'INSERT INTO ssm_session_transitions (session_id, number, status, details, at) VALUES (?, ?, ?, ?, ?)',
    sessionId,
    number,
    status,
    details,
    at,
  );
}

function fromRow(row: SessionRow): SessionRecord {
  return {
    sessionId: row.session_id,
    target: row.target,
    owner: row.owner,
    ownerId: row.owner_id ?? undefined,
    starter: row.starter === null ? undefined : (JSON.parse(row.starter) as SessionStarter),
    documentName: row.document_name,
    command: row.command,
    reason: row.reason ?? undefined,
    kmsKeyId: row.kms_key_id ?? undefined,
    logging: row.logging === null ? undefined : (JSON.parse(row.logging) as SessionRecord['logging']),
    recording: row.recording === null ? undefined : (JSON.parse(row.recording) as SessionRecord['recording']),
    ...(row.freedom !== null && { freedom: JSON.parse(row.freedom) as SessionFreedom }),
    ...(row.times !== null && { times: JSON.parse(row.times) as SessionTimes }),
    ...(row.usage !== null && { usage: JSON.parse(row.usage) as SessionUsage }),
    status: row.status as SessionStatus,
    details: row.details,
    agentSeen: row.agent_seen !== 0,
    startDate: row.start_date,
    endDate: row.end_date ?? undefined,
  };
}
