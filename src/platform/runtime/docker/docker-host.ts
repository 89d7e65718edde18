import { existsSync } from 'node:fs';

/** Where a daemon may listen: a URL as `DOCKER_HOST` has it. */
export type DockerHost = string;

/**
 * The daemon to talk to: `DOCKER_HOST` when it is set, else the first usual socket that is there: Docker's as root and
 * rootless, then Podman's. Undefined when there is none.
 */
export function findDockerHost(
  environment: Readonly<Record<string, string | undefined>>,
  exists: (path: string) => boolean = existsSync,
): DockerHost | undefined {
  if (environment['DOCKER_HOST']) return environment['DOCKER_HOST'];
  const own = environment['XDG_RUNTIME_DIR'];
  const sockets = [
    '/var/run/docker.sock',
    ...(own ? [`${own}/docker.sock`, `${own}/podman/podman.sock`] : []),
    '/run/podman/podman.sock',
  ];
  const socket = sockets.find((path) => exists(path));
  return socket === undefined ? undefined : `unix://${socket}`;
}
