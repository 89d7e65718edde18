import { DeviceCgroupPermission, UlimitName, type HealthCheck } from '@aws-sdk/client-ecs';
import { requireOneOf } from './checks.js';
import { ecsError } from './ecs-error.js';
import type { ContainerDefinition } from './task-definition.js';

/** MiB; Docker since 20.10 starts no container with less (documentation of `ContainerDefinition.memory`). */
const LEAST_MEMORY = 6;
const MAX_IGNORED_EXIT_CODES = 50;
const MAX_ENVIRONMENT_FILES = 10;

/** As KernelCapabilities documents them. */
const CAPABILITIES: ReadonlySet<string> = new Set([
  ...['ALL', 'AUDIT_CONTROL', 'AUDIT_WRITE', 'BLOCK_SUSPEND', 'CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER'],
  ...['FSETID', 'IPC_LOCK', 'IPC_OWNER', 'KILL', 'LEASE', 'LINUX_IMMUTABLE', 'MAC_ADMIN', 'MAC_OVERRIDE', 'MKNOD'],
  ...['NET_ADMIN', 'NET_BIND_SERVICE', 'NET_BROADCAST', 'NET_RAW', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID'],
  ...['SYS_ADMIN', 'SYS_BOOT', 'SYS_CHROOT', 'SYS_MODULE', 'SYS_NICE', 'SYS_PACCT', 'SYS_PTRACE', 'SYS_RAWIO'],
  ...['SYS_RESOURCE', 'SYS_TIME', 'SYS_TTY_CONFIG', 'SYSLOG', 'WAKE_ALARM'],
]);

/** Bounds, in seconds and counts, as HealthCheck documents them. */
const HEALTH_CHECK_BOUNDS = Object.freeze({
  interval: [5, 300],
  timeout: [2, 60],
  retries: [1, 10],
  startPeriod: [0, 300],
} as const);

/**
 * Refuses what of a container is wrong whatever runs it. The texts are AWS's where users or tools have published them;
 * those of the bounds of health checks, tmpfs, devices and system controls are our choice.
 */
export function requireSoundContainer(container: ContainerDefinition): void {
  requireMemory(container);
  requireTimeouts(container);
  if (container.healthCheck !== undefined) requireHealthCheck(container.name, container.healthCheck);
  requireRestartPolicy(container);
  requireUlimits(container);
  requireLinuxParameters(container);
  for (const { namespace, value } of container.systemControls ?? []) {
    if (isEmpty(namespace) || isEmpty(value)) refuse(container, 'A system control needs a namespace and a value.');
  }
  for (const { hostname, ipAddress } of container.extraHosts ?? []) {
    if (isEmpty(hostname) || isEmpty(ipAddress)) refuse(container, 'An extra host needs a hostname and an ipAddress.');
  }
  if ((container.environmentFiles ?? []).length > MAX_ENVIRONMENT_FILES) {
    throw ecsError.client('The maximum number of environment files was exceeded. Specify ten or less and try again.');
  }
}

/** A health check with the defaults that AWS writes out; `startPeriod` has none. */
export function readHealthCheck(healthCheck: HealthCheck): HealthCheck {
  return {
    ...healthCheck,
    interval: healthCheck.interval ?? 30,
    timeout: healthCheck.timeout ?? 5,
    retries: healthCheck.retries ?? 3,
  };
}

function requireMemory(container: ContainerDefinition): void {
  const { cpu = 0, memory, memoryReservation } = container;
  if (cpu < 0) refuse(container, "'cpu' must not be negative.");
  for (const [what, amount] of Object.entries({ memory, memoryReservation })) {
    if (amount !== undefined && amount < LEAST_MEMORY)
      refuse(container, `'${what}' must be at least ${LEAST_MEMORY} MiB.`);
  }
  if (memory !== undefined && memoryReservation !== undefined && memory < memoryReservation) {
    refuse(container, "'memory' must be greater than or equal to 'memoryReservation'.");
  }
}

function requireTimeouts({ name, startTimeout, stopTimeout }: ContainerDefinition): void {
  for (const [what, seconds] of Object.entries({ start: startTimeout, stop: stopTimeout })) {
    if (seconds !== undefined && seconds < 2) {
      throw ecsError.client(`Granular ${what} timeout on container '${name}' must be at least 2 seconds.`);
    }
  }
}

function requireHealthCheck(name: string, healthCheck: HealthCheck): void {
  const [kind, ...words] = healthCheck.command ?? [];
  const isKnown = kind === 'NONE' || ((kind === 'CMD' || kind === 'CMD-SHELL') && words.length > 0);
  if (!isKnown) {
    throw ecsError.client(`The health check command of container '${name}' must start with CMD or CMD-SHELL.`);
  }
  for (const [what, [least, most]] of Object.entries(HEALTH_CHECK_BOUNDS)) {
    const value = healthCheck[what as keyof typeof HEALTH_CHECK_BOUNDS];
    if (value !== undefined && (value < least || value > most)) {
      throw ecsError.client(
        `The health check '${what}' setting for container '${name}' must be between ${least} and ${most}`,
      );
    }
  }
}

function requireRestartPolicy({ name, restartPolicy }: ContainerDefinition): void {
  if (restartPolicy === undefined) return;
  const { restartAttemptPeriod: period, ignoredExitCodes = [] } = restartPolicy;
  if (period !== undefined && (period < 60 || period > 1800)) {
    throw ecsError.client(`the 'restartAttemptPeriod' setting for container '${name}' must be between 60 and 1800`);
  }
  if (ignoredExitCodes.length > MAX_IGNORED_EXIT_CODES) {
    throw ecsError.client(
      `the 'ignoredExitCodes' setting for container '${name}' can have at most ${MAX_IGNORED_EXIT_CODES} exit codes`,
    );
  }
}

function requireUlimits({ ulimits = [] }: ContainerDefinition): void {
  for (const { name = '', softLimit = 0, hardLimit = 0 } of ulimits) {
    requireOneOf(name, UlimitName, 'ulimit name');
    // -1 is "unlimited".
    if (hardLimit !== -1 && (softLimit > hardLimit || softLimit === -1)) {
      throw ecsError.client(`Soft limit exceeds hard limit for ulimit ${name}`);
    }
  }
}

function requireLinuxParameters(container: ContainerDefinition): void {
  const {
    capabilities,
    tmpfs = [],
    devices = [],
    sharedMemorySize,
    maxSwap,
    swappiness,
  } = container.linuxParameters ?? {};
  for (const capability of [...(capabilities?.add ?? []), ...(capabilities?.drop ?? [])]) {
    if (!CAPABILITIES.has(capability)) refuse(container, `'${capability}' is not a Linux capability.`);
  }
  for (const { containerPath, size } of tmpfs) {
    if (containerPath?.startsWith('/') !== true) refuse(container, "The 'containerPath' of a tmpfs must be absolute.");
    if (size === undefined || size < 1) refuse(container, "The 'size' of a tmpfs must be at least 1 MiB.");
  }
  for (const { hostPath, permissions = [] } of devices) {
    if (hostPath?.startsWith('/') !== true) refuse(container, "The 'hostPath' of a device must be absolute.");
    for (const permission of permissions) requireOneOf(permission, DeviceCgroupPermission, 'device permission');
  }
  if (sharedMemorySize !== undefined && sharedMemorySize < 1)
    refuse(container, "'sharedMemorySize' must be at least 1 MiB.");
  if (maxSwap !== undefined && maxSwap < 0) refuse(container, "'maxSwap' must not be negative.");
  if (swappiness !== undefined && (swappiness < 0 || swappiness > 100)) {
    refuse(container, "'swappiness' must be between 0 and 100.");
  }
}

function isEmpty(text: string | undefined): boolean {
  return text === undefined || text === '';
}

function refuse({ name }: ContainerDefinition, what: string): never {
  throw ecsError.client(`Invalid setting for container '${name}'. ${what}`);
}
