import { readdir, readFile } from 'node:fs/promises';
import type { ProcessUsage } from '../runtime.js';

/** Of the times in /proc/PID/stat; the same on all machines Linux runs on here, whatever its own clock has. */
const TICKS_PER_SECOND = 100;

export interface ProcessTimes {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** Its own time and that of the children it has waited for. */
  readonly cpuSeconds: number;
}

/**
 * What an entered process uses, with all that descends from it: its children, and those that are in its session after
 * their parents have ended. A daemon that has left both is nobody's any more. Nothing is looked at unless asked for.
 */
export class UsageMeter {
  readonly #processes: ProcessTable;
  #pid: number | undefined;
  #cpuSeconds = 0;
  #peakMemoryBytes = 0;
  #ended = false;

  constructor(processes: ProcessTable) {
    this.#processes = processes;
  }

  begin(pid: number): void {
    this.#pid = pid;
  }

  /** The kernel's account at the end; nothing when the process was killed together with who waited for it. */
  end(account?: { readonly cpuMilliseconds: number; readonly peakKilobytes: number }): void {
    this.#ended = true;
    if (account !== undefined) this.#note(account.cpuMilliseconds / 1000, account.peakKilobytes * 1024);
  }

  async read(): Promise<ProcessUsage | undefined> {
    if (this.#pid === undefined) return undefined;
    let memoryBytes = 0;
    if (!this.#ended) {
      const family = familyOf(this.#pid, await this.#processes.read());
      for (const { resident, peak } of await Promise.all(family.map(({ pid }) => memoryOf(pid)))) {
        memoryBytes += resident;
        this.#note(0, peak);
      }
      this.#note(
        family.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
        memoryBytes,
      );
    }
    return { cpuSeconds: this.#cpuSeconds, memoryBytes, peakMemoryBytes: this.#peakMemoryBytes };
  }

  /** What has ended without being waited for is not seen again: what was used is not less for that. */
  #note(cpuSeconds: number, memoryBytes: number): void {
    this.#cpuSeconds = Math.max(this.#cpuSeconds, cpuSeconds);
    this.#peakMemoryBytes = Math.max(this.#peakMemoryBytes, memoryBytes);
  }
}

function familyOf(pid: number, all: readonly ProcessTimes[]): ProcessTimes[] {
  const found = new Map(all.filter((one) => one.pid === pid || one.session === pid).map((one) => [one.pid, one]));
  for (let before = -1; before < found.size;) {
    before = found.size;
    for (const one of all) if (found.has(one.parent)) found.set(one.pid, one);
  }
  return [...found.values()];
}

/** All processes of the machine; who asks while that is looked up gets the same answer. */
export class ProcessTable {
  #reading: Promise<ProcessTimes[]> | undefined;

  read(): Promise<ProcessTimes[]> {
    this.#reading ??= readProcessTimes().finally(() => (this.#reading = undefined));
    return this.#reading;
  }
}

async function readProcessTimes(): Promise<ProcessTimes[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => parseTimes(Number(pid), await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => ''))),
  );
  return found.filter((one) => one !== undefined);
}

function parseTimes(pid: number, stat: string): ProcessTimes | undefined {
  // The second field is the program's name in parentheses, and may hold anything, parentheses too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Fields 4 and 6 of proc_pid_stat(5); 14 to 17 are utime, stime, cutime, cstime.
  const [parent, session] = [Number(fields[1]), Number(fields[3])];
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  if (fields.length < 15 || Number.isNaN(ticks)) return undefined;
  return { pid, parent, session, cpuSeconds: ticks / TICKS_PER_SECOND };
}

async function memoryOf(pid: number): Promise<{ readonly resident: number; readonly peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return { resident: bytes('VmRSS'), peak: bytes('VmHWM') };
}
