import type { Database } from '../../platform/store/database.js';
import type { EndedSession } from '../session-ports.js';
import { type RecordingSteps, overdueStep } from './recording-audit.js';
import type { RecordingIndex } from './recording-index.js';

/** A session is over; its record should be whole by now. */
export const OVERDUE_MS = 10 * 60_000;
/** How far back is looked after a start, and again and again. */
const WINDOW_MS = 24 * 60 * 60_000;
const INTERVAL_MS = 60_000;
/** Looked at in one go, unless more have ended in one millisecond: then twice as many, and so on. */
const FIRST_BATCH = 200;

/** Sessions that were to be recorded and ended behind `after` and up to `until`, the oldest first. */
export type FindEndedSessions = (after: number, until: number, limit: number) => Promise<readonly EndedSession[]>;

export interface OverdueRecordsOptions {
  readonly database: Database;
  readonly index: RecordingIndex;
  readonly findEnded: FindEndedSessions;
  readonly steps: RecordingSteps;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly log: { warn(fields: object, message: string): void };
}

/**
 * Says of each session whose record has not come, once, that it has not: the host may have died for good, with the
 * record on its disk. It still counts when it comes.
 */
export class OverdueRecords {
  readonly #options: OverdueRecordsOptions;
  #seenUntil = 0;
  #nextLook = 0;
  #batch = FIRST_BATCH;

  constructor(options: OverdueRecordsOptions) {
    this.#options = options;
  }

  async look(): Promise<void> {
    const { clock, findEnded } = this.#options;
    const now = clock();
    if (now < this.#nextLook) return;
    const ended = await findEnded(Math.max(this.#seenUntil, now - WINDOW_MS), now - OVERDUE_MS, this.#batch);
    for (const one of ended) {
      await this.#check(one);
      // Those that ended in the same millisecond are looked at again: what was said of them is known.
      this.#seenUntil = one.endedAt - 1;
    }
    if (ended.length < this.#batch) this.#nextLook = now + INTERVAL_MS;
    else if (ended[0]?.endedAt === ended.at(-1)?.endedAt) this.#batch *= 2;
  }

  async #check({ session, endedAt }: EndedSession): Promise<void> {
    const { database, index, steps, log, clock } = this.#options;
    const { sessionId } = session;
    const row = await index.find(sessionId);
    if (row?.state === 'ended') return;
    const said = await database.get('SELECT session_id FROM recordings_overdue WHERE session_id = ?', sessionId);
    if (said !== undefined) return;
    const lastPartAt = row?.lastPartAt;
    const fields = { sessionId, taskArn: session.taskArn, endedAt, lastPartAt };
    log.warn(fields, 'the record of a session has not come: its host may be gone, with what it has on its disk');
    await steps(overdueStep(session, clock(), lastPartAt));
    await database.run('INSERT INTO recordings_overdue (session_id) VALUES (?)', sessionId);
  }
}
