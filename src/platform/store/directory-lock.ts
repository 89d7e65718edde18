import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { privateDirectory } from './private-directory.js';
import { SqliteConnection } from './sqlite-connection.js';
import { StoreError } from './store-error.js';

/**
 * One process at a time on a data directory.
 *
 * The lock is SQLite's exclusive lock on the file `lock`, which the kernel gives back however the process ends: nothing
 * to take over after a `kill -9`, and no pid that could meanwhile be somebody else's. The file `pid` beside it only
 * serves the message. Children do not inherit the lock.
 */
export class DirectoryLock {
  readonly #connection: SqliteConnection;
  readonly #pidFile: string;
  readonly #atExit = (): void => this.release();
  #held = true;

  private constructor(connection: SqliteConnection, pidFile: string) {
    this.#connection = connection;
    this.#pidFile = pidFile;
    // Also keeps the connection from being collected, which would end the lock, when the holder drops this object.
    process.once('exit', this.#atExit);
  }

  /** Makes the directory if need be. Throws a StoreError `busy` that names the process that holds it. */
  static acquire(directory: string): DirectoryLock {
    privateDirectory(directory);
    const lockFile = join(directory, 'lock');
    const pidFile = join(directory, 'pid');
    closeSync(openSync(lockFile, 'a', 0o600));
    const connection = new SqliteConnection(lockFile);
    try {
      connection.execute('PRAGMA busy_timeout=0; PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE');
    } catch (error) {
      connection.close();
      if (!(error instanceof StoreError) || error.code !== 'busy') throw error;
      throw new StoreError(
        'busy',
        `${directory} is in use by ${holder(pidFile)}. Stop it first, or choose another directory.`,
        { cause: error },
      );
    }
    const lock = new DirectoryLock(connection, pidFile);
    try {
      writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
    } catch {
      // A full disk: the lock holds all the same, and a refusal says "another process".
    }
    return lock;
  }

  release(): void {
    if (!this.#held) return;
    this.#held = false;
    process.removeListener('exit', this.#atExit);
    rmSync(this.#pidFile, { force: true });
    this.#connection.close();
  }
}

function holder(pidFile: string): string {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
    if (Number.isSafeInteger(pid) && pid > 0) return `process ${pid}`;
  } catch {
    // The holder is between taking the lock and writing its number.
  }
  return 'another process';
}
