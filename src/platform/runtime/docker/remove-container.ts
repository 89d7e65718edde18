import type Docker from 'dockerode';
import { statusOf, textOf } from './docker-failure.js';
import type { DockerLog } from './docker-log.js';

/** Whatever it does, with its volumes. Never rejects: what is left is logged, and goes with the next `recover()`. */
export async function removeContainer(container: Docker.Container, log: DockerLog): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    // 404: it is gone; 409: somebody else is removing it.
    if ([404, 409].includes(statusOf(error) ?? 0)) return;
    log.warn({ container: container.id, cause: textOf(error) }, 'container not removed');
  }
}
