import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  StartError,
  type AdoptedTask,
  type Container,
  type ContainerSpec,
  type PreparedTask,
  type Runtime,
} from '../runtime.js';
import { HOST_LABEL } from './container-config.js';
import { DockerContainer } from './docker-container.js';
import { connectEngine, pingEngine, type DockerEngine } from './docker-engine.js';
import { statusOf, textOf } from './docker-failure.js';
import type { DockerHost } from './docker-host.js';
import type { DockerLog } from './docker-log.js';
import { ExecEnds } from './exec-ends.js';
import { openHostId, readHostId } from './host-id.js';
import { ensureImage } from './image.js';

export interface DockerRuntimeOptions {
  /** As `findDockerHost` gives it; undefined: there is no daemon. */
  readonly host: DockerHost | undefined;
  /** Keeps the name by which containers are known as ours; those of others on the same daemon are left alone. */
  readonly stateDirectory: string;
  /** `ca.pem`, `cert.pem` and `key.pem` for a daemon with TLS. */
  readonly certificates?: string;
  /** Where Docker's `config.json` is; default `~/.docker`. */
  readonly configDirectory?: string;
  readonly log: DockerLog;
}

/** The runtime `docker`: every image, by Docker Engine or Podman's service. */
export function createDockerRuntime(options: DockerRuntimeOptions): Runtime {
  return new DockerRuntime(options);
}

interface Connection {
  readonly engine: DockerEngine;
  /** Of processes in our containers; from the first container on. */
  ends?: ExecEnds;
}

class DockerRuntime implements Runtime {
  readonly name = 'docker';
  readonly #options: DockerRuntimeOptions;
  #connection: Promise<Connection> | undefined;

  constructor(options: DockerRuntimeOptions) {
    this.#options = options;
  }

  /** Any but the sandbox's names, which are no images of Docker's. */
  accepts(image: string): boolean {
    return image !== 'host' && !image.startsWith('rootfs:');
  }

  async start(spec: ContainerSpec): Promise<Container> {
    const { stateDirectory, log, configDirectory = join(homedir(), '.docker') } = this.#options;
    const connection = await this.#connect().catch((cause: unknown) => {
      throw new StartError(`CannotStartContainerError: ${this.#refusal(cause)}`, { cause });
    });
    const { engine } = connection;
    await ensureImage(engine.docker, spec.image, configDirectory, log);
    const hostId = openHostId(stateDirectory);
    const ends = (connection.ends ??= new ExecEnds(engine.docker, hostId));
    return DockerContainer.start({ engine, ends, hostId, spec, log });
  }

  prepare(): Promise<PreparedTask> {
    return Promise.resolve({ start: (spec: ContainerSpec) => this.start(spec), release: () => Promise.resolve() });
  }

  async recover(): Promise<ReadonlyMap<string, AdoptedTask>> {
    const { stateDirectory, log } = this.#options;
    const hostId = readHostId(stateDirectory);
    const none = new Map<string, AdoptedTask>();
    // Where Docker was never used, it is not looked for.
    if (hostId === undefined) return none;
    const connection = await this.#connect().catch(() => undefined);
    if (connection === undefined) return none;
    const { docker } = connection.engine;
    const filters = { label: [`${HOST_LABEL}=${hostId}`] };
    const left = await docker.listContainers({ all: true, filters }).catch((error: unknown) => {
      log.warn({ cause: textOf(error) }, 'containers that were left are not known');
      return [];
    });
    for (const { Id } of left) {
      await docker
        .getContainer(Id)
        .remove({ force: true, v: true })
        .catch((error: unknown) => {
          if (![404, 409].includes(statusOf(error) ?? 0))
            log.warn({ container: Id, cause: textOf(error) }, 'container not removed');
        });
    }
    return none;
  }

  async unavailable(): Promise<string | undefined> {
    try {
      const { engine } = await this.#connect();
      await pingEngine(engine);
      return undefined;
    } catch (error) {
      this.#connection = undefined;
      return this.#refusal(error);
    }
  }

  /** A daemon that did not answer is asked again the next time. */
  #connect(): Promise<Connection> {
    const { host, certificates } = this.#options;
    if (host === undefined) return Promise.reject(new Error('no daemon'));
    return (this.#connection ??= connectEngine(host, certificates).then(
      (engine) => ({ engine }),
      (error: unknown) => {
        this.#connection = undefined;
        throw error;
      },
    ));
  }

  /** One sentence with the remedy. */
  #refusal(error: unknown): string {
    const { host } = this.#options;
    if (host === undefined) return 'no Docker daemon found: start one, or set DOCKER_HOST';
    switch ((error as NodeJS.ErrnoException).code) {
      case 'EACCES':
      case 'EPERM':
        return `permission denied at ${host}: add this user to the group docker, or run Gangway as root`;
      case 'ECONNREFUSED':
      case 'ENOENT':
        return `no Docker daemon answers at ${host}: start it, or set DOCKER_HOST`;
      default:
        return `the Docker daemon at ${host} cannot be used: ${textOf(error)}`;
    }
  }
}
