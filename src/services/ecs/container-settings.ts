import type { PortMapping } from '@aws-sdk/client-ecs';
import type { ContainerSettings } from '../../core/protocol/container-settings.js';
import { readPortRange } from './port-mappings.js';
import { present, unlessEmpty } from './present.js';
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
    ulimits: unlessEmpty(
      ulimits.map(({ name = 'nofile', softLimit = 0, hardLimit = 0 }) => ({ name, softLimit, hardLimit })),
    ),
    capabilities: add.length + drop.length === 0 ? undefined : { add, drop },
    privileged: container.privileged === true ? true : undefined,
    // The default where a task has an interface of its own.
    networkMode: networkMode === 'awsvpc' ? undefined : networkMode,
    pidMode,
    portMappings: networkMode === 'bridge' ? unlessEmpty(portMappings.flatMap(hostPorts)) : undefined,
    ...linuxSettings(container),
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

/** One for each port of a range, which gets whatever host ports are free. */
function hostPorts({ containerPort = 0, hostPort, protocol, containerPortRange }: PortMapping) {
  if (containerPortRange === undefined) return [present({ containerPort, hostPort, protocol })];
  const [first, last] = readPortRange(containerPortRange);
  return Array.from({ length: last - first + 1 }, (_, index) => present({ containerPort: first + index, protocol }));
}

function linuxSettings({ linuxParameters = {}, ...container }: ContainerDefinition) {
  const { tmpfs = [], devices = [], sharedMemorySize } = linuxParameters;
  return {
    extraHosts: unlessEmpty(
      (container.extraHosts ?? []).map(({ hostname = '', ipAddress = '' }) => ({ hostname, ipAddress })),
    ),
    dnsServers: unlessEmpty(container.dnsServers ?? []),
    dnsSearchDomains: unlessEmpty(container.dnsSearchDomains ?? []),
    systemControls: unlessEmpty(
      (container.systemControls ?? []).map(({ namespace = '', value = '' }) => ({ namespace, value })),
    ),
    tmpfs: unlessEmpty(
      tmpfs.map(({ containerPath = '', size = 0, mountOptions = [] }) => ({ containerPath, size, mountOptions })),
    ),
    sharedMemorySize,
    devices: unlessEmpty(
      devices.map(({ hostPath = '', containerPath = hostPath, permissions = [] }) => ({
        hostPath,
        containerPath,
        permissions: devicePermissions(permissions),
      })),
    ),
  };
}

/** As Docker writes them; all, where the definition says nothing. */
function devicePermissions(permissions: readonly string[]): string {
  const letters = Object.entries({ read: 'r', write: 'w', mknod: 'm' });
  return letters
    .map(([name, letter]) => (permissions.length === 0 || permissions.includes(name) ? letter : ''))
    .join('');
}
