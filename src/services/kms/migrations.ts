import type { Migration } from '../../platform/store/database.js';

/** Key material is sealed (`kms-key/ID/VERSION`); all else of a key is no secret. Times in milliseconds. */
export const kmsMigrations: readonly Migration[] = Object.freeze([
  {
    name: 'kms-001-keys',
    statements: [
      `CREATE TABLE kms_keys (
         id TEXT PRIMARY KEY, description TEXT NOT NULL, state TEXT NOT NULL, created_at BIGINT NOT NULL,
         deletion_at BIGINT, policy TEXT NOT NULL, material_version INTEGER NOT NULL,
         rotation_days INTEGER, next_rotation_at BIGINT)`,
      `CREATE INDEX kms_keys_by_deletion ON kms_keys (deletion_at)`,
      `CREATE TABLE kms_materials (
         key_id TEXT NOT NULL, version INTEGER NOT NULL, sealed BLOB NOT NULL, created_at BIGINT NOT NULL,
         rotation TEXT, PRIMARY KEY (key_id, version))`,
      `CREATE TABLE kms_aliases (
         name TEXT PRIMARY KEY, key_id TEXT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)`,
      `CREATE INDEX kms_aliases_by_key ON kms_aliases (key_id)`,
      `CREATE TABLE kms_tags (
         key_id TEXT NOT NULL, tag_key TEXT NOT NULL, tag_value TEXT NOT NULL, PRIMARY KEY (key_id, tag_key))`,
    ],
  },
]);
