import type Docker from 'dockerode';
import { StartError, type ContainerSpec } from '../runtime.js';
import type { ContainerSettings } from '../../../core/protocol/container-settings.js';

/** Labels by which everything of ours is found again. */
export const HOST_LABEL = 'gangway.host';
export const ID_LABEL = 'gangway.runtime-id';

const MIB = 1_048_576;
const NANOSECONDS = 1_000_000_000;

/** A container as Docker is asked for it. Throws {@link StartError} for what cannot be had. */
export function containerConfig(spec: ContainerSpec, hostId: string): Docker.ContainerCreateOptions {
  const { settings = {} } = spec;
  const { healthCheck } = settings;
  return {
    name: `gangway-${spec.id}`,
    Image: spec.image,
    ...command(spec),
    Env: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
    ...(spec.workingDirectory !== '' && { WorkingDir: spec.workingDirectory }),
    ...(spec.user !== '' && { User: spec.user }),
    Hostname: spec.hostname,
    Labels: { [HOST_LABEL]: hostId, [ID_LABEL]: spec.id },
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
    ...(settings.portMappings && {
      ExposedPorts: Object.fromEntries(settings.portMappings.map((mapping) => [portOf(mapping), {}])),
    }),
    HostConfig: hostConfig(spec, settings),
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

function hostConfig(spec: ContainerSpec, settings: ContainerSettings): Docker.HostConfig {
  if (settings.pidMode === 'task') {
    throw new StartError('CannotCreateContainerError: docker: pidMode task is not possible on this host yet');
  }
  const { capabilities, ulimits, mounts, portMappings } = settings;
  return {
    // What it writes comes to us alone, who keep it where it belongs.
    LogConfig: { Type: 'none', Config: {} },
    NetworkMode: networkOf(settings.networkMode),
    ReadonlyRootfs: spec.readonlyRootFilesystem,
    Init: settings.initProcessEnabled ?? false,
    ...(settings.pidMode === 'host' && { PidMode: 'host' }),
    ...(settings.privileged === true && { Privileged: true }),
    // Docker takes no fewer than two shares.
    ...(settings.cpu !== undefined && settings.cpu > 0 && { CpuShares: Math.max(settings.cpu, 2) }),
    ...(settings.memory !== undefined && { Memory: settings.memory * MIB, MemorySwap: settings.memory * MIB }),
    ...(settings.memoryReservation !== undefined && { MemoryReservation: settings.memoryReservation * MIB }),
    ...(capabilities && { CapAdd: [...capabilities.add], CapDrop: [...capabilities.drop] }),
    ...(ulimits && {
      Ulimits: ulimits.map(({ name, softLimit, hardLimit }) => ({ Name: name, Soft: softLimit, Hard: hardLimit })),
    }),
    ...(mounts && {
      Binds: mounts.map(({ source, containerPath, readOnly }) => `${source}:${containerPath}${readOnly ? ':ro' : ''}`),
    }),
    ...(portMappings &&
      settings.networkMode === 'bridge' && {
        PortBindings: Object.fromEntries(
          portMappings.map((mapping) => [portOf(mapping), [{ HostPort: String(mapping.hostPort ?? 0) }]]),
        ),
      }),
  };
}

function networkOf(mode: ContainerSettings['networkMode']): string {
  return mode === 'none' || mode === 'bridge' ? mode : 'host';
}

function portOf(mapping: { readonly containerPort: number; readonly protocol?: string }): string {
  return `${mapping.containerPort}/${mapping.protocol ?? 'tcp'}`;
}
