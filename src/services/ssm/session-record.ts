import type { SessionUsage } from '../../core/protocol/session-usage.js';
import type { SessionRequest, SessionStarter } from '../session-ports.js';

/** The states of a session, as DescribeSessions names them. */
export const SessionStatus = Object.freeze({
  /** Started; client and agent have not both been on the data channel yet. */
  Connecting: 'Connecting',
  /** Client and agent are both on the data channel. */
  Connected: 'Connected',
  /** Was connected; client or agent is away. */
  Disconnected: 'Disconnected',
  /** Ending; the agent has not reported the task complete yet. Still counts against the limit. */
  Terminating: 'Terminating',
  Terminated: 'Terminated',
  /** Ended by a failure the agent reported, or never started. */
  Failed: 'Failed',
});
export type SessionStatus = (typeof SessionStatus)[keyof typeof SessionStatus];

/** Everything stored about one session. Never a token. */
export interface SessionRecord {
  readonly sessionId: string;
  readonly target: string;
  /** ARN of who started it. */
  readonly owner: string;
  /** User id of who started it; absent of sessions from before it was kept. */
  readonly ownerId: string | undefined;
  readonly starter: SessionStarter | undefined;
  readonly documentName: string;
  /** Resolved command line; empty: the agent's default shell. */
  readonly command: string;
  readonly reason: string | undefined;
  readonly kmsKeyId: string | undefined;
  readonly logging: SessionRequest['logging'];
  /** Absent without logging, and of sessions from before records were kept. */
  readonly recording: SessionRequest['recording'];
  readonly freedom?: SessionRequest['freedom'];
  readonly times?: SessionRequest['times'];
  /** What its command has used, as it was heard last. */
  readonly usage?: SessionUsage;
  readonly status: SessionStatus;
  /** Why it ended, for the operator and DescribeSessions; empty while it runs. */
  readonly details: string;
  /** The agent has asked for the data channel: the start message need not be sent again. */
  readonly agentSeen: boolean;
  /** Milliseconds since the epoch. */
  readonly startDate: number;
  readonly endDate: number | undefined;
}

export function isFinal(status: SessionStatus): boolean {
  return status === SessionStatus.Terminated || status === SessionStatus.Failed;
}
