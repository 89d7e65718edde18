import type { AccessQuestion } from '../../../platform/aws/access.js';
import { type AskedSession, sessionConditions } from '../../session-conditions.js';
import type { Cluster } from '../cluster.js';
import type { Task } from '../task.js';
import { type AccessParts, tagged } from './access-parts.js';

/** What an ExecuteCommand request means; what is not there is asked about all the same. */
export interface ExecuteCommandSubject {
  readonly clusterArn: string;
  readonly taskArn: string;
  readonly cluster: Cluster | undefined;
  readonly task: Task | undefined;
  /** The container that will be entered, also when it was not named. */
  readonly containerName: string | undefined;
  readonly asked: AskedSession;
}

/** Cluster and task each have to be allowed, each with its own tags (ecs-api 7.4). */
export async function executeCommandQuestion(
  { database }: Pick<AccessParts, 'database'>,
  { clusterArn, taskArn, cluster, task, containerName, asked }: ExecuteCommandSubject,
): Promise<AccessQuestion> {
  return {
    action: 'ecs:ExecuteCommand',
    resources: [
      cluster === undefined ? { arn: clusterArn, tags: {} } : await tagged(database, clusterArn),
      task === undefined ? { arn: taskArn, tags: {} } : await tagged(database, taskArn),
    ],
    conditions: {
      ...sessionConditions(asked),
      'ecs:cluster': clusterArn,
      'ecs:task': taskArn,
      ...(containerName !== undefined && { 'ecs:container-name': containerName }),
      ...(task !== undefined && { 'ecs:enable-execute-command': String(task.enableExecuteCommand) }),
    },
  };
}
