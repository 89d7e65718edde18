import { join } from 'node:path';
import type { TaskPayload } from '../../core/protocol/agent-service.js';
import {
  StartError,
  type AdoptedTask,
  type Container,
  type ContainerSpec,
  type ForwardSpec,
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
  /** The task has got a network of its own. */
  readonly network: () => void;
}

/** What a runtime has found of a task of an earlier agent. */
export interface FoundTask {
  readonly runtime: Runtime;
  readonly task: AdoptedTask;
}

/**
 * Where a task's containers run: what they share is made ready in the runtime that takes their images. Containers of
 * two runtimes can share nothing but the host's network.
 */
export class TaskPlace {
  readonly #options: TaskPlaceOptions;
  readonly #prepared = new Map<Runtime, Promise<PreparedTask>>();
  readonly #found = new Map<string, Container>();
  readonly #ways: TaskWays | undefined;
  #network: PreparedTask['network'];

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

  /** Undefined: it has none of its own. */
  get network(): PreparedTask['network'] {
    return this.#network;
  }

  /** Whether all that was made for it goes on without this agent. */
  get outlives(): boolean {
    return this.#prepared.size > 0 && [...this.#prepared.keys()].every(({ outlivesAgent }) => outlivesAgent === true);
  }

  /** Takes on what is left of a task of an earlier agent. */
  async adopt(found: readonly FoundTask[]): Promise<void> {
    const { log, task } = this.#options;
    for (const { runtime, task: adopted } of found) {
      for (const [id, container] of adopted.containers) this.#found.set(id, container);
      const prepared = adopted.resume(this.#spec);
      this.#prepared.set(runtime, prepared);
      this.#network ??= (await prepared).network;
    }
    if (found.length === 0 || this.#networkMode === 'host') return;
    await this.#ways?.open().catch((error: unknown) => {
      log.warn({ task: task.arn, cause: causeOf(error) }, 'an adopted task has no way to this host');
    });
  }

  /** A container that was left of an earlier agent; each is given out once. */
  take(runtimeId: string | undefined): Container | undefined {
    const container = runtimeId === undefined ? undefined : this.#found.get(runtimeId);
    if (runtimeId !== undefined) this.#found.delete(runtimeId);
    return container;
  }

  /** Removes what was found and nobody has taken. */
  async removeRest(): Promise<void> {
    const { log } = this.#options;
    for (const [id, container] of this.#found) {
      await container.stop(0).catch((error: unknown) => {
        log.warn({ container: id, cause: causeOf(error) }, 'a container that nobody knows is not removed');
      });
    }
    this.#found.clear();
  }

  /** Ends what this agent does for it, and leaves what was made. */
  async leave(): Promise<void> {
    await this.#ways?.leave();
  }

  /** Starts a container in the runtime for its image. Rejects with {@link StartError}; see {@link PreparedTask.start}. */
  async start(
    image: string,
    spec: (runtime: Runtime['name']) => ContainerSpec,
    unwanted?: AbortSignal,
  ): Promise<Container> {
    const runtime = await chooseRuntime(this.#options.runtimes, image);
    const prepared = this.#prepared.get(runtime) ?? this.#prepare(runtime);
    this.#prepared.set(runtime, prepared);
    return (await prepared).start(spec(runtime.name), unwanted);
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

  get #networkMode(): TaskSpec['networkMode'] {
    return networkModeOf(this.#options.task);
  }

  get #spec(): TaskSpec {
    const forwards = async (): Promise<readonly ForwardSpec[]> => (await this.#ways?.open()) ?? [];
    return { ...taskSpec(this.#options.task), forwards };
  }

  async #prepare(runtime: Runtime): Promise<PreparedTask> {
    const { task } = this.#options;
    const shared = sharedParts(task);
    const [other] = this.#prepared.keys();
    if (other !== undefined && shared.length > 0) {
      throw new StartError(
        `CannotStartContainerError: containers of ${other.name} and of ${runtime.name} cannot share ${shared.join(', ')}: give all containers of the task images of one kind`,
      );
    }
    const prepared = await runtime.prepare(this.#spec);
    if (prepared.network !== undefined) {
      this.#network ??= prepared.network;
      this.#options.network();
    }
    return prepared;
  }
}

function networkModeOf({ networkMode, metadata }: TaskPayload): TaskSpec['networkMode'] {
  return networkMode ?? (metadata?.privateIpv4Address === undefined ? 'host' : 'awsvpc');
}

function taskSpec(task: TaskPayload): Omit<TaskSpec, 'forwards'> {
  const { metadata, pidMode, ipcMode } = task;
  const { hostname } = task.containers.find((container) => container.hostname !== undefined) ?? {};
  return {
    id: taskIdOf(task.arn),
    ...(hostname !== undefined && { hostname }),
    networkMode: networkModeOf(task),
    ...(pidMode !== undefined && { pidMode }),
    ...(ipcMode !== undefined && { ipcMode }),
    ...(metadata?.cpu !== undefined && { cpu: metadata.cpu }),
    ...(metadata?.memory !== undefined && { memory: metadata.memory }),
    volumes: volumeSpecs(task),
  };
}

/** What its containers have in common that two runtimes cannot give them. */
function sharedParts(task: TaskPayload): readonly string[] {
  const { pidMode, ipcMode, volumes = [] } = task;
  const networkMode = networkModeOf(task);
  return [
    (networkMode === 'awsvpc' || networkMode === 'bridge') && `the network of mode ${networkMode}`,
    pidMode === 'task' && 'pidMode task',
    ipcMode === 'task' && 'ipcMode task',
    volumes.some(({ host }) => (host?.sourcePath ?? '') === '') && 'volumes',
  ].filter((part) => part !== false);
}
