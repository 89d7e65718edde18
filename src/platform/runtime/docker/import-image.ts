import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { statusOf } from './docker-failure.js';

/**
 * Makes an image of an archive's files, and nothing else: no registry is asked. Rejects with what the daemon says.
 * `repository` is a name without a tag: Podman makes each import the latest.
 */
export async function importImage(docker: Docker, repository: string, archive: Uint8Array): Promise<string> {
  const stream = await docker.importImage(Readable.from([archive]), { repo: repository, tag: 'latest' });
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve()));
  });
  return `${repository}:latest`;
}

/** Whether the daemon has it. */
export async function hasImage(docker: Docker, name: string): Promise<boolean> {
  return docker
    .getImage(name)
    .inspect()
    .then(
      () => true,
      () => false,
    );
}

/** One that a container is made of stays. Rejects with what the daemon says. */
export async function removeImage(docker: Docker, name: string): Promise<void> {
  try {
    await docker.getImage(name).remove();
  } catch (error) {
    // 404: it is gone; 409: it is used.
    if (![404, 409].includes(statusOf(error) ?? 0)) throw error;
  }
}
