import { TransportProtocol, type PortMapping } from '@aws-sdk/client-ecs';
import { requireOneOf } from './checks.js';
import { ecsError } from './ecs-error.js';
import type { ContainerDefinition, TaskDefinition } from './task-definition.js';

type NetworkMode = TaskDefinition['networkMode'];

const MAX_PORT = 65_535;

/** A port mapping with the defaults that AWS writes out: its protocol, and the host port that its network mode gives. */
export function readPortMapping(mapping: PortMapping, networkMode: NetworkMode): PortMapping {
  const { containerPort, containerPortRange } = mapping;
  requireOneOf(mapping.protocol, TransportProtocol, 'protocol');
  if (networkMode === 'none') throw ecsError.client('Port mappings are not supported when networkMode=none');
  const protocol = mapping.protocol ?? 'tcp';
  if (containerPortRange !== undefined) {
    if (containerPort !== undefined || mapping.hostPort !== undefined) {
      throw ecsError.client('cannot specify both single port and port range');
    }
    readPortRange(containerPortRange);
    return { ...mapping, protocol };
  }
  if (containerPort === undefined) return { ...mapping, protocol };
  if (containerPort < 0 || containerPort > MAX_PORT) throw ecsError.client(`Invalid containerPort ${containerPort}.`);
  const { hostPort } = mapping;
  if (hostPort !== undefined && (hostPort < 0 || hostPort > MAX_PORT)) {
    throw ecsError.client(`Invalid hostPort ${hostPort}.`);
  }
  if (networkMode === 'bridge') return { ...mapping, hostPort: hostPort ?? 0, protocol };
  if (hostPort !== undefined && hostPort !== containerPort) {
    throw ecsError.client(
      `When networkMode=${networkMode}, the host ports and container ports in port mappings must match.`,
    );
  }
  return { ...mapping, hostPort: containerPort, protocol };
}

/** First and last port of a `containerPortRange`, for example `8000-8010`. */
export function readPortRange(range: string): readonly [first: number, last: number] {
  const [, first, last] = (/^(\d{1,5})-(\d{1,5})$/.exec(range) ?? []).map(Number);
  if (first === undefined || last === undefined || first >= last || first < 1 || last > MAX_PORT) {
    throw ecsError.client(`Invalid 'containerPortRange' setting '${range}'.`);
  }
  return [first, last];
}

/** Names of port mappings are unique in a task, and so are the ports where the containers share a network. */
export function requireDistinctPorts(containers: readonly ContainerDefinition[], networkMode: NetworkMode): void {
  const mappings = containers.flatMap(({ portMappings }) => portMappings ?? []);
  const names = new Set<string>();
  for (const { name } of mappings) {
    if (name === undefined || name === '') continue;
    if (names.has(name)) throw ecsError.client(`port mapping name is already used: ${name}`);
    names.add(name);
  }
  const taken = new Map<string, (readonly [first: number, last: number])[]>();
  for (const mapping of mappings) {
    const { protocol = 'tcp', containerPort = 0, hostPort = 0, containerPortRange } = mapping;
    // In mode bridge a range gets whatever host ports are free.
    if (networkMode === 'bridge' && (containerPortRange !== undefined || hostPort === 0)) continue;
    const port = networkMode === 'bridge' ? hostPort : containerPort;
    const range = containerPortRange === undefined ? ([port, port] as const) : readPortRange(containerPortRange);
    const others = taken.get(protocol) ?? [];
    if (others.some(([first, last]) => range[0] <= last && first <= range[1])) {
      const what = networkMode === 'bridge' ? 'host' : 'container';
      throw ecsError.client(`${what} port is used multiple times in task: ${containerPortRange ?? port}`);
    }
    taken.set(protocol, [...others, range]);
  }
}
