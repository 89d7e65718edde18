import type { SessionRequest } from '../session-ports.js';
import type { SessionRecord } from './session-record.js';

/** What the record of a session is measured against. */
export interface StoredRecordedSession {
  readonly sessionId: string;
  readonly target: string;
  readonly owner: string;
  readonly taskArn: string;
  readonly containerName: string;
  readonly taskRoleArn?: string;
  readonly logging: NonNullable<SessionRequest['logging']>;
}

/** Undefined: it has no logging, or there is no such session. */
export function recordedSession(session: SessionRecord | undefined): StoredRecordedSession | undefined {
  if (session?.recording === undefined || session.logging === undefined) return undefined;
  const { sessionId, target, owner, logging } = session;
  const { taskArn, containerName, taskRoleArn } = session.recording;
  return {
    sessionId,
    target,
    owner,
    taskArn,
    containerName,
    ...(taskRoleArn !== undefined && { taskRoleArn }),
    logging,
  };
}

export function endedRecorded(
  sessions: readonly SessionRecord[],
): { readonly session: StoredRecordedSession; readonly endedAt: number }[] {
  return sessions.flatMap((ended) => {
    const session = recordedSession(ended);
    return session === undefined || ended.endDate === undefined ? [] : [{ session, endedAt: ended.endDate }];
  });
}
