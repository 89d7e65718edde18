import type { Runtime } from '../../platform/runtime/runtime.js';
import { causeOf, type Log } from '../log.js';
import type { KeptTask } from './kept-task.js';
import { taskIdOf } from './runtime-id.js';
import type { FoundTask } from './task-place.js';

/**
 * Lets each runtime remove what an earlier agent has left, except what belongs to the tasks that were kept: that is
 * returned, by the task's id. A task of several runtimes has a part in each.
 */
export async function recoverTasks(
  runtimes: readonly Runtime[],
  kept: readonly KeptTask[],
  log: Log,
): Promise<ReadonlyMap<string, readonly FoundTask[]>> {
  const keep = new Set(kept.filter(({ status }) => status !== 'STOPPED').map(({ payload }) => taskIdOf(payload.arn)));
  const found = new Map<string, FoundTask[]>();
  for (const runtime of runtimes) {
    try {
      for (const [id, task] of await runtime.recover(keep)) {
        found.set(id, [...(found.get(id) ?? []), { runtime, task }]);
      }
    } catch (error) {
      log.error({ runtime: runtime.name, cause: causeOf(error) }, 'leftovers of an earlier agent not removed');
    }
  }
  return found;
}
