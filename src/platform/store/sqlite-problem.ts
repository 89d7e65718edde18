import { StoreError } from './store-error.js';
import type { StoreErrorCode } from './store-error.js';

/** Prefixes of SQLite's symbolic result codes; extended codes (`SQLITE_CONSTRAINT_UNIQUE`) share the prefix. */
const codes: readonly (readonly [prefix: string, code: StoreErrorCode, remedy: string])[] = [
  ['SQLITE_FULL', 'full', 'Nothing of this change was kept. Free some space on the disk; no restart is needed.'],
  ['SQLITE_BUSY', 'busy', 'Another process holds the file. Close it and try again.'],
  ['SQLITE_LOCKED', 'busy', 'Another statement holds the table. Try again.'],
  ['SQLITE_CONSTRAINT', 'constraint', ''],
  ['SQLITE_CORRUPT', 'corrupt', 'The file is damaged. Move it away to start anew, or restore a copy.'],
  ['SQLITE_NOTADB', 'corrupt', 'This is no SQLite file. Move it away, or choose another directory.'],
  ['SQLITE_READONLY', 'permissions', 'Make the file and its directory writable for this user.'],
  ['SQLITE_PERM', 'permissions', 'Make the file and its directory writable for this user.'],
  ['SQLITE_CANTOPEN', 'permissions', 'Check that the directory exists and belongs to this user.'],
  ['SQLITE_IOERR', 'io', 'The disk refused. Look at the system log.'],
];

/** Turns what libsql throws into a {@link StoreError} that names the file and the remedy. */
export function sqliteProblem(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const symbol = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const text = error instanceof Error ? error.message : String(error);
  const known = codes.find(([prefix]) => symbol.startsWith(prefix));
  if (known === undefined) return new StoreError('statement', `${text} (${path})`, { cause: error });
  const [, code, remedy] = known;
  return new StoreError(code, `${text} (${path}). ${remedy}`.trimEnd(), { cause: error });
}
