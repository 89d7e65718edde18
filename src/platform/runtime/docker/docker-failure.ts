import { EnterError, StartError } from '../runtime.js';

/** What dockerode throws: the daemon's answer, or a failed connection. */
interface ApiError extends Error {
  readonly statusCode?: number;
  readonly json?: { readonly message?: string };
  readonly code?: string;
}

export function statusOf(error: unknown): number | undefined {
  return (error as ApiError).statusCode;
}

/** The daemon's own sentence; for a connection that failed, the client's. */
export function textOf(error: unknown): string {
  const { json, message } = error as ApiError;
  // dockerode's own sentence stands before it where it has not read the answer as JSON.
  return (json?.message ?? message.replace(/^\(HTTP code \d+\) [^-]+ - /, '')).trim();
}

/** `step` in ECS's words; the rest as the official agent passes on what Docker answers. */
export function startError(
  step: 'CannotPullContainerError' | 'CannotStartContainerError' | 'CannotCreateVolumeError',
  cause: unknown,
): StartError {
  const from = statusOf(cause) === undefined ? '' : 'Error response from daemon: ';
  return new StartError(`${step}: ${from}${textOf(cause)}`, { cause });
}

/**
 * What a shell exits with when it cannot run a command, from the text of runc or crun: 127 not found, 126 found and not
 * executable. The sentence becomes the official agent's (wire-protocol 9).
 */
export function enterError(text: string, argv0: string): EnterError {
  if (/is not running|No such (container|exec)|no such container/i.test(text)) {
    return new EnterError('container is not running', 126);
  }
  if (/executable file .*not found in \$PATH/.test(text)) {
    return new EnterError(`exec: "${argv0}": executable file not found in $PATH`, 127);
  }
  const errno = /(no such file or directory|not a directory|permission denied|exec format error)/i.exec(text)?.[1];
  if (errno === undefined || !text.includes(argv0)) return new EnterError(text.trim(), 126);
  const path = argv0.includes('/') ? 'fork/exec ' + argv0 : `exec: "${argv0}"`;
  return new EnterError(`${path}: ${errno}`, /^(no such|not a)/.test(errno) ? 127 : 126);
}
