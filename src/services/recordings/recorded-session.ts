import type { RecordedSession } from '../session-ports.js';

/** Implemented by `services/ssm`. Undefined: this endpoint has started no such session, or does not record it. */
export type FindRecordedSession = (sessionId: string) => Promise<RecordedSession | undefined>;

/** Of session ids as this endpoint makes them: a name, and 17 hex digits or 26 letters and digits. */
const SESSION_ID = /^[\w+=,.@-]{1,79}[0-9a-z]{17}$/;

/** Whether it may become the name of a file. */
export function isSessionId(text: string): boolean {
  return SESSION_ID.test(text);
}
