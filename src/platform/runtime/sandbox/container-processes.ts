import { readlinkSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import process from 'node:process';

/**
 * The processes in the PID namespace of one, whose directory in /proc is open as `directory`; those that entered the
 * container among them. A container can make no namespaces inside its own, so these are all. Undefined when some
 * cannot be looked at that might be the container's.
 */
export async function processesBeside(directory: number): Promise<readonly number[] | undefined> {
  // At once: a descriptor that is closed meanwhile may be another container's next.
  const namespace = readlinkSync(`/proc/self/fd/${directory}/ns/pid`);
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // Undefined: gone by now, or hidden.
    const theirs = await readlink(`/proc/${name}/ns/pid`).catch(() => undefined);
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
