import type { EndedSession, RecordedSession } from '../session-ports.js';
import type { SessionRecord } from './session-record.js';

/** Undefined: it has no logging, or there is no such session. */
export function recordedSession(session: SessionRecord | undefined): RecordedSession | undefined {
  if (session?.recording === undefined || session.logging === undefined) return undefined;
  const { sessionId, target, owner, logging, freedom } = session;
  const { taskArn, containerName, taskRoleArn } = session.recording;
  return {
    sessionId,
    target,
    owner,
    taskArn,
    containerName,
    ...(taskRoleArn !== undefined && { taskRoleArn }),
    ...(freedom && { freedom }),
    logging,
  };
}

export function endedRecorded(sessions: readonly SessionRecord[]): EndedSession[] {
  return sessions.flatMap((ended) => {
    const session = recordedSession(ended);
    return session === undefined || ended.endDate === undefined ? [] : [{ session, endedAt: ended.endDate }];
  });
}
