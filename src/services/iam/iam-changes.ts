import type { Database, Queries } from '../../platform/store/database.js';

/** Changes to identities and policies: each one a transaction, and each one counted. */
export class IamChanges {
  readonly #database: Database;
  #version = 1;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Grows with each change. What was read under a version is stale under the next. */
  version(): number {
    return this.#version;
  }

  async apply<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    const result = await this.#database.transaction(work);
    this.#version += 1;
    return result;
  }
}
