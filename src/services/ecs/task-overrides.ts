import type { ContainerOverride, TaskOverride } from '@aws-sdk/client-ecs';
import type { EcsArns } from './arns.js';
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
  for (const { name = '' } of given) {
    if (!definition.containerDefinitions.some((container) => container.name === name)) {
      throw ecsError.invalidParameter(`Override for container named ${name} is not a container in the TaskDefinition.`);
    }
  }
  // An empty role is none: it neither replaces the definition's nor makes up for one that is missing.
  const { taskRoleArn, executionRoleArn, ...others } = overrides ?? {};
  return {
    ...others,
    ...readSize(definition, overrides),
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
