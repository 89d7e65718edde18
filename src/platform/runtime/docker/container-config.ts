import type Docker from 'dockerode';
import { StartError, type ContainerSpec } from '../runtime.js';
import type { PauseContainer } from './pause-container.js';
import type { ContainerSettings } from '../../../core/protocol/container-settings.js';

/** Labels by which everything of ours is found again. */
export const HOST_LABEL = 'gangway.host';
export const ID_LABEL = 'gangway.runtime-id';
export const TASK_LABEL = 'gangway.task';
/** Of a container that only holds what others share: whose it is, empty for the whole task. */
export const PAUSE_LABEL = 'gangway.pause';

const MIB = 1_048_576;
const NANOSECONDS = 1_000_000_000;

/** Of a toolbox: the container it was joined to. */
export const TOOLBOX_LABEL = 'gangway.toolbox';

/** What a container stands on: what it shares, in Docker's words. */
export interface ContainerStand {
  readonly taskId?: string;
  /** `host`, `none`, `bridge` or `container:ID`. */
  readonly networkMode: string;
  /** Absent: its own. */
  readonly pidMode?: string;
  readonly ipcMode?: string;
  readonly binds: readonly string[];
  /** Of the task's control group. */
  readonly cgroupParent?: string;
  /** Holds its network alone, and goes with it. */
  readonly pause?: PauseContainer;
}

/** Of a container that shares nothing with others. */
export function lone({ settings = {} }: ContainerSpec): ContainerStand {
  const { networkMode, pidMode, mounts = [] } = settings;
  if (pidMode === 'task') {
    throw new StartError('CannotCreateContainerError: docker: pidMode task without a task to share with');
  }
  return {
    networkMode: networkMode === 'none' || networkMode === 'bridge' ? networkMode : 'host',
    ...(pidMode === 'host' && { pidMode }),
    binds: mounts.map(({ source, containerPath, readOnly }) => `${source}:${containerPath}${readOnly ? ':ro' : ''}`),
  };
}

/** A container as Docker is asked for it. Throws {@link StartError} for what cannot be had. */
export function containerConfig(
  spec: ContainerSpec,
  hostId: string,
  stand: ContainerStand,
): Docker.ContainerCreateOptions {
  const { settings = {} } = spec;
  const joins = stand.networkMode.startsWith('container:');
  const { healthCheck } = settings;
  return {
    name: `gangway-${spec.id}`,
    Image: spec.image,
    ...command(spec),
    Env: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
    ...(spec.workingDirectory !== '' && { WorkingDir: spec.workingDirectory }),
    ...(spec.user !== '' && { User: spec.user }),
    // Who joins a network has the name that goes with it.
    ...(!joins && { Hostname: spec.hostname }),
    Labels: {
      [HOST_LABEL]: hostId,
      [ID_LABEL]: spec.id,
      ...(stand.taskId !== undefined && { [TASK_LABEL]: stand.taskId }),
    },
    AttachStdin: false,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    ...(healthCheck && {
      Healthcheck: {
        Test: [...healthCheck.command],
        ...(healthCheck.interval !== undefined && { Interval: healthCheck.interval * NANOSECONDS }),
        ...(healthCheck.timeout !== undefined && { Timeout: healthCheck.timeout * NANOSECONDS }),
        ...(healthCheck.retries !== undefined && { Retries: healthCheck.retries }),
        ...(healthCheck.startPeriod !== undefined && { StartPeriod: healthCheck.startPeriod * NANOSECONDS }),
      },
    }),
    ...(settings.portMappings &&
      !joins && {
        ExposedPorts: Object.fromEntries(settings.portMappings.map((mapping) => [portOf(mapping), {}])),
      }),
    HostConfig: hostConfig(spec, settings, stand),
  };
}

/** Docker takes an image's command only where the entry point is the image's, too; so does ECS. */
function command({ argv, imageCommand }: ContainerSpec): Pick<Docker.ContainerCreateOptions, 'Entrypoint' | 'Cmd'> {
  if (imageCommand === undefined) {
    if (argv.length === 0 || argv[0] === '') throw new StartError('CannotStartContainerError: no command specified');
    return { Entrypoint: [...argv], Cmd: [] };
  }
  return {
    ...(imageCommand.entryPoint && { Entrypoint: [...imageCommand.entryPoint] }),
    ...(imageCommand.command && { Cmd: [...imageCommand.command] }),
  };
}

function hostConfig(spec: ContainerSpec, settings: ContainerSettings, stand: ContainerStand): Docker.HostConfig {
  const { capabilities, ulimits, portMappings, tmpfs, devices, systemControls, sharedMemorySize } = settings;
  const { extraHosts, dnsServers, dnsSearchDomains } = settings;
  const joins = stand.networkMode.startsWith('container:');
  return {
    // What it writes comes to us alone, who keep it where it belongs.
    LogConfig: { Type: 'none', Config: {} },
    NetworkMode: stand.networkMode,
    ReadonlyRootfs: spec.readonlyRootFilesystem,
    // The pause container reaps for those who share its processes.
    Init: (settings.initProcessEnabled ?? false) && stand.pidMode === undefined,
    ...(stand.pidMode !== undefined && { PidMode: stand.pidMode }),
    // A toolbox is to join it.
    IpcMode: stand.ipcMode ?? 'shareable',
    ...(stand.cgroupParent !== undefined && { CgroupParent: stand.cgroupParent }),
    ...(settings.privileged === true && { Privileged: true }),
    // Docker takes no fewer than two shares.
    ...(settings.cpu !== undefined && settings.cpu > 0 && { CpuShares: Math.max(settings.cpu, 2) }),
    ...(settings.memory !== undefined && { Memory: settings.memory * MIB, MemorySwap: settings.memory * MIB }),
    ...(settings.memoryReservation !== undefined && { MemoryReservation: settings.memoryReservation * MIB }),
    ...(capabilities && { CapAdd: [...capabilities.add], CapDrop: [...capabilities.drop] }),
    ...(ulimits && {
      Ulimits: ulimits.map(({ name, softLimit, hardLimit }) => ({ Name: name, Soft: softLimit, Hard: hardLimit })),
    }),
    ...(stand.binds.length > 0 && { Binds: [...stand.binds] }),
    ...(tmpfs && {
      Tmpfs: Object.fromEntries(
        tmpfs.map(({ containerPath, size, mountOptions }) => [
          containerPath,
          [...mountOptions, `size=${size}m`].join(','),
        ]),
      ),
    }),
    ...(sharedMemorySize !== undefined && { ShmSize: sharedMemorySize * MIB }),
    ...(devices && {
      Devices: devices.map(({ hostPath, containerPath, permissions }) => ({
        PathOnHost: hostPath,
        PathInContainer: containerPath,
        CgroupPermissions: permissions,
      })),
    }),
    ...(systemControls && {
      Sysctls: Object.fromEntries(systemControls.map(({ namespace, value }) => [namespace, value])),
    }),
    ...(!joins && {
      ...(extraHosts && { ExtraHosts: extraHosts.map(({ hostname, ipAddress }) => `${hostname}:${ipAddress}`) }),
      ...(dnsServers && { Dns: [...dnsServers] }),
      ...(dnsSearchDomains && { DnsSearch: [...dnsSearchDomains] }),
    }),
    ...(portMappings &&
      stand.networkMode === 'bridge' && {
        PortBindings: Object.fromEntries(
          portMappings.map((mapping) => [portOf(mapping), [{ HostPort: String(mapping.hostPort ?? 0) }]]),
        ),
      }),
  };
}

export function portOf(mapping: { readonly containerPort: number; readonly protocol?: string }): string {
  return `${mapping.containerPort}/${mapping.protocol ?? 'tcp'}`;
}
