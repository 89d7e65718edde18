import type { Migration } from '../../platform/store/database.js';

/**
 * Data keys are sealed or encrypted by KMS; all else of an object that is no content is in clear. Keys are ordered by
 * their bytes: SQLite's own order, `COLLATE "C"` elsewhere. Times in milliseconds.
 */
export const s3Migrations: readonly Migration[] = Object.freeze([
  {
    name: 's3-001-objects',
    statements: [
      `CREATE TABLE s3_buckets (name TEXT PRIMARY KEY, created_at BIGINT NOT NULL)`,
      `CREATE TABLE s3_bucket_settings (
         bucket TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (bucket, name))`,
      `CREATE TABLE s3_objects (
         bucket TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL, size BIGINT NOT NULL, etag TEXT NOT NULL,
         modified_at BIGINT NOT NULL, details TEXT NOT NULL, data_key BLOB NOT NULL, PRIMARY KEY (bucket, key))`,
      `CREATE TABLE s3_uploads (
         id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, created_at BIGINT NOT NULL,
         details TEXT NOT NULL, data_key BLOB NOT NULL)`,
      `CREATE INDEX s3_uploads_by_key ON s3_uploads (bucket, key)`,
      `CREATE TABLE s3_files (
         id TEXT PRIMARY KEY, owner TEXT NOT NULL, position INTEGER NOT NULL, size BIGINT NOT NULL,
         etag TEXT NOT NULL, checksum TEXT, modified_at BIGINT NOT NULL)`,
      `CREATE UNIQUE INDEX s3_files_by_owner ON s3_files (owner, position)`,
    ],
  },
  {
    // Beside the current version of a key, which stays in s3_objects: older ones, and markers of deletion (id is null).
    name: 's3-002-versions',
    statements: [
      `ALTER TABLE s3_objects ADD COLUMN version_id TEXT NOT NULL DEFAULT 'null'`,
      `CREATE TABLE s3_versions (
         bucket TEXT NOT NULL, key TEXT NOT NULL, position BIGINT NOT NULL, version_id TEXT NOT NULL, id TEXT,
         size BIGINT NOT NULL, etag TEXT NOT NULL, modified_at BIGINT NOT NULL, details TEXT NOT NULL, data_key BLOB,
         displaced_at BIGINT, PRIMARY KEY (bucket, key, position))`,
      `CREATE UNIQUE INDEX s3_versions_by_id ON s3_versions (bucket, key, version_id)`,
    ],
  },
]);
