import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { cgroupHierarchies } from '../sandbox/cgroup-hierarchy.js';
import { ControlGroups } from '../sandbox/control-groups.js';
import { groupsBelow, removeGroup } from '../sandbox/group-directory.js';
import { parseMountInfo } from '../sandbox/mount-info.js';
import type { TaskSpec } from '../runtime.js';
import { textOf } from './docker-failure.js';
import type { DockerHost } from './docker-host.js';
import type { DockerLog } from './docker-log.js';

const UNENFORCED = 'limits of CPU and memory are not enforced on tasks as a whole';
/** runc may still be removing the groups below. */
const REMOVE_ATTEMPTS = 50;
const REMOVE_AGAIN_MS = 20;

/**
 * Limits over all containers of a task, by a control group above theirs (Docker's CgroupParent). Only where the daemon is
 * on this machine, makes groups by the file system, and we may too; elsewhere the log names once why there are none.
 */
export class TaskLimits {
  readonly #docker: Docker;
  readonly #host: DockerHost;
  readonly #log: DockerLog;
  readonly #groups: ControlGroups;
  #driver: Promise<string> | undefined;
  #refused = false;

  constructor(docker: Docker, { host, hostId, log }: { host: DockerHost; hostId: string; log: DockerLog }) {
    this.#docker = docker;
    this.#host = host;
    this.#log = log;
    // The daemon counts from the top in each hierarchy, wherever we are ourselves.
    const atTop = cgroupHierarchies().map((hierarchy) => ({
      ...hierarchy,
      parents: hierarchy.version === 1 ? hierarchy.parents.slice(-1) : hierarchy.parents.slice(0, 1),
    }));
    this.#groups = new ControlGroups(`docker ${hostId}`, { warn: ({ cause }) => this.#refuse(String(cause)) }, atTop);
  }

  /** The group above those of the task's containers, in the daemon's words; undefined: none is needed, or can be had. */
  async make({ id, cpu, memory }: TaskSpec): Promise<string | undefined> {
    if (cpu === undefined && memory === undefined) return undefined;
    const refusal = await this.#refusal();
    if (refusal !== undefined) {
      this.#refuse(refusal);
      return undefined;
    }
    const limits = {
      ...(cpu !== undefined && { cpuShares: cpu, cpuQuota: cpu }),
      ...(memory !== undefined && { memoryMiB: memory }),
    };
    const made = this.#groups.create(id, limits, { inner: true });
    return made === undefined ? undefined : `/${this.#groups.name}/${id}`;
  }

  /** When no container of the task is left. Never rejects. */
  async remove(id: string): Promise<void> {
    for (const mounted of hierarchyRoots()) {
      const path = join(mounted, this.#groups.name, id);
      for (let attempt = 1; !removeGroup(path); attempt++) {
        if (attempt === REMOVE_ATTEMPTS) {
          this.#log.warn({ group: path }, 'control group not removed');
          break;
        }
        await sleep(REMOVE_AGAIN_MS);
      }
      // Others may be in it.
      removeGroup(join(mounted, this.#groups.name));
    }
  }

  /** Those of tasks that are not in `keep`. Never rejects. */
  async recover(keep: ReadonlyMap<string, unknown>): Promise<void> {
    const left = hierarchyRoots().flatMap((mounted) => groupsBelow(join(mounted, this.#groups.name)));
    for (const id of new Set(left)) if (!keep.has(id)) await this.remove(id);
  }

  async #refusal(): Promise<string | undefined> {
    if (!this.#host.startsWith('unix://')) return 'the daemon is on another machine';
    try {
      // A daemon that counts all it has for an answer is asked once.
      this.#driver ??= cgroupDriver(this.#docker);
      const driver = await this.#driver;
      if (driver === 'cgroupfs') return undefined;
      return `the daemon's cgroup driver is ${driver}: start it with native.cgroupdriver=cgroupfs`;
    } catch (error) {
      this.#driver = undefined;
      return textOf(error);
    }
  }

  #refuse(cause: string): void {
    if (this.#refused) return;
    this.#refused = true;
    this.#log.warn({ cause }, UNENFORCED);
  }
}

async function cgroupDriver(docker: Docker): Promise<string> {
  const { CgroupDriver = 'unknown' } = (await docker.info()) as { readonly CgroupDriver?: string };
  return CgroupDriver;
}

/** Of version 1 Docker makes a group in each hierarchy, not only in those that limit. */
function hierarchyRoots(): string[] {
  try {
    return parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8')).flatMap(({ type, mountPoint }) =>
      type === 'cgroup' || type === 'cgroup2' ? [mountPoint] : [],
    );
  } catch {
    return [];
  }
}
