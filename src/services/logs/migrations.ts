import type { Migration } from '../../platform/store/database.js';

/**
 * What a batch of PutLogEvents had in it is sealed, under a data key of its group's KMS key (`logs_data_keys`, wrapped)
 * or under the endpoint's own; what it is found by lies open. `logs_sequence` gives ids and the positions of batches,
 * which only grow, also over deletions. Times in milliseconds.
 */
export const logsMigrations: readonly Migration[] = Object.freeze([
  {
    name: 'logs-001-groups',
    statements: [
      'CREATE TABLE logs_sequence (name TEXT PRIMARY KEY, value BIGINT NOT NULL)',
      `INSERT INTO logs_sequence (name, value) VALUES ('ids', 0), ('batches', 0)`,
      `CREATE TABLE logs_groups (
         id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, class TEXT NOT NULL, created_at BIGINT NOT NULL,
         retention_days INTEGER, kms_key_arn TEXT, data_key_id BIGINT,
         stored_bytes BIGINT NOT NULL, longest_batch_ms BIGINT NOT NULL)`,
      `CREATE TABLE logs_tags (
         group_id BIGINT NOT NULL, tag_key TEXT NOT NULL, tag_value TEXT NOT NULL, PRIMARY KEY (group_id, tag_key))`,
      `CREATE TABLE logs_data_keys (
         id BIGINT PRIMARY KEY, group_id BIGINT NOT NULL, wrapped BLOB NOT NULL)`,
      'CREATE INDEX logs_data_keys_by_group ON logs_data_keys (group_id)',
      `CREATE TABLE logs_streams (
         id BIGINT PRIMARY KEY, group_id BIGINT NOT NULL, name TEXT NOT NULL, created_at BIGINT NOT NULL,
         first_event_at BIGINT, last_event_at BIGINT, last_ingestion_at BIGINT, UNIQUE (group_id, name))`,
      'CREATE INDEX logs_streams_by_last_event ON logs_streams (group_id, last_event_at)',
      `CREATE TABLE logs_batches (
         position BIGINT PRIMARY KEY, group_id BIGINT NOT NULL, stream_id BIGINT NOT NULL,
         first_at BIGINT NOT NULL, last_at BIGINT NOT NULL, ingested_at BIGINT NOT NULL,
         events INTEGER NOT NULL, bytes INTEGER NOT NULL, data_key_id BIGINT, sealed BLOB NOT NULL)`,
      // Each has all that a batch is chosen by, so that the batches themselves are only read when they are opened.
      `CREATE INDEX logs_batches_by_group_first ON logs_batches
         (group_id, first_at, position, last_at, stream_id, ingested_at, events, bytes, data_key_id)`,
      `CREATE INDEX logs_batches_by_stream_first ON logs_batches
         (stream_id, first_at, position, last_at, group_id, ingested_at, events, bytes, data_key_id)`,
      `CREATE INDEX logs_batches_by_stream_last ON logs_batches
         (stream_id, last_at, position, first_at, group_id, ingested_at, events, bytes, data_key_id)`,
      'CREATE INDEX logs_batches_by_group_last ON logs_batches (group_id, last_at, position)',
    ],
  },
  {
    name: 'logs-002-deletion-protection',
    statements: ['ALTER TABLE logs_groups ADD COLUMN deletion_protected INTEGER NOT NULL DEFAULT 0'],
  },
]);
