import { open } from 'node:fs/promises';
import type { Database, Queries, Row, SqlValue } from './database.js';
import type { SqliteConnection } from './sqlite-connection.js';
import { sqliteProblem } from './sqlite-problem.js';
import { StoreError } from './store-error.js';

/**
 * A transaction that waits for a statement outside itself would wait for ever. After this long it is rolled back with
 * an error that says so.
 */
export const TRANSACTION_LIMIT_MS = 10_000;

/** One SQLite file as a {@link Database}. Made by `openSqlite`. */
export class SqliteDatabase implements Database {
  readonly #connection: SqliteConnection;
  readonly #transactionLimitMs: number;
  /** Settles, never rejects, when everything queued so far is done. */
  #tail: Promise<void> = Promise.resolve();
  #queued = 0;
  #closed = false;

  constructor(connection: SqliteConnection, options: { transactionLimitMs?: number } = {}) {
    this.#connection = connection;
    this.#transactionLimitMs = options.transactionLimitMs ?? TRANSACTION_LIMIT_MS;
  }

  all<T = Row>(sql: string, ...values: SqlValue[]): Promise<T[]> {
    return this.#outside(() => this.#connection.rows<T>(sql, values));
  }

  get<T = Row>(sql: string, ...values: SqlValue[]): Promise<T | undefined> {
    return this.#outside(() => this.#connection.rows<T>(sql, values)[0]);
  }

  run(sql: string, ...values: SqlValue[]): Promise<number> {
    return this.#outside(() => this.#connection.change(sql, values));
  }

  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(closed());
    return this.#enqueue(() => this.#transact(work));
  }

  rewrite(): Promise<void> {
    if (this.#closed) return Promise.reject(closed());
    // The log of changes still has the old pages: it is emptied too.
    return this.#enqueue(() => this.#connection.execute('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)'));
  }

  /** Commits are in the log of changes, which is not flushed for each of them (see `openSqlite`). */
  async sync(): Promise<void> {
    if (this.#closed) throw closed();
    const file = await open(`${this.#connection.path}-wal`, 'r').catch((thrown: unknown) => {
      const error = thrown as NodeJS.ErrnoException;
      // All of it has been moved into the database file, which is flushed then.
      if (error.code === 'ENOENT') return undefined;
      throw sqliteProblem(Object.assign(error, { code: 'SQLITE_IOERR' }), this.#connection.path);
    });
    try {
      await file?.datasync();
    } finally {
      await file?.close();
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#tail;
    this.#connection.close();
  }

  /** A lone statement is atomic in itself: when nobody is in a transaction it runs at once. */
  async #outside<T>(act: () => T): Promise<T> {
    if (this.#closed) throw closed();
    return this.#queued === 0 ? act() : this.#enqueue(act);
  }

  #enqueue<T>(job: () => T | Promise<T>): Promise<T> {
    this.#queued++;
    const result = this.#tail.then(job);
    const leave = (): void => {
      this.#queued--;
    };
    this.#tail = result.then(leave, leave);
    return result;
  }

  async #transact<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    const queries = new TransactionQueries(this.#connection);
    this.#connection.execute('BEGIN IMMEDIATE');
    let timer: NodeJS.Timeout | undefined;
    try {
      const limit = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(stuck(this.#transactionLimitMs)), this.#transactionLimitMs);
      });
      const result = await Promise.race([work(queries), limit]);
      this.#connection.execute('COMMIT');
      return result;
    } catch (error) {
      if (this.#connection.inTransaction) this.#connection.execute('ROLLBACK');
      throw error;
    } finally {
      clearTimeout(timer);
      queries.end();
    }
  }
}

class TransactionQueries implements Queries {
  #connection: SqliteConnection | undefined;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- a synchronous failure shall be a rejection
  async all<T = Row>(sql: string, ...values: SqlValue[]): Promise<T[]> {
    return this.#open().rows<T>(sql, values);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as above
  async get<T = Row>(sql: string, ...values: SqlValue[]): Promise<T | undefined> {
    return this.#open().rows<T>(sql, values)[0];
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as above
  async run(sql: string, ...values: SqlValue[]): Promise<number> {
    return this.#open().change(sql, values);
  }

  end(): void {
    this.#connection = undefined;
  }

  #open(): SqliteConnection {
    if (this.#connection === undefined) throw new StoreError('closed', 'the transaction has ended');
    return this.#connection;
  }
}

function closed(): StoreError {
  return new StoreError('closed', 'the database is closed');
}

function stuck(limitMs: number): StoreError {
  return new StoreError(
    'stuck',
    `a transaction was rolled back after ${limitMs} ms. Inside a transaction use only the queries it is given: ` +
      'a statement outside waits for its end.',
  );
}
