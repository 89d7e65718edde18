import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { prebuiltProgram } from '../sandbox/sealed-program.js';
import { StartError } from '../runtime.js';
import type { DockerEngine } from './docker-engine.js';
import { startError } from './docker-failure.js';
import { hasImage, importImage } from './import-image.js';
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

  /** The image's name, which says which program it is. Rejects with {@link StartError}. */
  async name(): Promise<string> {
    return `${await this.#repository()}:latest`;
  }

  /**
   * The name of an image that the daemon has: where there is none it is made from the program itself, and no registry is
   * asked. Rejects with {@link StartError}.
   */
  async ensure(): Promise<string> {
    const { docker } = this.#engine;
    const name = await this.name();
    if (await hasImage(docker, name)) return name;
    try {
      const archive = tarArchive([{ path: PAUSE_PATH, mode: 0o755, content: await this.program() }]);
      return await importImage(docker, await this.#repository(), archive);
    } catch (error) {
      throw startError('CannotStartContainerError', error);
    }
  }

  async #repository(): Promise<string> {
    const digest = createHash('sha256').update(await this.program());
    return `${REPOSITORY}-${digest.digest('hex').slice(0, 16)}`;
  }
}
