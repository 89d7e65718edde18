import type { Database } from '../../platform/store/database.js';
import type { Clock, Log, Timer, Timers } from '../ecs/ports.js';
import { keyStore } from './key-store.js';

/** The longest that a timer waits: Node's own bound is 24.8 days. */
const LONGEST_WAIT_MS = 86_400_000;

/** Destroys keys on the day that was set for it, also when the endpoint was down then. */
export class KeyExpiry {
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
    await this.sweep();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#sweeping;
  }

  /** Destroys what is due, and sets the timer for what is next. */
  sweep(): Promise<void> {
    this.#sweeping = this.#sweeping.then(() => this.#sweepNow());
    return this.#sweeping;
  }

  async #sweepNow(): Promise<void> {
    try {
      const now = this.#clock();
      const destroyed = await this.#database.transaction((queries) => keyStore.destroyDue(queries, now));
      for (const keyId of destroyed) this.#log.info({ keyId }, 'KMS key destroyed, as was scheduled');
      const next = await keyStore.nextDeletion(this.#database);
      this.#timer?.cancel();
      if (this.#stopped || next === undefined) return;
      const wait = Math.min(Math.max(next - now, 0), LONGEST_WAIT_MS);
      this.#timer = this.#timers.after(wait, () => void this.sweep());
    } catch (error) {
      this.#log.error({ err: error }, 'KMS keys that are due could not be destroyed');
    }
  }
}
