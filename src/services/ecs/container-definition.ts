import { LogDriver, type ContainerDefinition as WireContainer } from '@aws-sdk/client-ecs';
import { requireOneOf } from './checks.js';
import { requireSoundReferences } from './container-references.js';
import { readHealthCheck, requireSoundContainer } from './container-rules.js';
import { ecsError } from './ecs-error.js';
import { requireLogConfiguration } from './log-configuration.js';
import { readPortMapping, requireDistinctPorts } from './port-mappings.js';
import type { ContainerDefinition, TaskDefinition } from './task-definition.js';

export const MAX_CONTAINERS = 10;

type NetworkMode = TaskDefinition['networkMode'];

/** What of the task decides over its containers. */
interface TaskShape {
  readonly networkMode: NetworkMode;
  /** The task has memory of its own, or must: then its containers need not. */
  readonly hasMemory: boolean;
  readonly onFargate: boolean;
}

/**
 * Checks the containers of a definition and writes out the defaults that AWS returns (ecs-api 3.2). Clients rely on
 * them: the ECS Exec checker aborts when a container has no `environment`.
 */
export function readContainerDefinitions(containers: readonly WireContainer[], task: TaskShape): ContainerDefinition[] {
  if (containers.length === 0) throw ecsError.client('Container list cannot be empty.');
  if (containers.length > MAX_CONTAINERS) {
    throw ecsError.client('Too many containers.');
  }
  const read = containers.map((container) => readContainer(container, task));
  const names = new Set(read.map(({ name }) => name));
  if (names.size < read.length) throw ecsError.client('Container names must be unique within a task definition.');
  if (!read.some(({ essential }) => essential)) {
    throw ecsError.client("Task definition doesn't have any essential container.");
  }
  read.forEach(requireSoundContainer);
  requireSoundReferences(read);
  requireDistinctPorts(read, task.networkMode);
  return read;
}

function readContainer(container: WireContainer, task: TaskShape): ContainerDefinition {
  const { name, image } = container;
  if (name === undefined || name === '') throw ecsError.client('Container.name should not be null or empty.');
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) throw ecsError.client(`Invalid container name '${name.slice(0, 255)}'.`);
  if (image === undefined || image === '') throw ecsError.client('Container.image should not be null or empty.');
  if (container.memory === undefined && container.memoryReservation === undefined && !task.hasMemory) {
    throw ecsError.client(
      `Invalid setting for container '${name}'. At least one of 'memory' or 'memoryReservation' must be specified.`,
    );
  }
  requireOneOf(container.logConfiguration?.logDriver, LogDriver, 'logDriver');
  requireLogConfiguration(container, task.onFargate);
  return {
    ...container,
    name,
    image,
    cpu: container.cpu ?? 0,
    portMappings: (container.portMappings ?? []).map((mapping) => readPortMapping(mapping, task.networkMode)),
    essential: container.essential ?? true,
    environment: container.environment ?? [],
    mountPoints: container.mountPoints ?? [],
    volumesFrom: container.volumesFrom ?? [],
    systemControls: container.systemControls ?? [],
    ...(container.healthCheck === undefined ? {} : { healthCheck: readHealthCheck(container.healthCheck) }),
  };
}
