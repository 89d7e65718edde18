/**
 * - `full`: no room left for the write; nothing of it was kept.
 * - `busy`: another process holds the file.
 * - `constraint`: a uniqueness or foreign-key rule of the schema was broken.
 * - `value`: a bound value that a database cannot hold.
 * - `statement`: the SQL itself is wrong.
 * - `newer`: the file was written by a newer version.
 * - `permissions`, `corrupt`, `io`: the file or its directory cannot be used.
 * - `closed`: used after `close`, or a transaction's queries used after its end.
 * - `stuck`: a transaction held the database too long.
 */
export type StoreErrorCode =
  | 'full'
  | 'busy'
  | 'constraint'
  | 'value'
  | 'statement'
  | 'newer'
  | 'permissions'
  | 'corrupt'
  | 'io'
  | 'closed'
  | 'stuck';

/** What went wrong below the SQL. The message is for the operator: cause and remedy. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
