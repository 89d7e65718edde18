import { ContainerCondition } from '@aws-sdk/client-ecs';
import { requireOneOf } from './checks.js';
import { ecsError } from './ecs-error.js';
import type { ContainerDefinition } from './task-definition.js';

/** Checks what containers say of each other: `dependsOn`, `links` and `volumesFrom` name others, and never in a ring. */
export function requireSoundReferences(containers: readonly ContainerDefinition[]): void {
  const byName = new Map(containers.map((container) => [container.name, container]));
  for (const container of containers) {
    requireDependencies(container, byName);
    for (const { sourceContainer = '' } of container.volumesFrom ?? []) {
      if (!byName.has(sourceContainer) || sourceContainer === container.name) {
        throw ecsError.client(`Invalid 'volumesFrom' setting. Unknown container: '${sourceContainer}'`);
      }
    }
    for (const link of linked(container)) {
      if (!byName.has(link)) throw ecsError.client(`Invalid 'links' setting. Unknown container: '${link}'`);
    }
  }
  const all = [...byName.values()];
  if (hasRing(all, ({ dependsOn = [] }) => dependsOn.map(({ containerName = '' }) => containerName))) {
    throw ecsError.client('Container dependencies should not have a cycle');
  }
  if (hasRing(all, linked)) throw ecsError.client('Container links should not have a cycle');
  if (hasRing(all, ({ volumesFrom = [] }) => volumesFrom.map(({ sourceContainer = '' }) => sourceContainer))) {
    throw ecsError.client("Invalid 'volumesFrom' setting. Containers should not have a cycle");
  }
}

/** Names of a container's `links`, which may say `name:alias`. */
function linked({ links = [] }: ContainerDefinition): string[] {
  return links.map((link) => link.split(':')[0] ?? '');
}

function requireDependencies(container: ContainerDefinition, byName: ReadonlyMap<string, ContainerDefinition>): void {
  for (const { containerName = '', condition } of container.dependsOn ?? []) {
    requireOneOf(condition, ContainerCondition, 'condition');
    const other = byName.get(containerName);
    // The stray plus sign is AWS's.
    if (other === undefined) {
      throw ecsError.client(`Cannot depend on container + '${containerName}' because it does not exist`);
    }
    if ((condition === 'SUCCESS' || condition === 'COMPLETE') && other.essential) {
      throw ecsError.client(
        'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container',
      );
    }
    if (condition === 'HEALTHY' && !isChecked(other)) {
      throw ecsError.client('A dependency container with HEALTHY condition must have health check configured');
    }
  }
}

/** A health check of NONE switches the image's own off. */
export function isChecked({ healthCheck }: Pick<ContainerDefinition, 'healthCheck'>): boolean {
  return healthCheck !== undefined && healthCheck.command?.[0] !== 'NONE';
}

/** Takes away, again and again, whatever refers to nothing that is left; a ring stays. */
function hasRing(
  containers: readonly ContainerDefinition[],
  others: (container: ContainerDefinition) => readonly string[],
): boolean {
  let left = containers;
  for (;;) {
    const names = new Set(left.map(({ name }) => name));
    const bound = left.filter((container) => others(container).some((other) => names.has(other)));
    if (bound.length === 0) return false;
    if (bound.length === left.length) return true;
    left = bound;
  }
}
