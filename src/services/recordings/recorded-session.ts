import type { SessionRequest } from '../session-ports.js';

/** What the endpoint itself knows of a session that is recorded; a host's word is measured against it. */
export interface RecordedSession {
  readonly sessionId: string;
  readonly target: string;
  /** ARN of whose session it is. */
  readonly owner: string;
  readonly taskArn: string;
  readonly containerName: string;
  /** Absent: the task has none. */
  readonly taskRoleArn?: string;
  /** Where copies of the record are to go. */
  readonly logging: NonNullable<SessionRequest['logging']>;
}

/** Implemented by `services/ssm`. Undefined: this endpoint has started no such session, or does not record it. */
export type FindRecordedSession = (sessionId: string) => Promise<RecordedSession | undefined>;

/** Of session ids as this endpoint makes them: a name, and 17 hex digits or 26 letters and digits. */
const SESSION_ID = /^[\w+=,.@-]{1,79}[0-9a-z]{17}$/;

/** Whether it may become the name of a file. */
export function isSessionId(text: string): boolean {
  return SESSION_ID.test(text);
}
