import type { Migration } from '../../platform/store/database.js';

/** `secret` and `caller` are sealed; of the session token there is only the SHA-256. Times are in milliseconds. */
export const stsMigrations: readonly Migration[] = Object.freeze([
  {
    name: 'sts-001-sessions',
    statements: [
      `CREATE TABLE sts_sessions (
         access_key_id TEXT PRIMARY KEY, secret TEXT NOT NULL, token_hash TEXT NOT NULL, caller TEXT NOT NULL,
         expires_at BIGINT NOT NULL)`,
      `CREATE INDEX sts_sessions_by_expiry ON sts_sessions (expires_at)`,
    ],
  },
]);
