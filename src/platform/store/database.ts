/** A value that every supported database can hold. */
export type SqlValue = string | number | null | Uint8Array;

export type Row = Record<string, SqlValue>;

/** Statements inside or outside a transaction. SQL is the common subset of SQLite and PostgreSQL, `?` placeholders. */
export interface Queries {
  all<T = Row>(sql: string, ...values: SqlValue[]): Promise<T[]>;
  get<T = Row>(sql: string, ...values: SqlValue[]): Promise<T | undefined>;
  /** Number of rows changed. */
  run(sql: string, ...values: SqlValue[]): Promise<number>;
}

/**
 * The state of an endpoint. Asynchronous so that PostgreSQL can stand behind it; transactions run one at a time, and a
 * statement outside waits for the one in progress. A failed callback rolls back and rejects with its error.
 */
export interface Database extends Queries {
  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T>;
  /** Writes what is stored anew, so that what was deleted or changed is nowhere in the files any more. Slow. */
  rewrite?(): Promise<void>;
  /** Resolves when what has been committed would survive a power cut too. Absent: it always does. */
  sync?(): Promise<void>;
  close(): Promise<void>;
}

/** One step of the schema; applied once, in order of the list, and recorded by name. */
export interface Migration {
  /** For example `ecs-001-clusters`. */
  readonly name: string;
  readonly statements: readonly string[];
}
