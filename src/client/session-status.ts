import { FAILURE } from './exit-status.js';
import type { SessionEnd } from './session-connection.js';

/** Our exit status, and what to tell the user when it is not the command's own. */
export interface SessionStatus {
  readonly status: number;
  readonly message?: string;
}

/**
 * What a session's end means for whoever started us.
 *
 * `exitCodeExpected`: the far side has promised an exit code (`GangwayStreams`). The official agent cannot send one:
 * there a plain end counts as success, as with the official client.
 */
export function sessionStatus(end: SessionEnd, exitCode: number | undefined, exitCodeExpected: boolean): SessionStatus {
  if (exitCode !== undefined) return { status: exitCode };
  if (end.kind === 'failed') return { status: FAILURE, message: end.message };
  // Failures of the official agent come with this line in front (wire-protocol 1.9).
  const output = end.output.replace(/^\n*----------ERROR-------\n/, '').trim();
  if (output !== '') return { status: FAILURE, message: output };
  if (exitCodeExpected) return { status: FAILURE, message: 'the session ended before the command did' };
  return { status: 0 };
}
