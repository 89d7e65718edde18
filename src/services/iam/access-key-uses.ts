import type { Database } from '../../platform/store/database.js';
import { accessKeyStore, type KeyUse } from './access-key-store.js';

/** Uses are written to the state this seldom, milliseconds: AWS, too, tells them late. */
export const USE_FLUSH_MS = 60_000;

/** When each key was last used. Costs a request one entry in a map; the state hears of it now and then. */
export class AccessKeyUses {
  readonly #database: Database;
  readonly #clock: () => number;
  #unwritten = new Map<string, KeyUse>();
  #written: number;

  constructor(database: Database, clock: () => number) {
    this.#database = database;
    this.#clock = clock;
    this.#written = clock();
  }

  record(accessKeyId: string, service: string, region: string): void {
    const time = this.#clock();
    this.#unwritten.set(accessKeyId, { time, service, region });
    if (time - this.#written < USE_FLUSH_MS) return;
    // Nobody waits for it: a use that could not be written is written with the next.
    this.flush().catch(() => undefined);
  }

  async last(accessKeyId: string): Promise<KeyUse | undefined> {
    return this.#unwritten.get(accessKeyId) ?? (await accessKeyStore.use(this.#database, accessKeyId));
  }

  /** Writes what was not written yet. */
  async flush(): Promise<void> {
    this.#written = this.#clock();
    const uses = this.#unwritten;
    this.#unwritten = new Map();
    try {
      await this.#database.transaction(async (queries) => {
        for (const [id, use] of uses) await accessKeyStore.putUse(queries, id, use);
      });
    } catch (error) {
      this.#unwritten = new Map([...uses, ...this.#unwritten]);
      throw error;
    }
  }
}
