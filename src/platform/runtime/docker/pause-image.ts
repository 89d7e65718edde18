import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { prebuiltProgram } from '../sandbox/sealed-program.js';
import { StartError } from '../runtime.js';
import { startError } from './docker-failure.js';
import { tarArchive } from './tar-archive.js';

/** Where the program is in its image, and in a toolbox. */
export const PAUSE_PATH = 'gangway-pause';
/** A domain in front: Podman takes names without one for Docker Hub's. */
const REPOSITORY = 'localhost/gangway-pause';

/** gangway-sandbox as the daemon's machine runs it. Rejects with {@link StartError} where there is none. */
export async function pauseProgram(docker: Docker): Promise<Buffer> {
  const { Arch, Os } = (await docker.version()) as { readonly Arch: string; readonly Os: string };
  const path = prebuiltProgram(Os, Arch === 'amd64' ? 'x64' : Arch);
  if (path === undefined) {
    throw new StartError(`CannotStartContainerError: no pause process for ${Os} on ${Arch}: tasks there share nothing`);
  }
  return readFile(path);
}

/**
 * The image of the process that holds what the containers of a task share, made with the daemon from the program itself:
 * no registry is asked. Its name says which program it is. Rejects with {@link StartError}.
 */
export async function ensurePauseImage(docker: Docker): Promise<string> {
  const program = await pauseProgram(docker);
  // No tag of its own: Podman makes each import the latest.
  const repo = `${REPOSITORY}-${createHash('sha256').update(program).digest('hex').slice(0, 16)}`;
  const name = `${repo}:latest`;
  const known = await docker
    .getImage(name)
    .inspect()
    .catch(() => undefined);
  if (known !== undefined) return name;
  try {
    const archive = tarArchive([{ path: PAUSE_PATH, mode: 0o755, content: program }]);
    const stream = await docker.importImage(Readable.from([archive]), { repo, tag: 'latest' });
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve()));
    });
  } catch (error) {
    throw startError('CannotStartContainerError', error);
  }
  return name;
}
