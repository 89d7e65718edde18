import type { Database } from '../../platform/store/database.js';
import { Chore } from '../chore.js';
import type { Clock, Log, Timers } from '../ecs/ports.js';
import { keyStore } from './key-store.js';

/** The longest that a timer waits: Node's own bound is 24.8 days. */
const LONGEST_WAIT_MS = 86_400_000;

/** Destroys keys on the day that was set for it, also when the endpoint was down then. */
export class KeyExpiry {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #chore: Chore;

  constructor(database: Database, clock: Clock, timers: Timers, log: Log) {
    this.#database = database;
    this.#clock = clock;
    this.#log = log;
    this.#chore = new Chore({
      timers,
      work: () => this.#destroyDue(),
      failed: (error) => log.error({ err: error }, 'KMS keys that are due could not be destroyed'),
    });
  }

  start(): Promise<void> {
    return this.#chore.start();
  }

  stop(): Promise<void> {
    return this.#chore.stop();
  }

  /** Destroys what is due, and sets the timer for what is next. */
  sweep(): Promise<void> {
    return this.#chore.run();
  }

  async #destroyDue(): Promise<number | undefined> {
    const now = this.#clock();
    const destroyed = await this.#database.transaction((queries) => keyStore.destroyDue(queries, now));
    for (const keyId of destroyed) this.#log.info({ keyId }, 'KMS key destroyed, as was scheduled');
    const next = await keyStore.nextDeletion(this.#database);
    return next === undefined ? undefined : Math.min(Math.max(next - now, 0), LONGEST_WAIT_MS);
  }
}
