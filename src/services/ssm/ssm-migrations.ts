import type { Migration } from '../../platform/store/database.js';
import { managedInstanceMigrations } from './managed-instances/managed-instance-store.js';

/** Sessions, the history of their states, the hashes of their one-time tokens; activations and who used them. */
export const ssmMigrations: readonly Migration[] = [
  {
    name: 'ssm-001-sessions',
    statements: [
      `CREATE TABLE ssm_sessions (
        session_id TEXT PRIMARY KEY,
        target TEXT NOT NULL,
        owner TEXT NOT NULL,
        document_name TEXT NOT NULL,
        command TEXT NOT NULL,
        reason TEXT,
        kms_key_id TEXT,
        logging TEXT,
        status TEXT NOT NULL,
        details TEXT NOT NULL,
        agent_seen BIGINT NOT NULL,
        start_date BIGINT NOT NULL,
        end_date BIGINT
      )`,
      'CREATE INDEX ssm_sessions_by_target ON ssm_sessions (target, end_date)',
      'CREATE INDEX ssm_sessions_by_start ON ssm_sessions (start_date, session_id)',
      `CREATE TABLE ssm_session_transitions (
        session_id TEXT NOT NULL,
        number BIGINT NOT NULL,
        status TEXT NOT NULL,
        details TEXT NOT NULL,
        at BIGINT NOT NULL,
        PRIMARY KEY (session_id, number)
      )`,
      `CREATE TABLE ssm_session_tokens (
        token_hash TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        principal TEXT NOT NULL,
        expires_at BIGINT NOT NULL,
        used_at BIGINT
      )`,
      'CREATE INDEX ssm_session_tokens_by_expiry ON ssm_session_tokens (expires_at)',
    ],
  },
  {
    name: 'ssm-002-starter',
    statements: [
      'ALTER TABLE ssm_sessions ADD COLUMN owner_id TEXT',
      'ALTER TABLE ssm_sessions ADD COLUMN starter TEXT',
    ],
  },
  { name: 'ssm-003-recording', statements: ['ALTER TABLE ssm_sessions ADD COLUMN recording TEXT'] },
  {
    name: 'ssm-004-freedom',
    statements: ['freedom', 'times', 'usage'].map((name) => `ALTER TABLE ssm_sessions ADD COLUMN ${name} TEXT`),
  },
  ...managedInstanceMigrations,
];
