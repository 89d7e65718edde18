import type { AdoptedTask, PreparedTask, TaskSpec } from '../runtime.js';
import type { DockerContainer } from './docker-container.js';
import { DockerTask, type DockerTaskParts, type FoundHoldings } from './docker-task.js';

/** A task of an agent before this one, as it was found with the daemon. */
export class AdoptedDockerTask implements AdoptedTask {
  readonly containers: ReadonlyMap<string, DockerContainer>;
  readonly #parts: DockerTaskParts;
  readonly #found: FoundHoldings;

  constructor(
    parts: DockerTaskParts,
    containers: ReadonlyMap<string, DockerContainer>,
    found: Omit<FoundHoldings, 'removed'>,
  ) {
    this.#parts = parts;
    this.containers = containers;
    this.#found = { ...found, removed: [...containers.values()].map(({ removed }) => removed) };
  }

  resume(task: TaskSpec): Promise<PreparedTask> {
    return DockerTask.resume(task, this.#parts, this.#found);
  }
}
