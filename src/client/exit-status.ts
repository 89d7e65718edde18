import { constants } from 'node:os';

/** Our own failures, as ssh has it; a command's own status never is 255 by our doing. */
export const FAILURE = 255;
/** Wrong arguments to a command that is not `exec`. */
export const USAGE = 2;

/** What a shell reports for a process that a signal ended. */
export function signalStatus(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
