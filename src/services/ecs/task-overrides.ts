import type { ContainerOverride, TaskOverride } from '@aws-sdk/client-ecs';
import type { EcsArns } from './arns.js';
import { requireEphemeralStorage } from './compute-rules.js';
import { ecsError } from './ecs-error.js';
import type { TaskDefinition } from './task-definition.js';
import { isFargateSize, readCpu, readMemory } from './task-size.js';

/** AWS's bound on the JSON of the overrides, in characters. */
export const MAX_OVERRIDES_LENGTH = 8192;

/** Checks the overrides of a task and returns them as the task shows them: one entry for each container. */
export function readOverrides(
  arns: EcsArns,
  definition: TaskDefinition,
  overrides: TaskOverride | undefined,
): TaskOverride {
  if (JSON.stringify(overrides ?? {}).length > MAX_OVERRIDES_LENGTH) {
    throw ecsError.invalidParameter(`Container Overrides length must be at most ${MAX_OVERRIDES_LENGTH}`);
  }
  const given = overrides?.containerOverrides ?? [];
  for (const { name = '', environmentFiles = [], resourceRequirements = [] } of given) {
    if (!definition.containerDefinitions.some((container) => container.name === name)) {
      throw ecsError.invalidParameter(`Override for container named ${name} is not a container in the TaskDefinition.`);
    }
    // As in a definition (runnable-definition.ts): better not started than without them.
    for (const [what, list] of Object.entries({ environmentFiles, resourceRequirements })) {
      if (list.length === 0) continue;
      throw ecsError.unsupported(
        `This endpoint does not support ${what}, which the override of container '${name}' has.`,
      );
    }
  }
  // An empty role is none: it neither replaces the definition's nor makes up for one that is missing.
  const { taskRoleArn, executionRoleArn, ...others } = overrides ?? {};
  const size = readSize(definition, overrides);
  requireWithinSize(definition, given, size.memory ?? definition.memory);
  requireEphemeralStorage(overrides?.ephemeralStorage?.sizeInGiB, definition.requiresCompatibilities);
  return {
    ...others,
    ...size,
    ...(isGiven(taskRoleArn) ? { taskRoleArn: arns.role(taskRoleArn) } : {}),
    ...(isGiven(executionRoleArn) ? { executionRoleArn: arns.role(executionRoleArn) } : {}),
    containerOverrides: definition.containerDefinitions.map(
      ({ name }): ContainerOverride => given.find((override) => override.name === name) ?? { name },
    ),
  };
}

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

/** The text is AWS's, without the article that RegisterTaskDefinition has. */
function requireWithinSize(
  { containerDefinitions }: TaskDefinition,
  overrides: readonly ContainerOverride[],
  taskMemory: string | undefined,
): void {
  for (const container of containerDefinitions) {
    const override = overrides.find(({ name }) => name === container.name);
    const memory = override?.memory ?? container.memory;
    const reservation = override?.memoryReservation ?? container.memoryReservation;
    if (memory !== undefined && taskMemory !== undefined && memory > Number(taskMemory)) {
      throw ecsError.invalidParameter(`'memory' setting for container '${container.name}' is greater than for task.`);
    }
    if (memory !== undefined && reservation !== undefined && memory < reservation) {
      throw ecsError.invalidParameter(
        `Invalid setting for container '${container.name}'. 'memory' must be greater than or equal to 'memoryReservation'.`,
      );
    }
  }
}

function readSize(
  definition: TaskDefinition,
  overrides: TaskOverride | undefined,
): Pick<TaskOverride, 'cpu' | 'memory'> {
  const size = {
    ...(overrides?.cpu === undefined ? {} : { cpu: readCpu(overrides.cpu) }),
    ...(overrides?.memory === undefined ? {} : { memory: readMemory(overrides.memory) }),
  };
  const cpu = size.cpu ?? definition.cpu;
  const memory = size.memory ?? definition.memory;
  const fargateOnly = definition.requiresCompatibilities?.includes('FARGATE') === true;
  if (fargateOnly && (cpu === undefined || memory === undefined || !isFargateSize(cpu, memory))) {
    throw ecsError.client(
      `No Fargate configuration exists for given values: ${cpu ?? ''} CPU, ${memory ?? ''} memory.`,
    );
  }
  return size;
}
