import type { NetworkBinding } from '@aws-sdk/client-ecs';
import type { TaskDefinition } from '../task-definition.js';

/**
 * The ports of its container instance that a task of the definition takes, as `80/tcp`. In awsvpc mode a task has
 * addresses of its own; what bridge mode chooses freely is known only when the task runs.
 */
export function hostPortsOf({ networkMode, containerDefinitions }: TaskDefinition): readonly string[] {
  if (networkMode !== 'bridge' && networkMode !== 'host') return [];
  const ports = containerDefinitions
    .flatMap(({ portMappings = [] }) => portMappings)
    .flatMap(({ containerPort = 0, hostPort = 0, protocol = 'tcp' }) => {
      const port = networkMode === 'host' ? hostPort || containerPort : hostPort;
      return port === 0 ? [] : [`${port}/${protocol}`];
    });
  return [...new Set(ports)];
}

export interface PortUser {
  readonly hostPorts?: readonly string[] | undefined;
  readonly containers?: readonly { readonly networkBindings: readonly NetworkBinding[] }[] | undefined;
}

/** Ports taken by tasks: those they asked for, and those they were given. */
export function portsInUse(tasks: readonly PortUser[]): Set<string> {
  return new Set(
    tasks.flatMap(({ hostPorts = [], containers = [] }) => [
      ...hostPorts,
      ...containers
        .flatMap(({ networkBindings }) => networkBindings)
        .flatMap(({ hostPort, protocol = 'tcp' }) => (hostPort === undefined ? [] : [`${hostPort}/${protocol}`])),
    ]),
  );
}

/** `80` and so on of one protocol, in order, as container instances list them. */
export function portList(ports: Iterable<string>, protocol: 'tcp' | 'udp'): string[] {
  return [...ports]
    .filter((port) => port.endsWith(`/${protocol}`))
    .map((port) => Number.parseInt(port, 10))
    .sort((a, b) => a - b)
    .map(String);
}
