import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import process from 'node:process';
import { isRunning, processIdentity, type ProcessIdentity } from '../sandbox/process-identity.js';
import type { EnteredProcess } from '../runtime.js';

export type SignalName = Parameters<EnteredProcess['signal']>[0];

/**
 * A process of a container as this machine shows it. There is none where the daemon's processes are not to be seen: it
 * is on another machine, or in another PID namespace.
 */
export class HostProcess {
  readonly #identity: ProcessIdentity;

  private constructor(identity: ProcessIdentity) {
    this.#identity = identity;
  }

  /** The process with the daemon's number `pid`; undefined when no such process of that container is to be seen. */
  static find(pid: number, containerId: string): HostProcess | undefined {
    const identity = processIdentity(pid);
    // The number may be another's here: the control group names the container.
    if (identity === undefined || !read(`/proc/${pid}/cgroup`).includes(containerId)) return undefined;
    return new HostProcess(identity);
  }

  get running(): boolean {
    return isRunning(this.#identity);
  }

  /** Its number in the container: the last of its PID namespaces. */
  get innerPid(): number | undefined {
    const found = /^NSpid:.*\t(\d+)$/m.exec(read(`/proc/${this.#identity.pid}/status`))?.[1];
    return found === undefined ? undefined : Number(found);
  }

  /** Its group, and with `SIGHUP` the terminal's foreground group, as when the line drops. False: not permitted. */
  signalGroup(name: SignalName): boolean {
    const { pid } = this.#identity;
    if (!this.running) return true;
    const groups = new Set([pid]);
    if (name === 'SIGHUP') groups.add(foregroundGroup(pid) ?? pid);
    return [...groups].every((group) => send(-group, name));
  }

  signal(name: SignalName): boolean {
    return !this.running || send(this.#identity.pid, name);
  }
}

/** Field 8 of proc_pid_stat(5); its numbers are those of this machine. */
function foregroundGroup(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  const group = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[5]);
  return group > 1 ? group : undefined;
}

function send(pid: number, name: SignalName): boolean {
  try {
    process.kill(pid, constants.signals[name]);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
