import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Migration } from './database.js';
import { migrate } from './migrate.js';
import { privateDirectory } from './private-directory.js';
import { BUSY_TIMEOUT_MS, SqliteConnection } from './sqlite-connection.js';
import { SqliteDatabase } from './sqlite-database.js';
import { sqliteProblem } from './sqlite-problem.js';

/**
 * Opens or makes the file (mode 0600, in a directory of mode 0700) and brings its schema up to date.
 *
 * WAL with synchronous=NORMAL: a committed change is in the page cache when the call returns, so that a `kill -9` at
 * any moment loses nothing; a power cut may lose the last commits, never the file. FULL would buy those with a disk
 * flush for every request, and a session does not outlive the power anyway.
 *
 * `maxPages` bounds the file (4 KiB a page); beyond it writes fail as on a full disk.
 */
export function openSqlite(
  path: string,
  migrations: readonly Migration[],
  options: { maxPages?: number; transactionLimitMs?: number } = {},
): SqliteDatabase {
  privateDirectory(dirname(path));
  try {
    // SQLite gives its -wal and -shm files the mode of this one.
    closeSync(openSync(path, 'a', 0o600));
  } catch (error) {
    throw sqliteProblem(Object.assign(error as Error, { code: 'SQLITE_CANTOPEN' }), path);
  }
  const connection = new SqliteConnection(path);
  try {
    connection.execute(
      `PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON`,
    );
    migrate(connection, migrations, path);
    if (options.maxPages !== undefined) connection.execute(`PRAGMA max_page_count=${options.maxPages}`);
  } catch (error) {
    connection.close();
    throw error;
  }
  return new SqliteDatabase(connection, options);
}
