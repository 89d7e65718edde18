import { EnterError, StartError } from '../runtime.js';
import type { ProgramMessage } from './program-message.js';

type Failure = Extract<ProgramMessage, { kind: 'error' }>;

/** Linux's numbers (the same on x64 and arm64) and the words Go's errno has for them, which the agent's texts show. */
const errnoTexts: Readonly<Record<number, string>> = {
  1: 'operation not permitted',
  2: 'no such file or directory',
  3: 'no such process',
  7: 'argument list too long',
  8: 'exec format error',
  12: 'cannot allocate memory',
  13: 'permission denied',
  20: 'not a directory',
  21: 'is a directory',
  22: 'invalid argument',
  26: 'text file busy',
  28: 'no space left on device',
  30: 'read-only file system',
  36: 'file name too long',
  38: 'function not implemented',
  40: 'too many levels of symbolic links',
  87: 'too many users',
};

export function errnoText(errno: number): string {
  return errnoTexts[errno] ?? `errno ${errno}`;
}

/** Of an error of Node's. */
export function errnoName(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  return errno === undefined ? message : errnoText(-errno);
}

/** The sentence for a failure, in the words of Docker and of Go's os/exec (wire-protocol 9). */
export function failureText({ stage, errno, detail }: Failure, argv0: string): string {
  switch (stage) {
    case 'lookup':
      // Found and not executable is a permission matter, as in a shell; not found is Go's ErrNotFound.
      return errno === 13
        ? `exec: "${argv0}": permission denied`
        : `exec: "${argv0}": executable file not found in $PATH`;
    case 'exec':
      return `fork/exec ${detail}: ${errnoText(errno)}`;
    case 'user':
      return `unable to find user ${detail}: no matching entries in passwd file`;
    case 'group':
      return `unable to find group ${detail}: no matching entries in group file`;
    case 'identity':
      return errno === 22
        ? 'a rootless container has user and group 0 only; start Gangway as root for others'
        : `${detail}: ${errnoText(errno)}`;
    case 'directory':
      return `working directory ${detail}: ${errnoText(errno)}`;
    case 'image':
      return `root file system ${detail}: ${errnoText(errno)}`;
    case 'limit':
      return `error setting rlimit type ${detail}: ${errnoText(errno)}`;
    case 'volume':
      return `mount source ${detail}: ${errnoText(errno)}`;
    case 'toolbox':
      return `the toolbox cannot be made (${detail}): ${errnoText(errno)}`;
    case 'container':
      return 'container is not running';
    case 'namespaces':
      return `Linux namespaces cannot be made (${detail}): ${errnoText(errno)}`;
    case 'mount':
      return `${detail} cannot be mounted: ${errnoText(errno)}`;
    default:
      return `sandbox: ${stage} ${detail}: ${errnoText(errno)}`;
  }
}

/** What a shell exits with when it cannot run a command: 127 not found, 126 found and not executable. */
export function enterError(failure: Failure, argv0: string): EnterError {
  const notFound = (failure.stage === 'lookup' || failure.stage === 'exec') && [2, 20].includes(failure.errno);
  return new EnterError(failureText(failure, argv0), notFound ? 127 : 126);
}

/** In ECS's words, which name the step that failed. */
export function startError(failure: Failure, argv0: string): StartError {
  const step = failure.stage === 'image' ? 'CannotPullContainerError' : 'CannotStartContainerError';
  return new StartError(`${step}: ${failureText(failure, argv0)}`);
}
