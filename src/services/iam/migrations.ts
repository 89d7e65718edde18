import type { Migration } from '../../platform/store/database.js';

/**
 * Secrets stand in the clear: verifying a signature needs them, as AWS itself needs them. The file's mode (0600) is
 * what protects them.
 */
export const iamMigrations: readonly Migration[] = Object.freeze([
  {
    name: 'iam-001-users',
    statements: [
      `CREATE TABLE iam_users (name TEXT PRIMARY KEY, id TEXT NOT NULL, arn TEXT NOT NULL, created_at BIGINT NOT NULL)`,
      `CREATE TABLE iam_access_keys (
         id TEXT PRIMARY KEY, user_name TEXT NOT NULL, secret TEXT NOT NULL, status TEXT NOT NULL,
         created_at BIGINT NOT NULL)`,
      `CREATE INDEX iam_access_keys_by_user ON iam_access_keys (user_name)`,
    ],
  },
]);
