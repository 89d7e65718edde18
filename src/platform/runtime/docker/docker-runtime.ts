import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  StartError,
  type AdoptedTask,
  type Container,
  type ContainerSpec,
  type PreparedTask,
  type Runtime,
  type TaskSpec,
} from '../runtime.js';
import { ProcessTable } from '../sandbox/process-usage.js';
import { DockerContainer } from './docker-container.js';
import { connectEngine, pingEngine, type DockerEngine } from './docker-engine.js';
import { textOf } from './docker-failure.js';
import type { DockerHost } from './docker-host.js';
import type { DockerLog } from './docker-log.js';
import { DockerTask, type DockerTaskParts } from './docker-task.js';
import { ExecEnds } from './exec-ends.js';
import { HealthEvents } from './health-events.js';
import { openHostId, readHostId } from './host-id.js';
import { ensureImage } from './image.js';
import { PauseImage } from './pause-image.js';
import { recoverTasks } from './recover-tasks.js';
import { TaskLimits } from './task-limits.js';
import { TaskNetwork } from './task-network.js';

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
  /** What tasks of this host have in common; from the first container on. */
  parts?: DockerTaskParts;
}

class DockerRuntime implements Runtime {
  readonly name = 'docker';
  readonly outlivesAgent = true;
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
    const parts = await this.#partsForTasks();
    const digest = await ensureImage(parts.engine.docker, spec.image, parts);
    return DockerContainer.start(parts, spec, digest);
  }

  async prepare(task: TaskSpec): Promise<PreparedTask> {
    return DockerTask.prepare(task, await this.#partsForTasks());
  }

  async recover(keep: ReadonlySet<string> = new Set()): Promise<ReadonlyMap<string, AdoptedTask>> {
    const none = new Map<string, AdoptedTask>();
    const hostId = readHostId(this.#options.stateDirectory);
    // Where Docker was never used, it is not looked for.
    if (hostId === undefined) return none;
    const connection = await this.#connect().catch(() => undefined);
    if (connection === undefined) return none;
    return recoverTasks(this.#parts(connection, hostId), keep);
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

  /** Rejects with {@link StartError} when there is no daemon. */
  async #partsForTasks(): Promise<DockerTaskParts> {
    const connection = await this.#connect().catch((cause: unknown) => {
      throw new StartError(`CannotStartContainerError: ${this.#refusal(cause)}`, { cause });
    });
    return this.#parts(connection, openHostId(this.#options.stateDirectory));
  }

  #parts(connection: Connection, hostId: string): DockerTaskParts {
    const { log, host = '', configDirectory = join(homedir(), '.docker') } = this.#options;
    const { engine } = connection;
    return (connection.parts ??= {
      engine,
      hostId,
      configDirectory,
      pause: new PauseImage(engine),
      log,
      ends: new ExecEnds(engine.docker, hostId),
      processes: new ProcessTable(),
      health: new HealthEvents(engine.docker, hostId),
      network: new TaskNetwork(engine.docker, hostId, log),
      limits: new TaskLimits(engine.docker, { host, hostId, log }),
    });
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
