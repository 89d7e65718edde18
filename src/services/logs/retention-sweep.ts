import type { Database } from '../../platform/store/database.js';
import { Chore } from '../chore.js';
import type { Clock, Log, Timers } from '../ecs/ports.js';
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
  readonly #log: Log;
  readonly #chore: Chore;

  constructor(database: Database, clock: Clock, timers: Timers, log: Log) {
    this.#database = database;
    this.#clock = clock;
    this.#log = log;
    this.#chore = new Chore({ timers, work: () => this.#sweep() });
  }

  start(): Promise<void> {
    return this.#chore.start();
  }

  stop(): Promise<void> {
    return this.#chore.stop();
  }

  /** Deletes what is due, and sets the timer for the next time. Never rejects. */
  run(): Promise<void> {
    return this.#chore.run();
  }

  async #sweep(): Promise<number | undefined> {
    if (this.#chore.isStopped()) return undefined;
    try {
      for (const group of await groupStore.withRetention(this.#database)) {
        const before = expiryOf(group, this.#clock());
        let pruned = BATCHES_AT_ONCE;
        while (pruned === BATCHES_AT_ONCE && !this.#chore.isStopped()) {
          pruned = await this.#database.transaction((queries) =>
            batchStore.prune(queries, group.id, before, BATCHES_AT_ONCE),
          );
        }
      }
    } catch (error) {
      this.#log.error({ err: error }, 'expired log events could not be deleted');
    }
    return SWEEP_INTERVAL_MS;
  }
}
