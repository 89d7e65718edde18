import type { Migration } from '../../platform/store/database.js';

/**
 * `iam-001-users` kept secrets in the clear. Since `iam-002-identities` they are sealed; rows that were there before
 * have `sealed = 0` until the next start has sealed them (`seal-access-keys.ts`).
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
  {
    name: 'iam-002-identities',
    statements: [
      `CREATE TABLE iam_entities (
         id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, path TEXT NOT NULL, arn TEXT NOT NULL,
         created_at BIGINT NOT NULL, boundary TEXT)`,
      `CREATE UNIQUE INDEX iam_entities_by_name ON iam_entities (kind, lower(name))`,
      `CREATE INDEX iam_entities_by_arn ON iam_entities (arn)`,
      `CREATE INDEX iam_entities_by_boundary ON iam_entities (boundary)`,
      `INSERT INTO iam_entities (id, kind, name, path, arn, created_at)
         SELECT id, 'user', name, '/', arn, created_at FROM iam_users`,
      `ALTER TABLE iam_access_keys RENAME TO iam_plain_access_keys`,
      `CREATE TABLE iam_access_keys (
         id TEXT PRIMARY KEY, user_id TEXT NOT NULL, secret TEXT NOT NULL, sealed INTEGER NOT NULL,
         status TEXT NOT NULL, created_at BIGINT NOT NULL, used_at BIGINT, used_service TEXT, used_region TEXT)`,
      `INSERT INTO iam_access_keys (id, user_id, secret, sealed, status, created_at)
         SELECT k.id, u.id, k.secret, 0, k.status, k.created_at
         FROM iam_plain_access_keys k JOIN iam_users u ON u.name = k.user_name`,
      `DROP TABLE iam_plain_access_keys`,
      `DROP TABLE iam_users`,
      `CREATE INDEX iam_access_keys_by_user_id ON iam_access_keys (user_id)`,
      `CREATE TABLE iam_tags (
         entity_id TEXT NOT NULL, tag_key TEXT NOT NULL, tag_value TEXT NOT NULL, PRIMARY KEY (entity_id, tag_key))`,
      `CREATE TABLE iam_group_members (
         group_id TEXT NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (group_id, user_id))`,
      `CREATE INDEX iam_group_members_by_user ON iam_group_members (user_id)`,
      `CREATE TABLE iam_roles (
         id TEXT PRIMARY KEY, trust_policy TEXT NOT NULL, description TEXT, max_session_duration INTEGER NOT NULL,
         service_name TEXT)`,
      `CREATE TABLE iam_inline_policies (
         entity_id TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (entity_id, name))`,
      `CREATE TABLE iam_attached_policies (
         entity_id TEXT NOT NULL, policy_arn TEXT NOT NULL, PRIMARY KEY (entity_id, policy_arn))`,
      `CREATE INDEX iam_attached_policies_by_policy ON iam_attached_policies (policy_arn)`,
      `CREATE TABLE iam_policies (
         id TEXT PRIMARY KEY, description TEXT, default_version INTEGER NOT NULL, last_version INTEGER NOT NULL,
         updated_at BIGINT NOT NULL)`,
      `CREATE TABLE iam_policy_versions (
         policy_id TEXT NOT NULL, version INTEGER NOT NULL, document TEXT NOT NULL, created_at BIGINT NOT NULL,
         PRIMARY KEY (policy_id, version))`,
      `CREATE TABLE iam_instance_profile_roles (profile_id TEXT PRIMARY KEY, role_id TEXT NOT NULL)`,
      `CREATE INDEX iam_instance_profile_roles_by_role ON iam_instance_profile_roles (role_id)`,
      `CREATE TABLE iam_deletion_tasks (id TEXT PRIMARY KEY, status TEXT NOT NULL)`,
      `CREATE TABLE iam_first_policies (user_id TEXT PRIMARY KEY)`,
    ],
  },
  {
    // Which ones were given, so that a later version can give one more.
    name: 'iam-003-given-policies',
    statements: [
      `CREATE TABLE iam_given_policies (user_id TEXT NOT NULL, policy TEXT NOT NULL, PRIMARY KEY (user_id, policy))`,
      `INSERT INTO iam_given_policies (user_id, policy)
         SELECT f.user_id, CASE e.name WHEN 'gangway-admin' THEN 'AdministratorAccess'
           ELSE 'service-role/AmazonEC2ContainerServiceforEC2Role' END
         FROM iam_first_policies f JOIN iam_entities e ON e.id = f.user_id`,
      `DROP TABLE iam_first_policies`,
    ],
  },
]);
