import type { Database } from '../../platform/store/database.js';
import { CLIENT_TOKEN_MS, clientTokenStore } from './client-token-store.js';
import type { HostLoss } from './host-loss.js';
import type { Clock, Log, Timer, Timers } from './ports.js';
import type { ServiceScheduler } from './service-scheduler.js';
import { tagStore } from './tag-store.js';
import type { TaskDispatch } from './task-dispatch.js';
import { taskStore } from './task-store.js';

/** How often everything is looked over, whatever woke it before (milliseconds). */
export const HOUSEKEEPING_MS = 30_000;
/** How long a STOPPED task stays visible (milliseconds); AWS: at least an hour. */
export const STOPPED_TASK_MS = 3600 * 1000;
/** Rows removed in one go. */
const REMOVE_STEP = 200;

export interface HousekeepingOptions {
  readonly database: Database;
  readonly loss: HostLoss;
  readonly dispatch: TaskDispatch;
  readonly scheduler: ServiceScheduler;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** The slow tick: forgets what is old, notices hosts that stay away, and wakes what may have been missed. */
export class Housekeeping {
  readonly #options: HousekeepingOptions;
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = this.#options.timers.after(HOUSEKEEPING_MS, () => {
      this.#running = this.run()
        .catch((error: unknown) => this.#options.log.error({ err: error }, 'housekeeping failed; tried again later'))
        .finally(() => {
          if (!this.#stopped) this.start();
        });
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  async run(): Promise<void> {
    const { dispatch, scheduler, loss } = this.#options;
    await this.#forget();
    await loss.run();
    dispatch.place();
    await dispatch.renewCredentials();
    await scheduler.wakeAll();
  }

  async #forget(): Promise<void> {
    const { database, clock } = this.#options;
    const now = clock();
    await database.transaction(async (queries) => {
      for (const arn of await taskStore.stoppedBefore(queries, now - STOPPED_TASK_MS, REMOVE_STEP)) {
        await taskStore.remove(queries, arn);
        await tagStore.remove(queries, arn);
      }
      await clientTokenStore.removeBefore(queries, now - CLIENT_TOKEN_MS);
    });
  }
}
