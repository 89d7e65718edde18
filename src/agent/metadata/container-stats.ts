import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';

/** Of /proc/PID/stat on every Linux that runs Node: USER_HZ is 100, a page 4 KiB on x64 and mostly on arm64. */
const NANOSECONDS_PER_TICK = 10_000_000;
const PAGE_BYTES = 4_096;
/** What Docker says of a time that never was. */
const NEVER = '0001-01-01T00:00:00Z';

interface CpuStats {
  readonly cpu_usage: {
    readonly total_usage: number;
    readonly usage_in_usermode: number;
    readonly usage_in_kernelmode: number;
  };
  readonly system_cpu_usage: number;
  readonly online_cpus: number;
}

interface Sample {
  readonly read: string;
  readonly cpu: CpuStats;
  readonly memoryBytes: number;
  readonly processes: number;
}

/** CPU, memory and processes of one container, in the form of Docker's stats, from /proc: it has no cgroup. */
export class ContainerStats {
  readonly #name: string;
  readonly #id: string;
  readonly #hostPids: () => Promise<readonly number[] | undefined>;
  #last: Sample | undefined;

  constructor(container: { name: string; id: string; hostPids: () => Promise<readonly number[] | undefined> }) {
    this.#name = container.name;
    this.#id = container.id;
    this.#hostPids = container.hostPids;
  }

  /** Measures, and tells it beside what was measured the last time. Undefined when there is nothing to be seen. */
  async measure(now: number) {
    const pids = await this.#hostPids();
    if (pids === undefined) return undefined;
    const sample = await measured(pids, now);
    const before = this.#last;
    this.#last = sample;
    return {
      read: sample.read,
      preread: before?.read ?? NEVER,
      pids_stats: { current: sample.processes },
      num_procs: 0,
      cpu_stats: sample.cpu,
      precpu_stats: before?.cpu ?? { cpu_usage: { total_usage: 0, usage_in_usermode: 0, usage_in_kernelmode: 0 } },
      memory_stats: { usage: sample.memoryBytes },
      name: this.#name,
      id: this.#id,
    };
  }
}

async function measured(pids: readonly number[], now: number): Promise<Sample> {
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')));
  const all = stats.filter((stat) => stat !== '').map(fieldsOf);
  const sum = (...numbers: readonly number[]): number =>
    all.reduce((total, fields) => numbers.reduce((part, number) => part + Number(fields[number - 3] ?? 0), total), 0);
  // utime and cutime, stime and cstime, rss: proc_pid_stat(5) counts its fields from 1.
  const user = sum(14, 16) * NANOSECONDS_PER_TICK;
  const kernel = sum(15, 17) * NANOSECONDS_PER_TICK;
  return {
    read: new Date(now).toISOString(),
    cpu: {
      cpu_usage: { total_usage: user + kernel, usage_in_usermode: user, usage_in_kernelmode: kernel },
      system_cpu_usage: await systemCpu(),
      online_cpus: availableParallelism(),
    },
    memoryBytes: sum(24) * PAGE_BYTES,
    processes: all.length,
  };
}

/** The fields from the third on: the second is the program's name in parentheses, and may hold anything. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Nanoseconds of all CPUs together since boot: the first seven numbers of /proc/stat, as Docker counts. */
async function systemCpu(): Promise<number> {
  const [line = ''] = (await readFile('/proc/stat', 'latin1').catch(() => '')).split('\n', 1);
  const ticks = line.trim().split(/\s+/).slice(1, 8).map(Number);
  return ticks.reduce((total, tick) => total + tick, 0) * NANOSECONDS_PER_TICK;
}
