import {
  ContainerCondition,
  LogDriver,
  TransportProtocol,
  type ContainerDefinition as WireContainer,
  type PortMapping,
} from '@aws-sdk/client-ecs';
import { requireOneOf } from './checks.js';
import { ecsError } from './ecs-error.js';
import { requireLogConfiguration } from './log-configuration.js';
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
    throw ecsError.client(`A task definition can have a maximum of ${MAX_CONTAINERS} containers.`);
  }
  const read = containers.map((container) => readContainer(container, task));
  const names = new Set(read.map(({ name }) => name));
  if (names.size < read.length) throw ecsError.client('Container names must be unique within a task definition.');
  for (const container of read) requireKnownDependencies(container, names);
  if (!read.some(({ essential }) => essential)) {
    throw ecsError.client('At least one container in the task definition must be essential.');
  }
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
  };
}

function readPortMapping(mapping: PortMapping, networkMode: NetworkMode): PortMapping {
  const { containerPort } = mapping;
  requireOneOf(mapping.protocol, TransportProtocol, 'protocol');
  const protocol = mapping.protocol ?? 'tcp';
  if (containerPort === undefined) return { ...mapping, protocol };
  if (containerPort < 0 || containerPort > 65_535) throw ecsError.client(`Invalid containerPort ${containerPort}.`);
  if (networkMode === 'bridge' || networkMode === 'none') {
    return { ...mapping, hostPort: mapping.hostPort ?? 0, protocol };
  }
  if (mapping.hostPort !== undefined && mapping.hostPort !== containerPort) {
    throw ecsError.client(
      `When networkMode=${networkMode}, the host ports and container ports in port mappings must match.`,
    );
  }
  return { ...mapping, hostPort: containerPort, protocol };
}

function requireKnownDependencies(container: ContainerDefinition, names: ReadonlySet<string>): void {
  for (const { containerName = '', condition } of container.dependsOn ?? []) {
    requireOneOf(condition, ContainerCondition, 'condition');
    if (!names.has(containerName) || containerName === container.name) {
      throw ecsError.client(
        `Invalid dependsOn for container '${container.name}': container '${containerName}' is not another container of the task definition.`,
      );
    }
  }
}
