import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { killInhabitants } from './container-processes.js';
import { bootId, isRunning, processIdentity, type ProcessIdentity } from './process-identity.js';

/** Runtime ids: 32 hex + `-` + digits. Nothing else in the state directory is ever touched. */
export const CONTAINER_ID = /^[0-9a-f]{32}-[0-9]{1,10}$/;

/** The 32 hex digits of a task's id: the directory of what its containers share. */
export const TASK_ID = /^[0-9a-f]{32}$/;
/** Of volumes that outlive tasks; never removed. */
const SHARED_VOLUMES = 'volumes';

/** How long {@link ContainerDirectories.recover} waits for a killed process to be gone. */
const KILL_TIMEOUT_MS = 5_000;

interface ContainerState {
  readonly bootId: string;
  readonly processes: readonly ProcessIdentity[];
}

const run = promisify(execFile);

/** `<state directory>/<container id>/`: the container's layers, its files of /etc, and `state.json`. */
export class ContainerDirectories {
  readonly root: string;
  readonly #program: string;

  /** `program` removes directories: in a process of its own, however large they are. */
  constructor(root: string, program: string) {
    this.root = root;
    this.#program = program;
  }

  /** Rejects with EEXIST when the id is taken. */
  async create(id: string): Promise<string> {
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    // The layers hold set-user-id programs as the container made them: nobody else may get there.
    await chmod(this.root, 0o700);
    const directory = join(this.root, id);
    await mkdir(directory, { mode: 0o700 });
    await mkdir(join(directory, 'files'), { mode: 0o755 });
    return directory;
  }

  /** Of a task: its volumes and the mount point of its shared memory. Rejects with EEXIST when the id is taken. */
  async createTask(id: string): Promise<{ readonly volumes: string; readonly sharedMemory: string }> {
    const directory = await this.create(id);
    const [volumes, sharedMemory] = [join(directory, 'volumes'), join(directory, 'shm')];
    await mkdir(volumes, { mode: 0o755 });
    await mkdir(sharedMemory, { mode: 0o755 });
    return { volumes, sharedMemory: await realpath(sharedMemory) };
  }

  get sharedVolumes(): string {
    return join(this.root, SHARED_VOLUMES);
  }

  /** Notes whom to look for should this process be killed. */
  writeState(id: string, pids: readonly number[]): void {
    const processes = pids.map(processIdentity).filter((identity) => identity !== undefined);
    const state: ContainerState = { bootId: bootId(), processes };
    writeFileSync(join(this.root, id, 'state.json'), JSON.stringify(state), { mode: 0o600 });
  }

  /** Rejects with the path that could not be removed, and why. */
  async remove(id: string): Promise<void> {
    try {
      await run(this.#program, ['remove', this.root, id], { env: {} });
    } catch (error) {
      const said = (error as { stdout?: string }).stdout?.trim();
      throw new Error(`${join(this.root, id)} was not removed: ${said ?? (error as Error).message}`, { cause: error });
    }
  }

  /** The containers and, after them, the tasks that have a directory here. */
  async list(): Promise<string[]> {
    try {
      const entries = await readdir(this.root, { withFileTypes: true });
      const names = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
      return [CONTAINER_ID, TASK_ID].flatMap((shape) => names.filter((name) => shape.test(name)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  /** Ends what a dead Gangway has left running of a container, and removes its directory. */
  async recover(id: string): Promise<void> {
    const processes = await this.#holders(id);
    const deadline = Date.now() + KILL_TIMEOUT_MS;
    for (const identity of processes) {
      // They die with their parent; this is for the instant that takes, and for whatever prevented it.
      while (isRunning(identity)) {
        if (Date.now() > deadline) throw new Error(`process ${identity.pid} of container ${id} does not end`);
        kill(identity.pid);
        await delay(10);
      }
    }
    await killInhabitants(id);
    await this.remove(id);
  }

  /** Whom `state.json` names, if that was written since the machine was started. */
  async #holders(id: string): Promise<ProcessIdentity[]> {
    try {
      const state: unknown = JSON.parse(await readFile(join(this.root, id, 'state.json'), 'utf8'));
      return isState(state) && state.bootId === bootId() ? state.processes.filter(isIdentity) : [];
    } catch {
      // Killed before it was written: then the container had run nothing yet.
      return [];
    }
  }
}

function isState(value: unknown): value is { bootId: string; processes: unknown[] } {
  const state = value as ContainerState | null;
  return typeof state === 'object' && Array.isArray(state?.processes);
}

/** Anything else would have us kill by another number: 0 and below are groups. */
function isIdentity(value: unknown): value is ProcessIdentity {
  const identity = value as ProcessIdentity | null;
  return Number.isSafeInteger(identity?.pid) && Number(identity?.pid) > 1 && typeof identity?.startTime === 'string';
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone, or not ours any more: isRunning tells.
  }
}
