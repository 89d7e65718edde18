import type { KeyValuePair } from '@aws-sdk/client-ecs';
import type { ContainerPayload, LogConfiguration, TaskPayload } from '../../core/protocol/agent-service.js';
import { containerSettings } from './container-settings.js';
import { present } from './present.js';
import type { Task } from './task.js';
import type { ContainerDefinition, TaskDefinition } from './task-definition.js';

/** Seconds between SIGTERM and SIGKILL where the definition says nothing (ecs-api 3.4). */
export const DEFAULT_STOP_TIMEOUT = 30;

/** A task as its host is told of it: definition and overrides become one. */
export function taskPayload(
  task: Task,
  definition: TaskDefinition,
  facts: Pick<TaskPayload, 'sessionLimit' | 'metadata' | 'roleCredentials' | 'executionRoleCredentials'>,
): TaskPayload {
  return {
    ...taskIdentity(task),
    ...present({ taskRoleArn: task.taskRoleArn }),
    enableExecuteCommand: task.enableExecuteCommand,
    ...facts,
    containers: definition.containerDefinitions.map((container) => containerPayload(container, definition, task)),
  };
}

/** The role that the host needs for the task: only log drivers do. Undefined: the host delivers as itself. */
export function executionRoleOf({ overrides }: Task, definition: TaskDefinition): string | undefined {
  const logs = definition.containerDefinitions.some((one) => one.logConfiguration?.logDriver === 'awslogs');
  return logs ? (overrides.executionRoleArn ?? definition.executionRoleArn) : undefined;
}

/** Enough to stop a task. */
export function stopPayload(task: Task): TaskPayload {
  return { ...taskIdentity(task), desiredStatus: 'STOPPED', ...nothingToRun };
}

/** Stops a task that the endpoint knows nothing of. */
export function unknownTaskPayload(arn: string): TaskPayload {
  return { arn, clusterArn: '', family: '', version: '', desiredStatus: 'STOPPED', ...nothingToRun };
}

const nothingToRun = Object.freeze({ enableExecuteCommand: false, sessionLimit: 0, containers: [] });

function taskIdentity(task: Task) {
  return {
    arn: task.arn,
    clusterArn: task.clusterArn,
    family: task.family,
    version: String(task.revision),
    desiredStatus: task.desiredStatus,
  };
}

function containerPayload(container: ContainerDefinition, definition: TaskDefinition, task: Task): ContainerPayload {
  const override = task.overrides.containerOverrides?.find(({ name }) => name === container.name);
  return {
    name: container.name,
    ...present({ arn: task.containers.find(({ name }) => name === container.name)?.arn }),
    image: container.image,
    essential: container.essential,
    ...present({
      entryPoint: container.entryPoint,
      command: override?.command ?? container.command,
      workingDirectory: container.workingDirectory,
      user: container.user,
      // In awsvpc mode a container has the name of its task's network interface.
      hostname: container.hostname ?? task.attachment?.privateDnsName,
      logConfiguration: logConfiguration(container),
    }),
    environment: mergeEnvironment(container.environment ?? [], override?.environment ?? []),
    readonlyRootFilesystem: container.readonlyRootFilesystem ?? false,
    initProcessEnabled: container.linuxParameters?.initProcessEnabled ?? false,
    stopTimeout: container.stopTimeout ?? DEFAULT_STOP_TIMEOUT,
    ...present({ settings: containerSettings(container, definition, task) }),
  };
}

function logConfiguration({ logConfiguration: given }: ContainerDefinition): LogConfiguration | undefined {
  return given?.logDriver && { logDriver: given.logDriver, options: given.options ?? {} };
}

/** Overrides replace variables of the same name and add the others. */
function mergeEnvironment(defined: readonly KeyValuePair[], overridden: readonly KeyValuePair[]) {
  const merged = new Map([...defined, ...overridden].map(({ name = '', value = '' }) => [name, value]));
  merged.delete('');
  return [...merged].map(([name, value]) => ({ name, value }));
}
