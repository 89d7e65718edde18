import { UpgradeRefused } from '../../platform/aws/upgrade-refused.js';
import { EnterError } from '../../platform/runtime/runtime.js';

/** AWS's agent puts this line between a plugin's output, which is empty here, and its error (wire-protocol 1.9). */
export const ERROR_LINE = '\n----------ERROR-------\n';
/** Characters of a completion's Output; what is cut off is marked. */
export const MAX_OUTPUT_CHARACTERS = 2_500;
/**
 * Exit status of a session that may not run unrecorded. Commands seldom end with it, shells never by themselves, and 255
 * is every other failure of ours.
 */
export const UNRECORDED_STATUS = 254;
const ERROR_TRUNCATED = '\n---Error truncated----';

/**
 * Why a session ends other than by its command ending, in the words of AWS's agent where it has words for it
 * (wire-protocol 9).
 */
export class SessionFailure extends Error {
  override readonly name = 'SessionFailure';
  /** For a client that knows exit codes: what a shell would have exited with; undefined when no command was tried. */
  readonly exitStatus: number | undefined;
  /** Where the command has exited, its own exit code says more. */
  readonly ofCommand: boolean;
  readonly #bare: boolean;

  /** `bare`: the completion carries the text without {@link ERROR_LINE}. */
  constructor(
    text: string,
    options: { bare?: boolean; exitStatus?: number; ofCommand?: boolean; cause?: unknown } = {},
  ) {
    super(text, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitStatus = options.exitStatus;
    this.ofCommand = options.ofCommand ?? true;
    this.#bare = options.bare ?? false;
  }

  /** The text as `agent_task_complete` carries it to the user. */
  get output(): string {
    const whole = this.#bare ? this.message : `${ERROR_LINE}${this.message}`;
    if (whole.length <= MAX_OUTPUT_CHARACTERS) return whole;
    return whole.slice(0, MAX_OUTPUT_CHARACTERS - ERROR_TRUNCATED.length) + ERROR_TRUNCATED;
  }
}

/** For an {@link EnterError} the runtime has the words that AWS's agent would pass on: those of Go. */
export function commandNotStarted(error: unknown): SessionFailure {
  const cause = error instanceof Error ? error.message : String(error);
  return new SessionFailure(`Unable to start command: Failed to start pty: ${cause}`, {
    exitStatus: error instanceof EnterError ? error.status : 126,
    cause: error,
  });
}

/** Refused at CreateDataChannel, or at the WebSocket: there AWS's agent has other words (the body is quoted alike). */
export function channelNotSetUp(sessionId: string, error: unknown): SessionFailure {
  const cause = error instanceof Error ? error.message : String(error);
  const step =
    error instanceof UpgradeRefused
      ? 'failed to open datachannel with error: '
      : 'failed to create websocket for datachannel with error: CreateDataChannel failed with no output or error: ';
  return new SessionFailure(`Setting up data channel with id ${sessionId} failed: ${step}${cause}`, { cause: error });
}

export function keyServiceMissing(): SessionFailure {
  return new SessionFailure(
    'Encountered error while initiating handshake. Fetching data key failed: Unable to retrieve data key, ' +
      'Error when decrypting data key no key service is set up for this agent',
  );
}

export function sessionTypeUnknown(sessionType: string): SessionFailure {
  return new SessionFailure(`Plugin with name ${sessionType} not found. Step name: ${sessionType}`);
}

export function sessionLimitReached(limit: number): SessionFailure {
  return new SessionFailure(
    `Unable to start new execute sessions because the maximum session limit of ${limit} has been reached.`,
    { bare: true },
  );
}

export function containerStopped(): SessionFailure {
  return new SessionFailure('The session has ended because its container has stopped.', { bare: true });
}

/** Its command is hung up on: 128 + SIGHUP. */
export function agentReplaced(): SessionFailure {
  const text = "The session has ended because its host's agent is being replaced.";
  return new SessionFailure(text, { bare: true, exitStatus: 129 });
}

export function recordRefused(error: unknown): SessionFailure {
  return unrecorded('The session has ended because it could not be recorded', error);
}

export function recordNotOpened(error: unknown): SessionFailure {
  return unrecorded('The session was not started because it cannot be recorded', error);
}

/** Even when the command has exited with 0: not all of its output was sent. */
function unrecorded(text: string, error: unknown): SessionFailure {
  const cause = error instanceof Error ? error.message : String(error);
  const status = { exitStatus: UNRECORDED_STATUS, ofCommand: false };
  return new SessionFailure(`${text}: ${cause}`, { bare: true, ...status, cause: error });
}
