/** How ECS, SSM and the message gateway ask things of each other. Each service implements its own part. */

/** What a session is to do; everything the agent's document needs (wire-protocol 1.6, 7.5). */
export interface SessionRequest {
  /** `ecs:<cluster>_<task id>_<runtime id>` */
  readonly target: string;
  /** ARN of who asked. */
  readonly owner: string;
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
  readonly sessionLimit: number;
}

/** Implemented by `services/ecs`, used by `services/ssm` for StartSession and GetConnectionStatus. */
export interface Targets {
  find(target: string): Promise<TargetState | undefined>;
}
