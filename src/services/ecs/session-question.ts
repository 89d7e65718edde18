import { parseTarget } from '../../core/protocol/target.js';
import type { AccessQuestion } from '../../platform/aws/access.js';
import type { AskedSession } from '../session-conditions.js';
import { executeCommandQuestion } from './access/execute-command-access.js';
import { clusterStore } from './cluster-store.js';
import type { EcsParts } from './ecs-parts.js';
import { taskStore } from './task-store.js';

/**
 * What an ExecuteCommand that leads to this session target would be asked now: for looking again at a session that is
 * under way. Undefined when the target is no container's.
 */
export async function sessionQuestion(
  { database, arns }: Pick<EcsParts, 'database' | 'arns'>,
  target: string,
  asked: AskedSession,
): Promise<AccessQuestion | undefined> {
  const parsed = parseTarget(target);
  if (parsed === undefined) return undefined;
  const { clusterName, taskId, runtimeId } = parsed;
  const taskArn = arns.task(clusterName, taskId);
  const task = await taskStore.find(database, taskArn);
  return executeCommandQuestion(
    { database },
    {
      clusterArn: arns.cluster(clusterName),
      taskArn,
      cluster: await clusterStore.find(database, clusterName),
      task,
      containerName: task?.containers.find((container) => container.runtimeId === runtimeId)?.name,
      asked,
    },
  );
}
