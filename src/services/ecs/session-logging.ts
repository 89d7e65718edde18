import type { ExecuteCommandConfiguration } from '@aws-sdk/client-ecs';
import type { SessionRequest } from '../session-ports.js';
import { present } from './present.js';
import type { TaskContainer } from './task.js';

/**
 * Where a session is logged (wire-protocol 7.5). DEFAULT, also where nothing is configured: to the log group of the
 * container's own awslogs driver, or nowhere when it has none.
 */
export function sessionLogging(
  configuration: ExecuteCommandConfiguration | undefined,
  container: Pick<TaskContainer, 'logGroup'>,
): SessionRequest['logging'] {
  const logging = configuration?.logging ?? 'DEFAULT';
  if (logging === 'NONE') return undefined;
  if (logging === 'OVERRIDE') return present({ ...configuration?.logConfiguration });
  return container.logGroup === undefined ? undefined : { cloudWatchLogGroupName: container.logGroup };
}
