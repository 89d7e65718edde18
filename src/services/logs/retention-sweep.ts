import type { Database } from '../../platform/store/database.js';
import type { Clock, Log, Timer, Timers } from '../ecs/ports.js';
import { batchStore } from './batch-store.js';
import { groupStore } from './group-store.js';
import { expiryOf } from './log-group.js';

/** Expired events are out of sight at once; this is how long they may still take up room. */
export const SWEEP_INTERVAL_MS = 3_600_000;
/** Of one transaction, so that requests need not wait long. */
const BATCHES_AT_ONCE = 500;

/** Deletes what has expired, also what expired while the endpoint was down. */
export class RetentionSweep {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #log: Log;
  #timer: Timer | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #stopped = true;

  constructor(database: Database, clock: Clock, timers: Timers, log: Log) {
    this.#database = database;
    this.#clock = clock;
    this.#timers = timers;
    this.#log = log;
  }

  async start(): Promise<void> {
    this.#stopped = false;
    await this.run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#sweeping;
  }

  /** Deletes what is due, and sets the timer for the next time. Never rejects. */
  run(): Promise<void> {
    this.#sweeping = this.#sweeping.then(() => this.#sweep());
    return this.#sweeping;
  }

  async #sweep(): Promise<void> {
    if (this.#stopped) return;
    try {
      for (const group of await groupStore.withRetention(this.#database)) {
        const before = expiryOf(group, this.#clock());
        let pruned = BATCHES_AT_ONCE;
        while (pruned === BATCHES_AT_ONCE && !this.#isStopped()) {
          pruned = await this.#database.transaction((queries) =>
            batchStore.prune(queries, group.id, before, BATCHES_AT_ONCE),
          );
        }
      }
    } catch (error) {
      this.#log.error({ err: error }, 'expired log events could not be deleted');
    }
    this.#timer?.cancel();
    if (!this.#isStopped()) this.#timer = this.#timers.after(SWEEP_INTERVAL_MS, () => void this.run());
  }

  /** A call, for it changes while the sweep waits. */
  #isStopped(): boolean {
    return this.#stopped;
  }
}
