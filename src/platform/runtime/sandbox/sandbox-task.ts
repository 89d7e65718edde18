import { realpath } from 'node:fs/promises';
import type { Container, ContainerSpec, PreparedTask, TaskSpec } from '../runtime.js';
import { TASK_ID, type ContainerDirectories } from './container-directory.js';
import type { ControlGroup, ControlGroups } from './control-groups.js';
import type { SealedProgram } from './sealed-program.js';
import { startRefusal } from './start-refusal.js';
import { TaskNamespaces } from './task-namespaces.js';
import { TaskVolumes } from './task-volumes.js';

/** What a container has of its task, or, without one, has alone. */
export interface ContainerShare {
  /** Of `gangway-sandbox run`: which namespaces are the task's, which the host's. */
  readonly args: readonly string[];
  readonly descriptors: readonly number[];
  readonly sharesProcesses: boolean;
  readonly volumes: TaskVolumes;
  readonly group?: ControlGroup | undefined;
}

export interface SandboxTaskOptions {
  readonly program: SealedProgram;
  readonly directories: ContainerDirectories;
  readonly groups: ControlGroups;
  /** What no container may see. */
  readonly secret: readonly string[];
  readonly start: (spec: ContainerSpec, share: ContainerShare) => Promise<Container>;
  /** Removes the task's directory. Never rejects. */
  readonly remove: (id: string) => Promise<void>;
}

/** What the containers of a task share: namespaces, volumes, limits. Everything else each has alone. */
export class SandboxTask implements PreparedTask {
  readonly #id: string;
  readonly #options: SandboxTaskOptions;
  readonly #share: Omit<ContainerShare, 'descriptors'>;
  readonly #namespaces: TaskNamespaces | undefined;

  private constructor(
    id: string,
    options: SandboxTaskOptions,
    share: Omit<ContainerShare, 'descriptors'>,
    namespaces: TaskNamespaces | undefined,
  ) {
    this.#id = id;
    this.#options = options;
    this.#share = share;
    this.#namespaces = namespaces;
  }

  /** Rejects with {@link StartError}, naming what cannot be made; then nothing is left. */
  static async prepare(task: TaskSpec, options: SandboxTaskOptions): Promise<SandboxTask> {
    const { id, cpu, memory } = task;
    const { directories, groups, program, secret } = options;
    if (!TASK_ID.test(id)) throw startRefusal(`${JSON.stringify(id)} is not the id of a task`);
    const { volumes: own, sharedMemory } = await directories.createTask(id).catch((cause: unknown) => {
      throw startRefusal((cause as Error).message, cause);
    });
    let namespaces: TaskNamespaces | undefined;
    let group: ControlGroup | undefined;
    try {
      const volumes = await TaskVolumes.make({ shared: directories.sharedVolumes, own, secret }, task.volumes);
      const shared = namespaceArguments(task, sharedMemory);
      if (shared.held.length > 0) {
        const holding = (pids: readonly number[]): void => directories.writeState(id, pids);
        namespaces = await TaskNamespaces.open(program, shared.held, holding);
      }
      group = groups.create(id, { ...limit('cpuQuota', cpu), ...limit('memoryMiB', memory) }, { inner: true });
      const args = [...shared.args, ...(await hostMemory(task))];
      const share = { args, sharesProcesses: task.pidMode !== undefined, volumes, group };
      return new SandboxTask(id, options, share, namespaces);
    } catch (error) {
      await namespaces?.close();
      await group?.remove();
      await options.remove(id);
      throw error;
    }
  }

  async start(spec: ContainerSpec): Promise<Container> {
    const descriptors = this.#namespaces === undefined ? [] : [this.#namespaces.descriptor];
    return this.#options.start(spec, { ...this.#share, descriptors });
  }

  async release(): Promise<void> {
    await this.#namespaces?.close();
    await this.#share.group?.remove();
    await this.#options.remove(this.#id);
  }
}

/** `held`: what is made for the task; `args`: how each of its containers comes to it. */
function namespaceArguments(task: TaskSpec, sharedMemory: string): { held: string[]; args: string[] } {
  const { networkMode, pidMode, ipcMode } = task;
  const held: string[] = [];
  const args: string[] = [];
  const hold = (space: string): void => void (held.push('--space', space), args.push('--join', space));
  if (pidMode === 'host') args.push('--keep', 'pid');
  if (pidMode === 'task') hold('pid');
  if (ipcMode === 'host') args.push('--keep', 'ipc');
  if (ipcMode === 'task') {
    hold('ipc');
    held.push('--shm', sharedMemory, TASK_SHARED_MEMORY);
    args.push('--join', 'mnt', '--volume', 'rw', sharedMemory, '/dev/shm');
  }
  // Of the task's own, but leading nowhere: any other would cut the containers off, so they have the host's.
  if (networkMode === 'none') hold('net');
  return { held, args };
}

/** Of the tmpfs /dev/shm, as Docker has it. */
const TASK_SHARED_MEMORY = '65536k';

/** With the host's IPC namespace goes the host's shared memory, as with Docker. */
async function hostMemory({ ipcMode }: TaskSpec): Promise<string[]> {
  const path = ipcMode === 'host' ? await realpath('/dev/shm').catch(() => undefined) : undefined;
  return path === undefined ? [] : ['--volume', 'rw', path, '/dev/shm'];
}

function limit<N extends string>(name: N, value: number | undefined): { [K in N]?: number } {
  return value === undefined || value === 0 ? {} : ({ [name]: value } as { [K in N]?: number });
}
