import type Docker from 'dockerode';
import { StartGivenUp } from '../runtime.js';
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

export interface EnsureImageOptions {
  /** Where Docker's `config.json` is. */
  readonly configDirectory: string;
  readonly log: DockerLog;
  /** Aborted: a pull is given up. */
  readonly unwanted?: AbortSignal | undefined;
  /** Default {@link PULL_SILENCE_MS}. */
  readonly silenceMs?: number;
}

/**
 * Makes sure that the image is there: as it is when it is local, else pulled. Resolves to its digest, if it came from a
 * registry. Rejects with `StartError`.
 */
export async function ensureImage(
  docker: Docker,
  image: string,
  options: EnsureImageOptions,
): Promise<string | undefined> {
  const { configDirectory, log } = options;
  try {
    return digestOf(await docker.getImage(image).inspect());
  } catch (error) {
    if (statusOf(error) !== 404) throw startError('CannotPullContainerError', error);
  }
  log.debug({ image }, 'pulling image');
  try {
    await pull(docker, withTag(image), options, registryAuth(image, configDirectory)?.reveal(), (progress) =>
      log.debug({ image, layer: progress.id, status: progress.status }, 'pulling image'),
    );
  } catch (error) {
    throw error instanceof StartGivenUp ? error : startError('CannotPullContainerError', error);
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
  { unwanted, silenceMs = PULL_SILENCE_MS }: EnsureImageOptions,
  auth: string | undefined,
  tell: (progress: Progress) => void,
): Promise<void> {
  const colon = auth?.indexOf(':') ?? -1;
  const authconfig = auth && colon > 0 && { username: auth.slice(0, colon), password: auth.slice(colon + 1) };
  // The daemon answers when the registry has: its silence begins with the request.
  const silent = new AbortController();
  const silence = setTimeout(() => silent.abort(new Error('the registry says nothing')), silenceMs);
  const abortSignal = AbortSignal.any([silent.signal, ...(unwanted === undefined ? [] : [unwanted])]);
  let last = '';
  try {
    const stream = await docker.pull(image, { abortSignal, ...(authconfig && { authconfig }) });
    // Said among the steps, behind an answer that was 200.
    let failure: string | undefined;
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(
        stream,
        (error) => (error ? reject(error) : resolve()),
        (progress: Progress) => {
          silence.refresh();
          failure = progress.error ?? failure;
          // A line for each step of a layer, not for each megabyte.
          const step = `${progress.id ?? ''} ${progress.status ?? ''}`;
          if (step !== last) tell(progress);
          last = step;
        },
      );
    });
    if (failure !== undefined) throw new Error(failure);
  } catch (error) {
    if (silent.signal.aborted) throw silent.signal.reason;
    if (unwanted?.aborted === true) throw new StartGivenUp('the pull was given up', { cause: error });
    throw error;
  } finally {
    clearTimeout(silence);
  }
}

/** Without a tag Docker's API would pull every one there is. */
function withTag(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1);
  return /[:@]/.test(name) ? image : `${image}:latest`;
}
