/** How ECS, SSM and the message gateway ask things of each other. Each service implements its own part. */

import type { RecordingSettings, SessionFreedom } from '../core/protocol/session-document.js';
import type { SessionUsage } from '../core/protocol/session-usage.js';
import type { Caller, RequestContext } from '../platform/aws/service.js';

/** Who started a session, and from where: what policies look at. No secret is in it. */
export interface SessionStarter {
  readonly caller: Caller;
  readonly sourceIp: string;
  readonly userAgent: string;
}

export function sessionStarter({ caller, sourceIp, userAgent }: RequestContext): SessionStarter {
  return { caller, sourceIp, userAgent };
}

/** How a session with logging is recorded, and what of its task must be known when the task is gone. */
export interface SessionRecording {
  readonly settings: RecordingSettings;
  readonly taskArn: string;
  readonly containerName: string;
  /** Absent: the task has none. */
  readonly taskRoleArn?: string;
}

/** When a session ends by the clock, in milliseconds. Absent members: as AWS has it. */
export interface SessionTimes {
  /** Without a byte in either direction; null: never. */
  readonly idleTimeout?: number | null;
  /** From its start; null: never, which is AWS's way. */
  readonly maxDuration?: number | null;
}

/** What a session is to do; everything the agent's document needs (wire-protocol 1.6, 7.5). */
export interface SessionRequest {
  /** `ecs:<cluster>_<task id>_<runtime id>` */
  readonly target: string;
  /** ARN of who asked. */
  readonly owner: string;
  /** User id of who asked: `AIDA…`, or `AROA…:SESSION`. */
  readonly ownerId?: string;
  /** How it was asked for: so that the same can be asked again while the session lives. */
  readonly starter?: SessionStarter;
  /** `ecs-execute-command-` for ExecuteCommand, `<user name>-` for StartSession. */
  readonly idPrefix: string;
  readonly documentName: string;
  /** Resolved command line, split by the agent. Empty: the agent's default shell. */
  readonly command: string;
  readonly reason?: string;
  /** Refused with {@link SessionRefusal} `limit` when this many sessions of the target are already active. */
  readonly limit: number;
  /** Data-channel key; empty or absent: TLS only. */
  readonly kmsKeyId?: string;
  readonly logging?: {
    readonly cloudWatchLogGroupName?: string;
    readonly cloudWatchEncryptionEnabled?: boolean;
    readonly s3BucketName?: string;
    readonly s3EncryptionEnabled?: boolean;
    readonly s3KeyPrefix?: string;
  };
  /** Of a session with logging. */
  readonly recording?: SessionRecording;
  /** What it may be that AWS's cannot. */
  readonly freedom?: SessionFreedom;
  /** Instead of the endpoint's own. */
  readonly times?: SessionTimes;
  /** Base URL as the caller reached us; streamUrl is derived from it (http -> ws, https -> wss). */
  readonly endpointUrl: string;
}

export interface StartedSession {
  readonly sessionId: string;
  readonly streamUrl: string;
  readonly tokenValue: string;
}

/** Why a session did not start. ECS and SSM word it differently. */
export class SessionRefusal extends Error {
  override readonly name = 'SessionRefusal';
  readonly code: 'limit' | 'not-connected';
  /** The operator's reason. */
  constructor(code: 'limit' | 'not-connected', reason: string) {
    super(reason);
    this.code = code;
  }
}

/** Implemented by `services/ssm`, used by `services/ecs`. */
export interface Sessions {
  /** Stores the session, makes its one-time token, tells the agent. Throws {@link SessionRefusal}. */
  start(request: SessionRequest): Promise<StartedSession>;
  /** Ends every session of the target (its container has stopped); `output` is shown to the users. */
  endAll(target: string, output: string): Promise<void>;
}

/** A container that can be entered, as ECS knows it. */
export interface TargetState {
  readonly taskArn: string;
  readonly clusterArn: string;
  readonly containerName: string;
  /** Task running, exec enabled, managed agent RUNNING. */
  readonly enterable: boolean;
  /** Why it is not, for the operator. */
  readonly notEnterable?: string;
  readonly sessionLimit: number;
  /** Of sessions that are started into it; absent: the endpoint's own. */
  readonly times?: SessionTimes;
}

/** Implemented by `services/ecs`, used by `services/ssm` for StartSession and GetConnectionStatus. */
export interface Targets {
  find(target: string): Promise<TargetState | undefined>;
  /** Tags of the target's task, for the policies; none when it is not there. */
  tagsOf?(target: string): Promise<Readonly<Record<string, string>>>;
}

/** A step in the life of a session, for the audit. Never a token, and nothing of what was typed. */
export interface SessionEvent {
  /** `terminated`: somebody asked for its end. `ended`: it is over, whoever asked; comes last, once. */
  readonly type: 'started' | 'resumed' | 'terminated' | 'ended';
  readonly sessionId: string;
  readonly target: string;
  /** ARN of who started it. */
  readonly owner: string;
  readonly documentName: string;
  /** ARN of who did this; absent when nobody asked: the command has ended, or a time has run out. */
  readonly by?: string;
  /** What its starter gave as reason; of an end, why, as the user was told; absent when there is none. */
  readonly reason?: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly startDate: number;
  /** Of an end: what the command has used in all, where it is known. */
  readonly usage?: SessionUsage;
  readonly freedom?: SessionFreedom;
}

/** Told of each {@link SessionEvent} behind its storing. Must not throw; what it throws is logged and forgotten. */
export type SessionEvents = (event: SessionEvent) => void;

/** Whether live sessions may go on. Given where they are to end with the permission they were started with. */
export interface LivePermissions {
  /** Grows with every change that may take a permission away. */
  version(): number;
  /** Whether the owner could start this session now; no, when there is no such user or role any more. */
  mayStillExec(session: LiveSession): Promise<boolean>;
}

export interface LiveSession {
  readonly sessionId: string;
  readonly target: string;
  readonly owner: string;
  readonly ownerId: string | undefined;
  readonly starter: SessionStarter | undefined;
  readonly documentName: string;
  readonly command: string;
  readonly freedom?: SessionFreedom | undefined;
}

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
  /** What it could be that AWS's cannot; absent: as AWS has it. */
  readonly freedom?: SessionFreedom;
  /** Where copies of the record are to go. */
  readonly logging: NonNullable<SessionRequest['logging']>;
}

/** A recorded session that is over. */
export interface EndedSession {
  readonly session: RecordedSession;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
}
