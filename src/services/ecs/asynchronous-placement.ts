import type { RunTaskRequest } from '@aws-sdk/client-ecs';
import type { Cluster } from './cluster.js';
import { ecsError } from './ecs-error.js';
import type { EcsSettings } from './ports.js';

/**
 * AWS documents that RunTask with exec does not go with managed scaling and asynchronous placement, where a task is
 * launched before there is an instance for it: on any capacity provider but Fargate's. The text is our choice.
 */
export function requireSynchronousPlacement(
  { limits }: Pick<EcsSettings, 'limits'>,
  { defaultCapacityProviderStrategy }: Cluster,
  { enableExecuteCommand, launchType, capacityProviderStrategy = [] }: RunTaskRequest,
): void {
  if (limits === 'open' || enableExecuteCommand !== true || launchType !== undefined) return;
  const strategy = capacityProviderStrategy.length > 0 ? capacityProviderStrategy : defaultCapacityProviderStrategy;
  const managed = strategy.find(({ capacityProvider = '' }) => !FARGATE_PROVIDERS.includes(capacityProvider));
  if (managed === undefined) return;
  throw ecsError.invalidParameter(
    `The execute command isn't supported for tasks that are placed asynchronously: the capacity provider '${managed.capacityProvider ?? ''}' uses managed scaling.`,
  );
}

const FARGATE_PROVIDERS: readonly string[] = Object.freeze(['FARGATE', 'FARGATE_SPOT']);
