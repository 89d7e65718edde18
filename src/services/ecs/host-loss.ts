import type { Database } from '../../platform/store/database.js';
import type { Hosts } from './hosts.js';
import type { Log, Timer, Timers, Clock } from './ports.js';
import type { Task } from './task.js';
import type { TaskChange, TaskChanges } from './task-changes.js';
import { disconnected, stopped } from './task-lifecycle.js';
import { taskStore } from './task-store.js';

/**
 * A host that was not heard of for this long is lost (milliseconds): its tasks are STOPPED, and services place theirs
 * anew, all of it within a minute of its end. One that was cut off for half a minute comes back before: hosts and
 * endpoint speak every 10 seconds, and a host finds a dead line, which TCP may hold on to for longer, in 40.
 */
export const HOST_LOST_MS = 50_000;
/** Until then nobody needs to know; from then on its tasks show that it is away (milliseconds). */
export const HOST_AWAY_MS = 20_000;

export interface HostLossOptions {
  readonly database: Database;
  readonly hosts: Pick<Hosts, 'absence' | 'isReady'>;
  readonly changes: TaskChanges;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Milliseconds; {@link HOST_LOST_MS} unless configured. */
  readonly lostAfterMs: number;
}

/** Watches hosts that are away, and ends the tasks of those that stay away. */
export class HostLoss {
  readonly #options: HostLossOptions;
  readonly #timers = new Map<string, Timer>();
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: HostLossOptions) {
    this.#options = options;
  }

  /** A host is no longer connected. */
  watch(host: string): void {
    this.#timers.get(host)?.cancel();
    this.#timers.delete(host);
    if (this.#stopped) return;
    const { hosts, timers, lostAfterMs } = this.#options;
    const absence = hosts.absence(host);
    const next = absence < Math.min(HOST_AWAY_MS, lostAfterMs) ? Math.min(HOST_AWAY_MS, lostAfterMs) : lostAfterMs;
    this.#timers.set(
      host,
      timers.after(Math.max(0, next - absence), () => this.#wake(host)),
    );
  }

  /** Looks at every host that has tasks, whatever was missed before. */
  async run(): Promise<void> {
    const placed = await taskStore.count(this.#options.database, 'host', {});
    for (const host of new Set(placed.map(({ group }) => group))) if (host !== null) await this.#look(host);
  }

  /** Resolves when no host is being looked at. */
  idle(): Promise<void> {
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    await this.#running;
  }

  #wake(host: string): void {
    this.#running = this.#running
      .then(() => this.#look(host))
      .catch((error: unknown) => {
        this.#options.log.error({ host, err: error }, 'tasks of an absent host not seen to; tried again later');
      });
  }

  async #look(host: string): Promise<void> {
    const { database, hosts, changes, clock, log, lostAfterMs } = this.#options;
    const absence = hosts.absence(host);
    if (hosts.isReady(host)) return;
    if (absence >= Math.min(HOST_AWAY_MS, lostAfterMs)) {
      const isLost = absence >= lostAfterMs;
      const moved = await database.transaction(async (queries) => {
        const moved: TaskChange[] = [];
        // It has come back while this waited for its turn.
        if (hosts.absence(host) < absence) return moved;
        for (const before of await taskStore.live(queries, { host })) {
          const after = isLost ? lost(before, lostAfterMs, clock()) : disconnected(before, clock());
          if (after === before) continue;
          await changes.save(queries, { before, after });
          moved.push({ before, after });
        }
        return moved;
      });
      if (isLost && moved.length > 0)
        log.warn({ host, tasks: moved.length }, 'container host lost; its tasks are over');
      changes.announce(moved);
      if (isLost) return;
    }
    this.watch(host);
  }
}

function lost(task: Task, afterMs: number, now: number): Task {
  const { host = '', containerInstanceArn } = task;
  const name =
    containerInstanceArn === undefined ? `host ${host.split('/').at(-1)}` : `instance ${containerInstanceArn}`;
  const reason = `Container ${name} was lost: it has not been heard of for ${Math.round(afterMs / 1000)} seconds.`;
  return stopped(task, { stopCode: 'TerminationNotice', reason }, now);
}
