import { StartError } from '../runtime.js';

/** Why a container does not start, in ECS's words: `reason` follows the name of the step. */
export function startRefusal(reason: string, cause?: unknown): StartError {
  return new StartError(`CannotStartContainerError: ${reason}`, cause === undefined ? {} : { cause });
}
