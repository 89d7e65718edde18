import { ecsError } from './ecs-error.js';
import type { ContainerDefinition, TaskDefinition } from './task-definition.js';

/** What these rules look at: a definition whose containers have their defaults. */
export type RuledDefinition = Pick<
  TaskDefinition,
  | 'containerDefinitions'
  | 'cpu'
  | 'ephemeralStorage'
  | 'executionRoleArn'
  | 'ipcMode'
  | 'memory'
  | 'networkMode'
  | 'pidMode'
  | 'placementConstraints'
  | 'proxyConfiguration'
  | 'requiresCompatibilities'
  | 'runtimePlatform'
  | 'volumes'
>;

/** Log drivers of tasks on Fargate. */
const FARGATE_LOG_DRIVERS: readonly string[] = Object.freeze(['awslogs', 'splunk', 'awsfirelens']);
/** Seconds. */
const FARGATE_STOP_TIMEOUT = 120;
/** GiB; tasks on Fargate have 20 of themselves. */
const EPHEMERAL_STORAGE = Object.freeze({ least: 21, most: 200 });
/** Windows on Fargate, by the documentation of `operatingSystemFamily`; the older ones are for EC2. */
const FARGATE_WINDOWS = /^WINDOWS_SERVER_(2019|2022|2025)_(FULL|CORE)$/;

/** What a Windows container cannot have (developer guide, task definition differences for Windows). */
const NOT_ON_WINDOWS = Object.freeze([
  ...['linuxParameters', 'user', 'privileged', 'readonlyRootFilesystem', 'ulimits', 'links', 'extraHosts'],
  ...['dnsServers', 'dnsSearchDomains', 'disableNetworking', 'systemControls'],
] as (keyof ContainerDefinition)[]);

export function isWindows({ runtimePlatform }: Pick<TaskDefinition, 'runtimePlatform'>): boolean {
  return runtimePlatform?.operatingSystemFamily?.startsWith('WINDOWS') === true;
}

/** Refuses what containers cannot have in the definition's network mode. */
export function requireNetworkMode({ containerDefinitions, networkMode }: RuledDefinition): void {
  for (const container of containerDefinitions) {
    if (networkMode !== 'bridge' && isSet(container.links)) {
      throw ecsError.client(`Links are not supported when networkMode=${networkMode}`);
    }
    if (networkMode === 'host') {
      const own = container.systemControls?.find(({ namespace = '' }) => namespace.startsWith('net.'));
      if (own) throw ecsError.client(`System control ${own.namespace ?? ''} is not supported when networkMode=host`);
    }
    if (networkMode !== 'awsvpc') continue;
    const refused = {
      hostname: 'hostname is',
      dnsServers: 'DNS servers are',
      dnsSearchDomains: 'DNS search domains are',
      extraHosts: 'Extra hosts are',
      disableNetworking: 'Disable Networking is',
    } as const satisfies Partial<Record<keyof ContainerDefinition, string>>;
    for (const [member, what] of Object.entries(refused)) {
      if (!isSet(container[member as keyof typeof refused])) continue;
      throw ecsError.client(`${what} not supported on container when networkMode=awsvpc`);
    }
  }
}

/** Windows tasks have no namespaces to share, and their containers nothing of Linux. The texts are our choice. */
export function requireWindows(definition: RuledDefinition): void {
  if (!isWindows(definition)) return;
  for (const member of ['pidMode', 'ipcMode'] as const) {
    if (isSet(definition[member])) throw ecsError.client(`Windows containers do not support ${member}.`);
  }
  for (const container of definition.containerDefinitions) {
    const wrong = NOT_ON_WINDOWS.find((member) => isSet(container[member]));
    if (wrong !== undefined) throw ecsError.client(`Windows containers do not support ${wrong}.`);
  }
  const volume = definition.volumes?.find(({ dockerVolumeConfiguration }) => dockerVolumeConfiguration !== undefined);
  if (volume) throw ecsError.client('Windows containers do not support dockerVolumeConfiguration.');
}

/** What a task has together: the sums of its containers stay within it. */
export function requireWithinTask({ containerDefinitions, cpu, memory }: RuledDefinition): void {
  const total = (what: 'cpu' | 'memoryReservation'): number =>
    containerDefinitions.reduce((sum, container) => sum + (container[what] ?? 0), 0);
  if (cpu !== undefined && total('cpu') > Number(cpu)) {
    throw ecsError.client("The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.");
  }
  if (memory === undefined) return;
  const greater = containerDefinitions.find((container) => (container.memory ?? 0) > Number(memory));
  if (greater !== undefined) {
    throw ecsError.client(`The 'memory' setting for container '${greater.name}' is greater than for the task.`);
  }
  if (total('memoryReservation') > Number(memory)) {
    throw ecsError.client(
      "The sum of all container 'memoryReservation' values cannot be greater than the value of the task 'memory'.",
    );
  }
}

export function requireEphemeralStorage(
  sizeInGiB: number | undefined,
  requiresCompatibilities: readonly string[] | undefined,
): void {
  if (sizeInGiB === undefined) return;
  if (requiresCompatibilities !== undefined && !requiresCompatibilities.includes('FARGATE')) {
    throw ecsError.client('Tasks using the EC2 launch type do not support EphemeralStorage');
  }
  const { least, most } = EPHEMERAL_STORAGE;
  if (sizeInGiB < least) throw ecsError.client(`EphemeralStorage size should be at least ${least}`);
  if (sizeInGiB > most) throw ecsError.client(`EphemeralStorage size should be at most ${most}`);
}

/** Why such a task cannot run on Fargate, in AWS's words as far as they are known; undefined when it can. */
export function fargateObstacle(definition: RuledDefinition): string | undefined {
  const { ipcMode, pidMode, placementConstraints, volumes = [] } = definition;
  const unsupported = (what: string): string => `Fargate compatible task definitions do not support ${what}`;
  if (pidMode !== undefined && pidMode !== 'task') {
    return `Tasks using the Fargate launch type do not support pidMode '${pidMode}'`;
  }
  if (ipcMode !== undefined) return unsupported('ipcMode');
  if (isSet(placementConstraints)) return unsupported('constraints');
  for (const volume of volumes) {
    if ((volume.host?.sourcePath ?? '') !== '') return unsupported('sourcePath');
    if (volume.dockerVolumeConfiguration !== undefined) return unsupported('dockerVolumeConfiguration');
  }
  const windows = definition.runtimePlatform?.operatingSystemFamily ?? '';
  if (isWindows(definition) && !isWindowsOnFargate(definition, windows)) {
    return 'No Fargate configuration exists for given values.';
  }
  return definition.containerDefinitions.map(containerObstacle).find((obstacle) => obstacle !== undefined);
}

/** There is none for less than a vCPU, nor for ARM. */
function isWindowsOnFargate({ cpu, runtimePlatform }: RuledDefinition, family: string): boolean {
  return FARGATE_WINDOWS.test(family) && Number(cpu) >= 1024 && runtimePlatform?.cpuArchitecture !== 'ARM64';
}

function containerObstacle(container: ContainerDefinition): string | undefined {
  const { linuxParameters = {}, logConfiguration, resourceRequirements = [], stopTimeout = 0 } = container;
  if (container.privileged === true) return "Fargate requires that the 'privileged' setting be 'false'.";
  if (isSet(container.dockerSecurityOptions)) {
    return 'Fargate compatible task definitions do not support dockerSecurityOptions';
  }
  for (const member of ['devices', 'sharedMemorySize', 'maxSwap', 'swappiness'] as const) {
    if (isSet(linuxParameters[member])) return `Fargate compatible task definitions do not support ${member}`;
  }
  const added = linuxParameters.capabilities?.add?.find((capability) => capability !== 'SYS_PTRACE');
  if (added !== undefined) return `${added} is not allowed on Fargate.`;
  if (stopTimeout > FARGATE_STOP_TIMEOUT) {
    return 'Tasks using the Fargate launch type must have a container stop timeout of less than 120 seconds.';
  }
  if (resourceRequirements.some(({ type }) => type === 'GPU')) {
    return 'Tasks using the Fargate launch type do not support GPU resource requirements';
  }
  const driver = logConfiguration?.logDriver;
  if (driver !== undefined && !FARGATE_LOG_DRIVERS.includes(driver)) {
    return `${driver} is not a valid log driver. Must be one of [${FARGATE_LOG_DRIVERS.join(', ')}]`;
  }
  return undefined;
}

/** Terraform and others send what is switched off as well: false, empty lists and texts, objects of such. */
function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === 'object' ? Object.values(value).some(isSet) : true;
}
