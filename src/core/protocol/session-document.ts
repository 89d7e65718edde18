/** What a session is to do, as the service tells the agent (wire-protocol 1.6). */
export interface SessionDocument {
  readonly sessionId: string;
  readonly documentName: string;
  /** ARN of the caller. */
  readonly sessionOwner: string;
  /** `Standard_Stream`, `InteractiveCommands`, … */
  readonly sessionType: string;
  readonly inputs: SessionInputs;
  /** Linux command line, split by the agent and run without a shell. */
  readonly commands: string;
  readonly runAsElevated: boolean;
  /** NonInteractiveCommands: send types 11 and 12. */
  readonly separateOutputStream: boolean;
  /** Ours, beside what AWS's document has; its agent does not look at it. Absent: {@link DEFAULT_RECORDING}. */
  readonly recording?: RecordingSettings;
  /** Ours too: what a session may be that AWS's cannot. Absent: as AWS has it. */
  readonly freedom?: SessionFreedom;
}

/** Freer than AWS, where the endpoint's limits are open. */
export interface SessionFreedom {
  /** Instead of root: `user`, `uid`, `user:group`. */
  readonly user?: string;
  /** Joins a toolbox to the container: an image of Docker's, or without one the host's own tools. */
  readonly toolbox?: { readonly image?: string };
}

/** How a session with a log group or a bucket is recorded. */
export interface RecordingSettings {
  /** `required`: no record, no session. `best-effort` is AWS's way: the session goes on unrecorded. */
  readonly record: 'required' | 'best-effort';
  /** What is typed is recorded too, except while the terminal does not echo. */
  readonly input: boolean;
  /** Events go to the log group while the session runs. */
  readonly live: boolean;
  /** Address the session was asked for from; empty where it is not known. */
  readonly sourceIp: string;
}

export const DEFAULT_RECORDING: RecordingSettings = Object.freeze({
  record: 'required',
  input: false,
  live: false,
  sourceIp: '',
});

export interface SessionInputs {
  readonly s3BucketName: string;
  readonly s3KeyPrefix: string;
  readonly s3EncryptionEnabled: boolean;
  readonly cloudWatchLogGroupName: string;
  readonly cloudWatchStreamingEnabled: boolean;
  readonly cloudWatchEncryptionEnabled: boolean;
  /** Data-channel key; empty: TLS only. */
  readonly kmsKeyId: string;
}

/** Nothing is logged and nothing is encrypted. */
export const NO_SESSION_INPUTS: SessionInputs = Object.freeze({
  s3BucketName: '',
  s3KeyPrefix: '',
  s3EncryptionEnabled: false,
  cloudWatchLogGroupName: '',
  cloudWatchStreamingEnabled: false,
  cloudWatchEncryptionEnabled: false,
  kmsKeyId: '',
});

const PARAMETER_REFERENCE = /\{\{\s*ssm(-secure)?:/i;

/**
 * Whether the official agent would ask Parameter Store to fill something in. A command given by a user must not make
 * it do that: refuse it, or send it only to agents that substitute nothing.
 */
export function refersToParameterStore(commands: string): boolean {
  return PARAMETER_REFERENCE.test(commands);
}

/**
 * Value of the condition key `gangway:user`: one word for root, whichever way and with whichever group it was asked for,
 * since a policy that denies `root` means it. That a name of the container's own stands for uid 0 only the container
 * knows: who must not be root is better told who to be.
 */
export function userCondition(user = 'root'): string {
  const [name = ''] = user.split(':');
  return name === '0' || name === 'root' ? 'root' : user;
}
