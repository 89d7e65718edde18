import type { Migration } from '../../platform/store/database.js';

/**
 * Nouns are JSON documents; what a query selects or orders by stands beside them in columns, written from the same
 * noun at the same time (the stores are the only writers).
 */
export const ecsMigrations: readonly Migration[] = Object.freeze([
  {
    name: 'ecs-001-nouns',
    statements: [
      `CREATE TABLE ecs_clusters (
         name TEXT PRIMARY KEY, status TEXT NOT NULL, document TEXT NOT NULL)`,
      `CREATE TABLE ecs_task_definitions (
         family TEXT NOT NULL, revision INTEGER NOT NULL, status TEXT NOT NULL, document TEXT NOT NULL,
         PRIMARY KEY (family, revision))`,
      `CREATE TABLE ecs_services (
         arn TEXT PRIMARY KEY, cluster_arn TEXT NOT NULL, status TEXT NOT NULL, launch_type TEXT NOT NULL,
         scheduling_strategy TEXT NOT NULL, document TEXT NOT NULL)`,
      `CREATE INDEX ecs_services_by_cluster ON ecs_services (cluster_arn, status)`,
      `CREATE TABLE ecs_service_events (
         service_arn TEXT NOT NULL, position INTEGER NOT NULL, id TEXT NOT NULL, created_at BIGINT NOT NULL,
         message TEXT NOT NULL, PRIMARY KEY (service_arn, position))`,
      `CREATE TABLE ecs_tasks (
         arn TEXT PRIMARY KEY, cluster_arn TEXT NOT NULL, service_arn TEXT, deployment_id TEXT, family TEXT NOT NULL,
         started_by TEXT, launch_type TEXT NOT NULL, host TEXT, last_status TEXT NOT NULL,
         desired_status TEXT NOT NULL, created_at BIGINT NOT NULL, stopped_at BIGINT, document TEXT NOT NULL)`,
      `CREATE INDEX ecs_tasks_by_cluster ON ecs_tasks (cluster_arn, desired_status)`,
      `CREATE INDEX ecs_tasks_by_service ON ecs_tasks (service_arn, last_status)`,
      `CREATE INDEX ecs_tasks_by_host ON ecs_tasks (host, last_status)`,
      `CREATE INDEX ecs_tasks_by_status ON ecs_tasks (last_status, stopped_at)`,
      `CREATE TABLE ecs_container_instances (
         arn TEXT PRIMARY KEY, cluster_arn TEXT NOT NULL, status TEXT NOT NULL, document TEXT NOT NULL)`,
      `CREATE INDEX ecs_container_instances_by_cluster ON ecs_container_instances (cluster_arn, status)`,
      `CREATE TABLE ecs_tags (resource_arn TEXT PRIMARY KEY, document TEXT NOT NULL)`,
      `CREATE TABLE ecs_client_tokens (
         token TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, created_at BIGINT NOT NULL, document TEXT NOT NULL)`,
      `CREATE TABLE ecs_account_settings (
         principal_arn TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (principal_arn, name))`,
    ],
  },
]);
