import type { KeyValuePair, Volume } from '@aws-sdk/client-ecs';
import type {
  ContainerPayload,
  LogConfiguration,
  TaskPayload,
  VolumePayload,
} from '../../core/protocol/agent-service.js';
import type { Limits } from '../limits.js';
import { containerSettings } from './container-settings.js';
import { present, unlessEmpty } from './present.js';
import type { Task } from './task.js';
import type { ContainerDefinition, TaskDefinition } from './task-definition.js';

/** Seconds between SIGTERM and SIGKILL where the definition says nothing (ecs-api 3.4). */
export const DEFAULT_STOP_TIMEOUT = 30;
/** Seconds; documentation of ContainerRestartPolicy. */
const DEFAULT_RESTART_ATTEMPT_PERIOD = 300;

/** A task as its host is told of it: definition and overrides become one. */
export function taskPayload(
  task: Task,
  definition: TaskDefinition,
  facts: Pick<TaskPayload, 'sessionLimit' | 'metadata' | 'roleCredentials' | 'executionRoleCredentials'>,
  limits: Limits,
): TaskPayload {
  const { volumes = [] } = definition;
  return {
    ...taskIdentity(task),
    ...present({ taskRoleArn: task.taskRoleArn }),
    // With open limits a host starts agents in every task, so that those started without exec can be entered too.
    enableExecuteCommand: task.enableExecuteCommand || limits.isOpen('running-tasks'),
    ...facts,
    networkMode: definition.networkMode,
    ...present({
      pidMode: definition.pidMode,
      ipcMode: definition.ipcMode,
      volumes: unlessEmpty(volumes.map(volumePayload)),
    }),
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
      startTimeout: container.startTimeout,
    }),
    environment: mergeEnvironment(container.environment ?? [], override?.environment ?? []),
    readonlyRootFilesystem: container.readonlyRootFilesystem ?? false,
    initProcessEnabled: container.linuxParameters?.initProcessEnabled ?? false,
    stopTimeout: container.stopTimeout ?? DEFAULT_STOP_TIMEOUT,
    ...present({ settings: containerSettings(container, definition, task) }),
    ...containerBonds(container),
  };
}

/** What ties it to the other containers and to the volumes of its task. */
function containerBonds({ dependsOn = [], mountPoints = [], volumesFrom = [], restartPolicy }: ContainerDefinition) {
  return present({
    dependsOn: unlessEmpty(
      dependsOn.map(({ containerName = '', condition = 'START' }) => ({ containerName, condition })),
    ),
    mountPoints: unlessEmpty(
      mountPoints.map(({ sourceVolume = '', containerPath = '', readOnly = false }) => ({
        sourceVolume,
        containerPath,
        readOnly,
      })),
    ),
    volumesFrom: unlessEmpty(
      volumesFrom.map(({ sourceContainer = '', readOnly = false }) => ({ sourceContainer, readOnly })),
    ),
    restartPolicy: restartPolicy && {
      enabled: restartPolicy.enabled ?? false,
      ignoredExitCodes: restartPolicy.ignoredExitCodes ?? [],
      restartAttemptPeriod: restartPolicy.restartAttemptPeriod ?? DEFAULT_RESTART_ATTEMPT_PERIOD,
    },
  });
}

function volumePayload({ name = '', host, dockerVolumeConfiguration: docker }: Volume): VolumePayload {
  return {
    name,
    ...present({
      host: host && present({ sourcePath: host.sourcePath === '' ? undefined : host.sourcePath }),
      dockerVolumeConfiguration:
        docker &&
        present({
          scope: docker.scope ?? 'task',
          autoprovision: docker.autoprovision ?? false,
          driver: docker.driver,
          driverOpts: docker.driverOpts,
          labels: docker.labels,
        }),
    }),
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
