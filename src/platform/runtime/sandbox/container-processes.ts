import { readlinkSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';

/**
 * The processes in the PID namespace of one, whose directory in /proc is open as `directory`; those that entered the
 * container among them. A container can make no namespaces inside its own, so these are all.
 */
export async function processesBeside(directory: number): Promise<readonly number[]> {
  // At once: a descriptor that is closed meanwhile may be another container's next.
  const namespace = readlinkSync(`/proc/self/fd/${directory}/ns/pid`);
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // Processes of others cannot be looked at, and some are gone by now.
    const theirs = await readlink(`/proc/${name}/ns/pid`).catch(() => undefined);
    if (theirs === namespace) found.push(Number(name));
  }
  return found;
}
