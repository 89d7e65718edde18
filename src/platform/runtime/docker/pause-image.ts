import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { prebuiltProgram } from '../sandbox/sealed-program.js';
import { StartError } from '../runtime.js';
import type { DockerEngine } from './docker-engine.js';
import { startError } from './docker-failure.js';
import { tarArchive } from './tar-archive.js';

/** Where the program is in its image, and in a toolbox. */
export const PAUSE_PATH = 'gangway-pause';
/** A domain in front: Podman takes names without one for Docker Hub's. */
const REPOSITORY = 'localhost/gangway-pause';

/** gangway-sandbox as the daemon's machine runs it, and an image of it and nothing else. */
export class PauseImage {
  readonly #engine: DockerEngine;
  #program: Promise<Buffer> | undefined;

  constructor(engine: DockerEngine) {
    this.#engine = engine;
  }

  /** Rejects with {@link StartError} where there is none for that machine. */
  program(): Promise<Buffer> {
    const { os, architecture } = this.#engine;
    const path = prebuiltProgram(os, architecture === 'amd64' ? 'x64' : architecture);
    if (path === undefined) {
      const reason = `no pause process for ${os} on ${architecture}: tasks there share nothing`;
      return Promise.reject(new StartError(`CannotStartContainerError: ${reason}`));
    }
    return (this.#program ??= readFile(path));
  }

  /**
   * The image's name, which says which program it is. Where the daemon has no such image it is made from the program
   * itself: no registry is asked. Rejects with {@link StartError}.
   */
  async ensure(): Promise<string> {
    const { docker } = this.#engine;
    const program = await this.program();
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
}
