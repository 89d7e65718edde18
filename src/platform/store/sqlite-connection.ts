import Libsql from 'libsql';
import type { Row, SqlValue } from './database.js';
import { sqliteProblem } from './sqlite-problem.js';
import { StoreError } from './store-error.js';

/** Prepared statements kept; lists such as `IN (?,?,…)` make the set of SQL texts open-ended. */
export const STATEMENT_CACHE_SIZE = 256;
/** Only a stray tool could hold the file: its directory is locked. The wait blocks the process, so it is short. */
export const BUSY_TIMEOUT_MS = 2_000;

type Statement = ReturnType<Libsql.Database['prepare']>;

/** The synchronous half: one libsql connection with its prepared statements, and its traps disarmed. */
export class SqliteConnection {
  readonly path: string;
  readonly #database: Libsql.Database;
  readonly #statements = new Map<string, Statement>();

  constructor(path: string) {
    this.path = path;
    try {
      this.#database = new Libsql(path);
    } catch (error) {
      throw sqliteProblem(error, path);
    }
  }

  /** Runs a script without values: pragmas, schema, BEGIN and its ends. */
  execute(sql: string): void {
    try {
      this.#database.exec(sql);
    } catch (error) {
      throw sqliteProblem(error, this.path);
    }
  }

  rows<T = Row>(sql: string, values: readonly SqlValue[]): T[] {
    checkValues(values);
    try {
      const rows = this.#statement('rows', sql).all(values) as Record<string, unknown>[];
      for (const row of rows) {
        for (const [name, value] of Object.entries(row)) {
          // libsql gives blobs as ArrayBuffer here and as Buffer elsewhere; the contract says Uint8Array.
          if (value instanceof ArrayBuffer) row[name] = new Uint8Array(value);
        }
      }
      return rows as T[];
    } catch (error) {
      throw sqliteProblem(error, this.path);
    }
  }

  change(sql: string, values: readonly SqlValue[]): number {
    checkValues(values);
    try {
      return this.#statement('change', sql).run(values).changes;
    } catch (error) {
      throw sqliteProblem(error, this.path);
    }
  }

  /** False after SQLite itself has rolled back, as it does on a full disk. */
  get inTransaction(): boolean {
    return this.#database.inTransaction;
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  /**
   * Reads and changes never share a statement: libsql does not reset one after `all()`, and the next `run()` or `get()`
   * would silently use the old values. For the same reason `get()` is not used at all.
   */
  #statement(use: 'rows' | 'change', sql: string): Statement {
    const key = use + sql;
    const found = this.#statements.get(key);
    if (found !== undefined) {
      this.#statements.delete(key);
      this.#statements.set(key, found);
      return found;
    }
    const made = this.#database.prepare(sql);
    this.#statements.set(key, made);
    if (this.#statements.size > STATEMENT_CACHE_SIZE) {
      const oldest = this.#statements.keys().next();
      if (oldest.done !== true) this.#statements.delete(oldest.value);
    }
    return made;
  }
}

/** Booleans abort the process inside libsql, NaN turns into NULL, text is cut at NUL: none of them gets that far. */
function checkValues(values: readonly unknown[]): void {
  for (const [index, value] of values.entries()) {
    const holdable =
      value === null ||
      (typeof value === 'string' && !value.includes('\0')) ||
      (typeof value === 'number' && Number.isFinite(value)) ||
      value instanceof Uint8Array;
    if (!holdable) {
      throw new StoreError('value', `value ${index + 1} cannot be stored: ${describe(value)}`);
    }
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return 'text with a NUL character';
  return typeof value === 'number' ? String(value) : typeof value;
}
