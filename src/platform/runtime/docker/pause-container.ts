import { basename, dirname } from 'node:path';
import type Docker from 'dockerode';
import type { ContainerSettings } from '../../../core/protocol/container-settings.js';
import type { ForwardSpec, NetworkBinding } from '../runtime.js';
import { HOST_LABEL, PAUSE_LABEL, portOf, TASK_LABEL } from './container-config.js';
import { startError } from './docker-failure.js';
import type { DockerLog } from './docker-log.js';
import { PAUSE_PATH, type PauseImage } from './pause-image.js';
import { removeContainer } from './remove-container.js';

/** Where the sockets of a task's forwards are in its pause container. */
const WAYS = '/gangway-ways';

export interface PauseSpec {
  readonly hostId: string;
  readonly taskId: string;
  /** The container whose network it is; absent: it is the task's. */
  readonly of?: string;
  /** `none`, `host`, `bridge`, or a network's id. */
  readonly networkMode: string;
  readonly hostname?: string;
  /** Who owns a network owns its ports and names. */
  readonly settings?: Pick<ContainerSettings, 'portMappings' | 'extraHosts' | 'dnsServers' | 'dnsSearchDomains'>;
  readonly forwards: readonly ForwardSpec[];
  /** Of the task's control group. */
  readonly cgroupParent?: string;
}

/** The container that holds what others share, as ecs-agent's pause container does. */
export class PauseContainer {
  readonly id: string;
  /** One of its own; else it holds the host's, or none. */
  readonly hasNetwork: boolean;
  /** Undefined also where it does not run. */
  readonly address: { readonly ipv4: string; readonly mac?: string } | undefined;
  readonly bindings: readonly NetworkBinding[];
  readonly #docker: Docker;

  private constructor(docker: Docker, inspected: Docker.ContainerInspectInfo) {
    this.#docker = docker;
    this.id = inspected.Id;
    this.hasNetwork = !['host', 'none'].includes(inspected.HostConfig.NetworkMode ?? '');
    this.address = addressOf(inspected);
    this.bindings = bindingsOf(inspected);
  }

  /** Rejects with `StartError`, and then nothing is left of it. */
  static async start(docker: Docker, pause: PauseImage, spec: PauseSpec): Promise<PauseContainer> {
    const image = await pause.ensure();
    let made: Docker.Container | undefined;
    try {
      made = await docker.createContainer(pauseConfig(spec, image));
      await made.start();
      return new PauseContainer(docker, await made.inspect());
    } catch (error) {
      await made?.remove({ force: true, v: true }).catch(() => undefined);
      throw startError('CannotStartContainerError', error);
    }
  }

  /** One that is there already. */
  static async find(docker: Docker, id: string): Promise<PauseContainer> {
    return new PauseContainer(docker, await docker.getContainer(id).inspect());
  }

  /** Never rejects. */
  remove(log: DockerLog): Promise<void> {
    return removeContainer(this.#docker.getContainer(this.id), log);
  }
}

function pauseConfig(spec: PauseSpec, image: string): Docker.ContainerCreateOptions {
  const { hostId, taskId, of, networkMode, hostname, settings = {}, forwards, cgroupParent } = spec;
  const { portMappings = [], extraHosts = [], dnsServers, dnsSearchDomains } = settings;
  const ways = new Set(forwards.map(({ socketPath }) => dirname(socketPath)));
  const inside = (path: string): string => `${WAYS}/${[...ways].indexOf(dirname(path))}/${basename(path)}`;
  const forwarded = forwards.flatMap(({ port, socketPath }) => ['--forward', String(port), inside(socketPath)]);
  return {
    name: `gangway-pause-${of ?? taskId}`,
    Image: image,
    Entrypoint: [`/${PAUSE_PATH}`],
    Cmd: ['pause', ...forwarded],
    ...(hostname !== undefined && networkMode !== 'host' && { Hostname: hostname }),
    Labels: { [HOST_LABEL]: hostId, [TASK_LABEL]: taskId, [PAUSE_LABEL]: of ?? '' },
    ...(portMappings.length > 0 && {
      ExposedPorts: Object.fromEntries(portMappings.map((mapping) => [portOf(mapping), {}])),
    }),
    HostConfig: {
      LogConfig: { Type: 'none', Config: {} },
      NetworkMode: networkMode,
      IpcMode: 'shareable',
      ...(cgroupParent !== undefined && { CgroupParent: cgroupParent }),
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      // A forward may be to a port below 1024, its socket in a directory that only our user may look into.
      CapAdd: ['NET_BIND_SERVICE', 'DAC_OVERRIDE'],
      Binds: [...ways].map((directory, index) => `${directory}:${WAYS}/${index}:ro`),
      ...(extraHosts.length > 0 && {
        ExtraHosts: extraHosts.map(({ hostname: name, ipAddress }) => `${name}:${ipAddress}`),
      }),
      ...(dnsServers !== undefined && { Dns: [...dnsServers] }),
      ...(dnsSearchDomains !== undefined && { DnsSearch: [...dnsSearchDomains] }),
      ...(portMappings.length > 0 && {
        PortBindings: Object.fromEntries(
          portMappings.map((mapping) => [portOf(mapping), [{ HostPort: String(mapping.hostPort ?? 0) }]]),
        ),
      }),
    },
  };
}

function addressOf({ NetworkSettings }: Docker.ContainerInspectInfo): PauseContainer['address'] {
  const [network] = Object.values(NetworkSettings.Networks);
  if (network === undefined || network.IPAddress === '') return undefined;
  return { ipv4: network.IPAddress, ...(network.MacAddress !== '' && { mac: network.MacAddress }) };
}

/** One for each port, of IPv4: Docker names that of IPv6 beside it. */
export function bindingsOf({ NetworkSettings }: Docker.ContainerInspectInfo): NetworkBinding[] {
  const ports = NetworkSettings.Ports as Record<string, { HostIp: string; HostPort: string }[] | null>;
  return Object.entries(ports).flatMap(([port, bound]) => {
    const [containerPort, protocol] = port.split('/');
    const found = bound?.find(({ HostIp }) => !HostIp.includes(':')) ?? bound?.[0];
    if (found === undefined) return [];
    return [
      {
        bindIP: found.HostIp === '' ? '0.0.0.0' : found.HostIp,
        containerPort: Number(containerPort),
        hostPort: Number(found.HostPort),
        protocol: protocol === 'udp' ? ('udp' as const) : ('tcp' as const),
      },
    ];
  });
}
