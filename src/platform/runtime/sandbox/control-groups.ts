import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cgroupHierarchies, type CgroupHierarchy, type Controller } from './cgroup-hierarchy.js';
import { groupsBelow, removeGroup } from './group-directory.js';
import type { SandboxLog } from './sandbox-log.js';

/** What a group of processes may use; absent: as much as there is. */
export interface GroupLimits {
  /** CPU units: 1024 are one CPU. When CPUs are short, or at most. */
  readonly cpuShares?: number;
  readonly cpuQuota?: number;
  readonly memoryMiB?: number;
  readonly memoryReservationMiB?: number;
}

const UNENFORCED = 'limits of CPU and memory are not enforced on containers';

export interface GroupPlace {
  readonly parent?: ControlGroup | undefined;
  readonly inner?: boolean;
}

/** Between two quotas, in microseconds: the kernel's own default. */
const PERIOD_US = 100_000;
const MIN_QUOTA_US = 1_000;
const MIN_SHARES = 2;
const MAX_SHARES = 262_144;
/** How long a group whose processes have ended may stay busy. */
const REMOVE_ATTEMPTS = 100;

/**
 * The control groups of this host's containers, version 1 or 2, below groups named after the state directory. Where
 * they are not permitted (rootless, a read-only cgroup file system) containers run without, and the log says so once.
 */
export class ControlGroups {
  /** Of the group that all others are in. */
  readonly name: string;
  readonly #log: SandboxLog;
  readonly #hierarchies: readonly CgroupHierarchy[];
  readonly #said = new Set<string>();

  constructor(stateDirectory: string, log: SandboxLog, hierarchies: readonly CgroupHierarchy[] = cgroupHierarchies()) {
    this.name = `gangway-${createHash('sha256').update(stateDirectory).digest('hex').slice(0, 12)}`;
    this.#log = log;
    this.#hierarchies = hierarchies;
  }

  /** `inner`: it holds other groups instead of processes. Undefined when there is nothing to limit, or no way to. */
  create(id: string, limits: GroupLimits, { parent, inner = false }: GroupPlace = {}): ControlGroup | undefined {
    if (parent === undefined && Object.values(limits).every((limit) => limit === undefined)) return undefined;
    const directories = this.#hierarchies.flatMap((hierarchy) => this.#make(hierarchy, id, parent, inner));
    if (this.#hierarchies.length === 0) this.#unenforced('no cgroup file system is mounted');
    if (directories.length === 0) return undefined;
    const group = new ControlGroup(directories, this.#log, (cause) => this.#unenforced(cause));
    group.limit(limits);
    return group;
  }

  /** Removes what a process that died has left, with what still runs in there. */
  async recover(): Promise<void> {
    for (const { parents, version, controllers } of this.#hierarchies) {
      for (const parent of parents) {
        const top = join(parent, this.name);
        if (existsSync(top)) await removeTree({ path: top, version, controllers }, this.#log);
      }
    }
  }

  #make(hierarchy: CgroupHierarchy, id: string, parent: ControlGroup | undefined, inner: boolean): GroupDirectory[] {
    const { version, controllers } = hierarchy;
    if (parent !== undefined) {
      const above = parent.directories.find((directory) => directory.controllers === controllers);
      return above === undefined ? [] : [{ ...above, path: makeGroup(join(above.path, id), version, inner), top: '' }];
    }
    let refusal = '';
    for (const candidate of hierarchy.parents) {
      try {
        if (version === 2) enableControllers(candidate);
        const top = makeGroup(join(candidate, this.name), version, true);
        return [{ path: makeGroup(join(top, id), version, inner), version, controllers, top }];
      } catch (error) {
        refusal = (error as Error).message;
      }
    }
    this.#unenforced(refusal);
    return [];
  }

  #unenforced(cause: string): void {
    if (this.#said.has(cause)) return;
    this.#said.add(cause);
    this.#log.warn({ cause }, UNENFORCED);
  }
}

interface GroupDirectory {
  readonly path: string;
  readonly version: 1 | 2;
  readonly controllers: readonly Controller[];
  /** Ours above it, removed when it is the last one; empty: the task's, which is removed by itself. */
  readonly top?: string;
}

/** A group of processes: one directory of version 2, or one for each hierarchy of version 1. */
export class ControlGroup {
  readonly directories: readonly GroupDirectory[];
  readonly #log: SandboxLog;
  readonly #unenforced: (cause: string) => void;

  constructor(directories: readonly GroupDirectory[], log: SandboxLog, unenforced: (cause: string) => void) {
    this.directories = directories;
    this.#log = log;
    this.#unenforced = unenforced;
  }

  /** Where a process writes `0` to be in it. */
  get processFiles(): string[] {
    return this.directories.map(({ path }) => join(path, 'cgroup.procs'));
  }

  /** Before it has children: those are in it too. */
  add(pid: number): void {
    for (const file of this.processFiles) {
      try {
        writeFileSync(file, String(pid));
      } catch (error) {
        // As a user, of a group that is not below one of the user's own. Its limits do not hold then.
        this.#unenforced(`cgroup.procs: ${(error as NodeJS.ErrnoException).code ?? ''}`);
      }
    }
  }

  limit(limits: GroupLimits): void {
    for (const { path, version, controllers } of this.directories) {
      for (const [name, value] of limitFiles(limits, version, controllers)) {
        try {
          writeFileSync(join(path, name), value);
        } catch (error) {
          this.#unenforced(`${name}: ${(error as NodeJS.ErrnoException).code ?? ''}`);
        }
      }
    }
  }

  /** Whether the kernel has killed a process in it for want of memory. */
  get outOfMemory(): boolean {
    return this.directories.some(({ path, version }) => {
      const text = readText(join(path, version === 1 ? 'memory.oom_control' : 'memory.events'));
      return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0) > 0;
    });
  }

  /** Never rejects. */
  async remove(): Promise<void> {
    for (const directory of this.directories) {
      await removeTree(directory, this.#log);
      // Not empty: other containers are in it.
      if (directory.top) removeGroup(directory.top);
    }
  }
}

function limitFiles(limits: GroupLimits, version: 1 | 2, controllers: readonly Controller[]): [string, string][] {
  const { cpuShares, cpuQuota, memoryMiB, memoryReservationMiB } = limits;
  const files: [string, string][] = [];
  const add = (first: string, second: string, value: string): void =>
    void files.push([version === 1 ? first : second, value]);
  if (controllers.includes('cpu')) {
    if (cpuShares !== undefined) {
      const shares = Math.min(Math.max(Math.trunc(cpuShares), MIN_SHARES), MAX_SHARES);
      // As runc converts Docker's shares for version 2.
      const weight = 1 + Math.floor(((shares - MIN_SHARES) * 9999) / (MAX_SHARES - MIN_SHARES));
      add('cpu.shares', 'cpu.weight', String(version === 1 ? shares : weight));
    }
    if (cpuQuota !== undefined) {
      const quota = Math.max(Math.round((cpuQuota / 1024) * PERIOD_US), MIN_QUOTA_US);
      add('cpu.cfs_quota_us', 'cpu.max', version === 1 ? String(quota) : `${quota} ${PERIOD_US}`);
    }
  }
  if (controllers.includes('memory')) {
    if (memoryMiB !== undefined) add('memory.limit_in_bytes', 'memory.max', String(memoryMiB * 2 ** 20));
    if (memoryReservationMiB !== undefined) {
      add('memory.soft_limit_in_bytes', 'memory.low', String(memoryReservationMiB * 2 ** 20));
    }
  }
  return files;
}

function makeGroup(path: string, version: 1 | 2, inner: boolean): string {
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (version === 2 && inner) enableControllers(path);
  return path;
}

/** For the groups below: those there are. Throws when the group has processes, or has none to give. */
function enableControllers(path: string): void {
  const words = (name: string): string[] => readFileSync(join(path, name), 'utf8').trim().split(/\s+/);
  const given = words('cgroup.controllers').filter((name) => name === 'cpu' || name === 'memory');
  if (given.length === 0) throw new Error(`${path} has no controllers of CPU and memory`);
  const file = 'cgroup.subtree_control';
  const missing = given.filter((name) => !words(file).includes(name));
  if (missing.length > 0) writeFileSync(join(path, file), missing.map((name) => `+${name}`).join(' '));
}

async function removeTree(directory: GroupDirectory, log: SandboxLog): Promise<void> {
  const { path } = directory;
  for (const name of groupsBelow(path)) await removeTree({ ...directory, path: join(path, name) }, log);
  for (let attempt = 0; attempt < REMOVE_ATTEMPTS; attempt++) {
    for (const pid of readText(join(path, 'cgroup.procs')).split('\n')) kill(Number(pid));
    if (removeGroup(path)) return;
    await delay(10);
  }
  log.warn({ group: path }, 'control group not removed');
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  if (!(pid > 1)) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
