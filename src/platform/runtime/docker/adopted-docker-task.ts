import { StartError, type AdoptedTask, type Container, type PreparedTask } from '../runtime.js';
import { networkOf, type DockerTaskParts } from './docker-task.js';
import { HOST_LABEL, TASK_LABEL } from './container-config.js';
import type { PauseContainer } from './pause-container.js';
import { TaskVolumes } from './task-volumes.js';

/** A task of an agent before this one. What had not started then does not start any more. */
export class AdoptedDockerTask implements AdoptedTask {
  readonly containers: ReadonlyMap<string, Container>;
  readonly network?: NonNullable<PreparedTask['network']>;
  readonly #parts: DockerTaskParts;
  readonly #pause: PauseContainer | undefined;
  readonly #volumes: TaskVolumes;

  private constructor(
    parts: DockerTaskParts,
    containers: ReadonlyMap<string, Container>,
    pause: PauseContainer | undefined,
    volumes: TaskVolumes,
  ) {
    this.#parts = parts;
    this.containers = containers;
    this.#pause = pause;
    this.#volumes = volumes;
    if (pause?.address !== undefined) this.network = networkOf(pause.address);
  }

  static async open(
    parts: DockerTaskParts,
    id: string,
    containers: ReadonlyMap<string, Container>,
    pause: PauseContainer | undefined,
  ): Promise<AdoptedDockerTask> {
    const { docker } = parts.engine;
    const label = [`${HOST_LABEL}=${parts.hostId}`, `${TASK_LABEL}=${id}`];
    const { Volumes } = await docker.listVolumes({ filters: JSON.stringify({ label }) });
    const own = Volumes.map(({ Name }) => Name);
    // Mode bridge has none of the task's own, and its containers' go with them.
    await parts.network.acquire();
    return new AdoptedDockerTask(parts, containers, pause, new TaskVolumes(docker, new Map(), own));
  }

  start(): Promise<Container> {
    return Promise.reject(new StartError('CannotStartContainerError: the agent was restarted while the task started'));
  }

  async release(): Promise<void> {
    const { log, network } = this.#parts;
    await this.#pause?.remove(log);
    await this.#volumes.remove(log);
    await network.release();
  }
}
