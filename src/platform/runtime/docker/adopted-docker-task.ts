import { StartError, type AdoptedTask, type PreparedTask } from '../runtime.js';
import { networkOf, type DockerTaskParts } from './docker-task.js';
import { HOST_LABEL, TASK_LABEL } from './container-config.js';
import type { DockerContainer } from './docker-container.js';
import type { PauseContainer } from './pause-container.js';
import { TaskVolumes } from './task-volumes.js';

/** What of an adopted task was found with the daemon. */
export interface AdoptedHoldings {
  /** By runtime id. */
  readonly containers: ReadonlyMap<string, DockerContainer>;
  /** Of the task as a whole. */
  readonly pause: PauseContainer | undefined;
  /** Whether it, or one of its containers, is on the bridge of this host's tasks. */
  readonly networked: boolean;
}

/** A task of an agent before this one. What had not started then does not start any more. */
export class AdoptedDockerTask implements AdoptedTask {
  readonly containers: ReadonlyMap<string, DockerContainer>;
  readonly network?: NonNullable<PreparedTask['network']>;
  readonly #parts: DockerTaskParts;
  readonly #id: string;
  readonly #held: AdoptedHoldings;
  readonly #volumes: TaskVolumes;

  private constructor(parts: DockerTaskParts, id: string, held: AdoptedHoldings, volumes: TaskVolumes) {
    this.#parts = parts;
    this.#id = id;
    this.#held = held;
    this.#volumes = volumes;
    this.containers = held.containers;
    const address = held.pause?.address;
    if (address !== undefined) this.network = networkOf(address);
  }

  /** Rejects with what the daemon says. */
  static async open(parts: DockerTaskParts, id: string, held: AdoptedHoldings): Promise<AdoptedDockerTask> {
    const { docker } = parts.engine;
    const label = [`${HOST_LABEL}=${parts.hostId}`, `${TASK_LABEL}=${id}`];
    const { Volumes } = await docker.listVolumes({ filters: JSON.stringify({ label }) });
    const own = Volumes.map(({ Name }) => Name);
    if (held.networked) await parts.network.acquire();
    return new AdoptedDockerTask(parts, id, held, new TaskVolumes(docker, new Map(), own));
  }

  start(): Promise<never> {
    return Promise.reject(new StartError('CannotStartContainerError: the agent was restarted while the task started'));
  }

  async release(): Promise<void> {
    const { log, network, limits } = this.#parts;
    await Promise.all([...this.containers.values()].map(({ removed }) => removed));
    await this.#held.pause?.remove(log);
    await this.#volumes.remove(log);
    if (this.#held.networked) await network.release();
    await limits.remove(this.#id);
  }
}
