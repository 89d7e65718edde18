import type { ContainerSettings } from '../../core/protocol/container-settings.js';
import { present } from './present.js';
import type { ContainerDefinition, TaskDefinition } from './task-definition.js';
import type { Task } from './task.js';

/** What a definition asks of its host beyond running a command; undefined when that is nothing. */
export function containerSettings(
  container: ContainerDefinition,
  definition: TaskDefinition,
  task: Task,
): ContainerSettings | undefined {
  const override = task.overrides.containerOverrides?.find(({ name }) => name === container.name);
  const { networkMode, pidMode } = definition;
  const { healthCheck, portMappings = [], ulimits = [] } = container;
  const { add = [], drop = [] } = container.linuxParameters?.capabilities ?? {};
  const cpu = override?.cpu ?? container.cpu;
  const settings = present({
    cpu: cpu === 0 ? undefined : cpu,
    memory: override?.memory ?? container.memory,
    memoryReservation: override?.memoryReservation ?? container.memoryReservation,
    ulimits:
      ulimits.length === 0
        ? undefined
        : ulimits.map(({ name = 'nofile', softLimit = 0, hardLimit = 0 }) => ({ name, softLimit, hardLimit })),
    capabilities: add.length + drop.length === 0 ? undefined : { add, drop },
    privileged: container.privileged === true ? true : undefined,
    // The default where a task has an interface of its own.
    networkMode: networkMode === 'awsvpc' ? undefined : networkMode,
    pidMode,
    portMappings:
      networkMode === 'bridge' && portMappings.length > 0
        ? portMappings.map(({ containerPort = 0, hostPort, protocol }) =>
            present({ containerPort, hostPort, protocol }),
          )
        : undefined,
    healthCheck:
      healthCheck &&
      present({
        command: healthCheck.command ?? [],
        interval: healthCheck.interval,
        timeout: healthCheck.timeout,
        retries: healthCheck.retries,
        startPeriod: healthCheck.startPeriod,
      }),
  });
  return Object.keys(settings).length === 0 ? undefined : settings;
}
