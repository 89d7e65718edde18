import type Docker from 'dockerode';
import { startError, statusOf } from './docker-failure.js';
import type { DockerLog } from './docker-log.js';
import { registryAuth } from './registry-auth.js';

/** A registry that says nothing for so long is given up. */
const PULL_SILENCE_MS = 120_000;

interface Progress {
  readonly status?: string;
  readonly id?: string;
  readonly error?: string;
}

/**
 * Makes sure that the image is there: as it is when it is local, else pulled. Resolves to its digest, if it came from a
 * registry. Rejects with `StartError`.
 */
export async function ensureImage(
  docker: Docker,
  image: string,
  configDirectory: string,
  log: DockerLog,
): Promise<string | undefined> {
  try {
    return digestOf(await docker.getImage(image).inspect());
  } catch (error) {
    if (statusOf(error) !== 404) throw startError('CannotPullContainerError', error);
  }
  log.debug({ image }, 'pulling image');
  try {
    await pull(docker, withTag(image), registryAuth(image, configDirectory)?.reveal(), (progress) =>
      log.debug({ image, layer: progress.id, status: progress.status }, 'pulling image'),
    );
  } catch (error) {
    throw startError('CannotPullContainerError', error);
  }
  return imageDigest(docker, image);
}

/** Of an image that came from a registry; undefined for others. Never rejects. */
export async function imageDigest(docker: Docker, image: string): Promise<string | undefined> {
  const inspected = await docker
    .getImage(image)
    .inspect()
    .catch(() => undefined);
  return inspected && digestOf(inspected);
}

function digestOf({ RepoDigests }: Docker.ImageInspectInfo): string | undefined {
  return RepoDigests[0]?.split('@')[1];
}

async function pull(
  docker: Docker,
  image: string,
  auth: string | undefined,
  tell: (progress: Progress) => void,
): Promise<void> {
  const colon = auth?.indexOf(':') ?? -1;
  const authconfig = auth && colon > 0 && { username: auth.slice(0, colon), password: auth.slice(colon + 1) };
  const stream = await docker.pull(image, authconfig ? { authconfig } : {});
  const silence = setTimeout(
    () => (stream as unknown as { destroy(error: Error): void }).destroy(new Error('the registry says nothing')),
    PULL_SILENCE_MS,
  );
  let last = '';
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error) => (error ? reject(error) : resolve()),
      (progress: Progress) => {
        silence.refresh();
        // A line for each step of a layer, not for each megabyte.
        const step = `${progress.id ?? ''} ${progress.status ?? ''}`;
        if (step !== last) tell(progress);
        last = step;
      },
    );
  }).finally(() => clearTimeout(silence));
}

/** Without a tag Docker's API would pull every one there is. */
function withTag(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1);
  return /[:@]/.test(name) ? image : `${image}:latest`;
}
