import type { Migration } from '../../platform/store/database.js';

export const recordingMigrations: readonly Migration[] = Object.freeze([
  {
    name: 'recordings-001-index',
    statements: [
      `CREATE TABLE recordings (
        session_id TEXT PRIMARY KEY,
        sealed_key TEXT NOT NULL,
        writer TEXT NOT NULL,
        session TEXT NOT NULL,
        header TEXT,
        owner TEXT,
        container_name TEXT,
        cluster_name TEXT,
        started_at BIGINT,
        state TEXT NOT NULL,
        length BIGINT NOT NULL,
        last_part_at BIGINT NOT NULL,
        ended_at BIGINT,
        ending TEXT,
        statement_number BIGINT,
        announced BIGINT NOT NULL,
        transcript TEXT NOT NULL,
        deleted_at BIGINT
      )`,
      'CREATE INDEX recordings_by_start ON recordings (started_at, session_id)',
      'CREATE INDEX recordings_by_state ON recordings (state, ended_at)',
      `CREATE TABLE recordings_statements (
        number BIGINT PRIMARY KEY,
        session_id TEXT NOT NULL UNIQUE,
        signed TEXT NOT NULL,
        signature TEXT NOT NULL,
        key_id TEXT NOT NULL
      )`,
      `CREATE TABLE recordings_deliveries (
        session_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        place TEXT NOT NULL,
        delivery TEXT NOT NULL,
        PRIMARY KEY (session_id, kind, place)
      )`,
      'CREATE TABLE recordings_overdue (session_id TEXT PRIMARY KEY)',
      `CREATE TABLE recordings_signing_keys (
        key_id TEXT PRIMARY KEY,
        public_key TEXT NOT NULL,
        sealed_private_key TEXT NOT NULL,
        created_at BIGINT NOT NULL
      )`,
    ],
  },
]);
