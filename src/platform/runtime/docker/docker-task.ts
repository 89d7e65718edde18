import { StartError, type Container, type ContainerSpec, type PreparedTask, type TaskSpec } from '../runtime.js';
import { lone, type ContainerStand } from './container-config.js';
import { DockerContainer, type DockerContainerParts } from './docker-container.js';
import { ensureImage } from './image.js';
import { PauseContainer } from './pause-container.js';
import type { TaskLimits } from './task-limits.js';
import type { TaskNetwork } from './task-network.js';
import { TaskVolumes } from './task-volumes.js';

export interface DockerTaskParts extends DockerContainerParts {
  readonly network: TaskNetwork;
  readonly limits: TaskLimits;
}

/** What of a task is with the daemon. */
export interface TaskHoldings {
  readonly volumes: TaskVolumes;
  /** Holds the task's network, processes and memory, where they are shared. */
  readonly pause: PauseContainer | undefined;
  /** The bridge of this host's tasks, where this one is on it. */
  readonly networkId: string | undefined;
  readonly cgroupParent: string | undefined;
  /** It was there once; without it a container would share with the host what it shared with its task. */
  readonly pauseLost?: boolean;
}

/** What was found of a task that an agent before this one has prepared. */
export interface FoundHoldings {
  readonly pause: PauseContainer | undefined;
  /** Its containers have joined the network of another container. */
  readonly joined: boolean;
  /** When its containers are gone, one by one. */
  readonly removed: readonly Promise<void>[];
}

function usesNetwork({ networkMode }: TaskSpec): boolean {
  return networkMode === 'awsvpc' || networkMode === 'bridge';
}

/** As the task reports it. */
function networkOf(address: NonNullable<PauseContainer['address']>): NonNullable<PreparedTask['network']> {
  return { privateIpv4Address: address.ipv4, ...(address.mac !== undefined && { macAddress: address.mac }) };
}

/** A task in Docker: a pause container holds what its containers share; in mode bridge, one for each holds its network. */
export class DockerTask implements PreparedTask {
  readonly network?: NonNullable<PreparedTask['network']>;
  readonly #spec: TaskSpec;
  readonly #parts: DockerTaskParts;
  readonly #held: TaskHoldings;
  /** Of each container, until it is gone. */
  readonly #started: Set<Promise<void>>;

  private constructor(
    spec: TaskSpec,
    parts: DockerTaskParts,
    held: TaskHoldings,
    started: readonly Promise<void>[] = [],
  ) {
    this.#spec = spec;
    this.#parts = parts;
    this.#held = held;
    this.#started = new Set(started);
    const address = spec.networkMode === 'awsvpc' ? held.pause?.address : undefined;
    if (address !== undefined) this.network = networkOf(address);
  }

  /** Rejects with `StartError`; then nothing is left. */
  static async prepare(spec: TaskSpec, parts: DockerTaskParts): Promise<DockerTask> {
    const { engine, hostId, log, network, limits } = parts;
    const { docker } = engine;
    const volumes = await TaskVolumes.make(docker, { id: spec.id, hostId, volumes: spec.volumes }, log);
    const networked = usesNetwork(spec);
    const networkId = networked ? await network.acquire() : undefined;
    const cgroupParent = await limits.make(spec);
    try {
      const own = spec.networkMode === 'awsvpc' ? networkId : undefined;
      const shares = own !== undefined || spec.pidMode === 'task' || spec.ipcMode === 'task';
      const pause = shares
        ? await PauseContainer.start(docker, parts.pause, {
            hostId,
            taskId: spec.id,
            networkMode: own ?? (spec.networkMode === 'host' ? 'host' : 'none'),
            ...(spec.hostname !== undefined && { hostname: spec.hostname }),
            forwards: own === undefined ? [] : await spec.forwards(),
            ...(cgroupParent !== undefined && { cgroupParent }),
          })
        : undefined;
      return new DockerTask(spec, parts, { volumes, pause, networkId, cgroupParent });
    } catch (error) {
      if (networked) await network.release();
      if (cgroupParent !== undefined) await limits.remove(spec.id);
      await volumes.remove(log);
      throw error;
    }
  }

  /** Goes on with what is there of a task that was prepared before. Never rejects. */
  static async resume(spec: TaskSpec, parts: DockerTaskParts, found: FoundHoldings): Promise<DockerTask> {
    const { engine, hostId, network, limits } = parts;
    const { pause, joined, removed } = found;
    const shared = (spec.networkMode === 'awsvpc' && joined) || spec.pidMode === 'task' || spec.ipcMode === 'task';
    const pauseLost = shared && pause === undefined;
    const volumes = TaskVolumes.made(engine.docker, { id: spec.id, hostId, volumes: spec.volumes });
    const networkId = usesNetwork(spec) ? await network.acquire() : undefined;
    // The same group as before, where there was one.
    const cgroupParent = await limits.make(spec);
    return new DockerTask(spec, parts, { volumes, pause, networkId, cgroupParent, pauseLost }, removed);
  }

  async start(spec: ContainerSpec, unwanted?: AbortSignal): Promise<Container> {
    if (this.#held.pauseLost === true) {
      throw new StartError('CannotStartContainerError: the container that held what the task shares has been removed');
    }
    const { engine, hostId, configDirectory, log } = this.#parts;
    const { cgroupParent } = this.#held;
    const digest = await ensureImage(engine.docker, spec.image, { configDirectory, log, unwanted });
    // Each container of mode bridge has a network of its own, with ports and ways.
    const own =
      this.#spec.networkMode === 'bridge'
        ? await PauseContainer.start(engine.docker, this.#parts.pause, {
            hostId,
            taskId: this.#spec.id,
            of: spec.id,
            networkMode: this.#held.networkId ?? 'bridge',
            hostname: spec.hostname,
            forwards: await this.#spec.forwards(),
            ...(spec.settings !== undefined && { settings: spec.settings }),
            ...(cgroupParent !== undefined && { cgroupParent }),
          })
        : undefined;
    try {
      const container = await DockerContainer.start(this.#parts, spec, digest, this.#stand(spec, own));
      this.#started.add(container.removed);
      return container;
    } catch (error) {
      await own?.remove(log);
      throw error;
    }
  }

  async release(): Promise<void> {
    const { log, network, limits } = this.#parts;
    // What has ended may not be gone yet, and would keep volumes and network.
    await Promise.all(this.#started);
    await this.#held.pause?.remove(log);
    await this.#held.volumes.remove(log);
    if (usesNetwork(this.#spec)) await network.release();
    if (this.#held.cgroupParent !== undefined) await limits.remove(this.#spec.id);
  }

  #stand(spec: ContainerSpec, own: PauseContainer | undefined): ContainerStand {
    const { id, networkMode, pidMode, ipcMode } = this.#spec;
    const { pause, volumes, cgroupParent } = this.#held;
    const shared = pause && `container:${pause.id}`;
    // Also one that does not run any more: the daemon then says why the container cannot be started.
    const pausesNetwork = networkMode === 'awsvpc' && pause?.hasNetwork === true ? shared : undefined;
    return {
      ...lone(spec),
      taskId: id,
      networkMode:
        own === undefined ? (pausesNetwork ?? (networkMode === 'none' ? 'none' : 'host')) : `container:${own.id}`,
      ...(pidMode !== undefined && { pidMode: pidMode === 'task' && shared !== undefined ? shared : 'host' }),
      ...(ipcMode !== undefined && { ipcMode: ipcMode === 'task' && shared !== undefined ? shared : ipcMode }),
      binds: volumes.binds(spec.settings?.mounts ?? []),
      ...(own !== undefined && { pause: own }),
      ...(cgroupParent !== undefined && { cgroupParent }),
    };
  }
}
