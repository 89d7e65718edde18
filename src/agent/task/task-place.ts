import { join } from 'node:path';
import type { TaskPayload } from '../../core/protocol/agent-service.js';
import {
  StartError,
  type Container,
  type ContainerSpec,
  type PreparedTask,
  type Runtime,
  type TaskSpec,
} from '../../platform/runtime/runtime.js';
import { causeOf, type Log } from '../log.js';
import { TaskWays } from '../metadata/task-ways.js';
import type { TaskServing } from './given-environment.js';
import { chooseRuntime } from './choose-runtime.js';
import { taskIdOf } from './runtime-id.js';
import { volumeSpecs } from './task-volumes.js';

export interface TaskPlaceOptions {
  readonly task: TaskPayload;
  readonly runtimes: readonly Runtime[];
  readonly log: Log;
  /** Absent: there are no ways from a network of the task's own to this host. */
  readonly serving?: TaskServing;
  /** The task has a network of its own. */
  readonly network: (network: NonNullable<PreparedTask['network']>) => void;
}

/**
 * Where a task's containers run: what they share is made ready in the runtime that takes their images. Containers of
 * two runtimes can share nothing but the host's network.
 */
export class TaskPlace {
  readonly #options: TaskPlaceOptions;
  readonly #prepared = new Map<Runtime, Promise<PreparedTask>>();

  readonly #ways: TaskWays | undefined;

  constructor(options: TaskPlaceOptions) {
    this.#options = options;
    const { task, serving } = options;
    this.#ways =
      serving &&
      new TaskWays({
        taskArn: task.arn,
        directory: join(serving.waysDirectory, taskIdOf(task.arn)),
        endpoint: serving.endpoint,
        ...(serving.endpointUrl !== undefined && { endpointUrl: serving.endpointUrl }),
      });
  }

  /** Starts a container in the runtime for its image. Rejects with {@link StartError}. */
  async start(image: string, spec: (runtime: Runtime['name']) => ContainerSpec): Promise<Container> {
    const runtime = await chooseRuntime(this.#options.runtimes, image);
    const prepared = this.#prepared.get(runtime) ?? this.#prepare(runtime);
    this.#prepared.set(runtime, prepared);
    return (await prepared).start(spec(runtime.name));
  }

  /** When all containers have ended. */
  async release(): Promise<void> {
    const { log, task } = this.#options;
    for (const prepared of this.#prepared.values()) {
      await prepared
        .then((place) => place.release())
        .catch((error: unknown) =>
          log.debug({ task: task.arn, cause: causeOf(error) }, 'there was nothing to release'),
        );
    }
    this.#prepared.clear();
    await this.#ways?.close();
  }

  async #prepare(runtime: Runtime): Promise<PreparedTask> {
    const { task, network } = this.#options;
    const shared = sharedParts(task);
    const [other] = this.#prepared.keys();
    if (other !== undefined && shared.length > 0) {
      throw new StartError(
        `CannotStartContainerError: containers of ${other.name} and of ${runtime.name} cannot share ${shared.join(', ')}: give all containers of the task images of one kind`,
      );
    }
    const spec = taskSpec(task);
    const prepared = await runtime.prepare({
      ...spec,
      forwards: spec.networkMode === 'host' ? [] : ((await this.#ways?.open()) ?? []),
    });
    if (prepared.network !== undefined) network(prepared.network);
    return prepared;
  }
}

function taskSpec(task: TaskPayload): Omit<TaskSpec, 'forwards'> {
  const { metadata, pidMode, ipcMode } = task;
  return {
    id: taskIdOf(task.arn),
    networkMode: task.networkMode ?? (metadata?.privateIpv4Address === undefined ? 'host' : 'awsvpc'),
    ...(pidMode !== undefined && { pidMode }),
    ...(ipcMode !== undefined && { ipcMode }),
    ...(metadata?.cpu !== undefined && { cpu: metadata.cpu }),
    ...(metadata?.memory !== undefined && { memory: metadata.memory }),
    volumes: volumeSpecs(task),
  };
}

/** What its containers have in common that two runtimes cannot give them. */
function sharedParts({ pidMode, ipcMode, volumes = [] }: TaskPayload): readonly string[] {
  return [
    pidMode === 'task' && 'pidMode task',
    ipcMode === 'task' && 'ipcMode task',
    volumes.some(({ host }) => (host?.sourcePath ?? '') === '') && 'volumes',
  ].filter((part) => part !== false);
}
