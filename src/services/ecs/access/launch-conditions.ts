import type { CapacityProviderStrategyItem, NetworkConfiguration } from '@aws-sdk/client-ecs';
import type { EcsArns } from '../arns.js';
import type { TaskDefinition } from '../task-definition.js';
import { readCpu, readMemory } from '../task-size.js';
import type { Conditions } from './access-parts.js';

/** Condition keys of where and how tasks run. A key whose fact is not there is absent from the request. */

/** `ecs:capacity-provider`: ARNs, as the developer guide has it. */
export function capacityProviders(arns: EcsArns, names: readonly string[]): Conditions {
  return names.length === 0 ? {} : { 'ecs:capacity-provider': names.map((name) => arns.capacityProvider(name)) };
}

export function strategyProviders(
  arns: EcsArns,
  strategy: readonly CapacityProviderStrategyItem[] | undefined,
): Conditions {
  return capacityProviders(
    arns,
    (strategy ?? []).flatMap(({ capacityProvider }) => capacityProvider ?? []),
  );
}

export function network(configuration: NetworkConfiguration | undefined): Conditions {
  const awsvpc = configuration?.awsvpcConfiguration;
  if (awsvpc === undefined) return {};
  return {
    'ecs:subnet': awsvpc.subnets ?? [],
    'ecs:auto-assign-public-ip': String(awsvpc.assignPublicIp === 'ENABLED'),
  };
}

/** CPU units and MiB of the task: the request's, or else the definition's. */
export function taskSize(
  given: { readonly cpu?: string | undefined; readonly memory?: string | undefined } | undefined,
  definition?: Pick<TaskDefinition, 'cpu' | 'memory'>,
): Conditions {
  const cpu = given?.cpu === undefined ? definition?.cpu : readCpu(given.cpu);
  const memory = given?.memory === undefined ? definition?.memory : readMemory(given.memory);
  return {
    ...(cpu !== undefined && { 'ecs:task-cpu': cpu }),
    ...(memory !== undefined && { 'ecs:task-memory': memory }),
  };
}
