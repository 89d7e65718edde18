import { readlinkSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * The processes in a namespace of one, whose directory in /proc is open as `directory`; those that entered the
 * container among them. A container can make no namespaces inside its own, so these are all: by `pid`, where it has
 * one of its own, else by `mnt`. Undefined when some cannot be looked at that might be the container's.
 */
export async function processesBeside(
  directory: number,
  kind: 'pid' | 'mnt' = 'pid',
): Promise<readonly number[] | undefined> {
  // At once: a descriptor that is closed meanwhile may be another container's next.
  const namespace = readlinkSync(`/proc/self/fd/${directory}/ns/${kind}`);
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // Undefined: gone by now, or hidden.
    const theirs = await readlink(`/proc/${name}/ns/${kind}`).catch(() => undefined);
    if (theirs === namespace) found.push(Number(name));
    else if (theirs === undefined && (await mayBeOurs(name))) return undefined;
  }
  return found;
}

/**
 * Rootless, what is hidden is another user's, for a container's users are all ours. To root without CAP_SYS_PTRACE the
 * other users of a container are hidden; what has a number in one PID namespace only (proc_pid_status(5)) is in none.
 */
async function mayBeOurs(pid: string): Promise<boolean> {
  if (process.geteuid?.() !== 0) return false;
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  return /^NSpid:\t\d+\t/m.test(status);
}

/** How long {@link killInhabitants} waits for killed processes to be gone, in milliseconds. */
const KILL_TIMEOUT_MS = 5_000;

/**
 * Kills what is in a container whose PID namespace is not its own, toolboxes that were joined to it included. Each
 * shows among its mounts the container's files, which lie in a directory of that name. Rejects when one does not end.
 */
export async function killInhabitants(id: string): Promise<void> {
  const deadline = Date.now() + KILL_TIMEOUT_MS;
  for (;;) {
    const found = await inhabitants(id);
    if (found.length === 0) return;
    if (Date.now() > deadline) throw new Error(`processes of container ${id} do not end: ${found.join(', ')}`);
    for (const pid of found) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone by now.
      }
    }
    await delay(5);
  }
}

async function inhabitants(id: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const mounts = await readFile(`/proc/${pid}/mountinfo`, 'latin1').catch(() => '');
      return mounts.includes(`/${id}/`) && !(await isZombie(pid));
    }),
  );
  return pids.filter((pid, i) => found[i] === true && pid !== process.pid);
}

/** One that nobody has waited for yet has no mounts any more; this is for the instant before. */
async function isZombie(pid: number): Promise<boolean> {
  return /^State:\s+[ZX]/m.test(await readFile(`/proc/${pid}/status`, 'latin1').catch(() => 'State:\tX'));
}
