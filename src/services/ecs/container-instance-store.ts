import type { Queries } from '../../platform/store/database.js';
import type { ContainerInstance } from './container-instance.js';
import { ecsError } from './ecs-error.js';
import type { Page } from './page.js';

interface Row {
  readonly document: string;
}

export const containerInstanceStore = Object.freeze({
  async find(queries: Queries, arn: string): Promise<ContainerInstance | undefined> {
    const row = await queries.get<Row>('SELECT document FROM ecs_container_instances WHERE arn = ?', arn);
    return row === undefined ? undefined : (JSON.parse(row.document) as ContainerInstance);
  },

  /** Throws InvalidParameterException when there is none, or when it was deregistered. */
  async requireRegistered(queries: Queries, arn: string): Promise<ContainerInstance> {
    const instance = await containerInstanceStore.find(queries, arn);
    if (instance === undefined || instance.status === 'INACTIVE') {
      throw ecsError.invalidParameter('Referenced container instance not found.');
    }
    return instance;
  },

  /** In the order of their ARNs; one more than the page holds, when there are more. */
  async listArns(queries: Queries, clusterArn: string, status: string, page: Page): Promise<string[]> {
    const rows = await queries.all<{ arn: string }>(
      `SELECT arn FROM ecs_container_instances WHERE cluster_arn = ? AND status = ? AND arn > ? ORDER BY arn LIMIT ?`,
      clusterArn,
      status,
      page.after ?? '',
      page.limit + 1,
    );
    return rows.map((row) => row.arn);
  },

  /** All that are ACTIVE or DRAINING, of one cluster or of every one. */
  async registered(queries: Queries, clusterArn?: string): Promise<ContainerInstance[]> {
    const rows = await queries.all<Row>(
      `SELECT document FROM ecs_container_instances
       WHERE (? IS NULL OR cluster_arn = ?) AND status <> 'INACTIVE' ORDER BY arn`,
      clusterArn ?? null,
      clusterArn ?? null,
    );
    return rows.map((row) => JSON.parse(row.document) as ContainerInstance);
  },

  /** ARNs of those that services are to leave. */
  async draining(queries: Queries, clusterArn: string): Promise<string[]> {
    const rows = await queries.all<{ arn: string }>(
      `SELECT arn FROM ecs_container_instances WHERE cluster_arn = ? AND status = 'DRAINING' ORDER BY arn`,
      clusterArn,
    );
    return rows.map((row) => row.arn);
  },

  async put(queries: Queries, instance: ContainerInstance): Promise<void> {
    await queries.run(
      `INSERT INTO ecs_container_instances (arn, cluster_arn, status, document) VALUES (?, ?, ?, ?)
       ON CONFLICT (arn) DO UPDATE SET status = excluded.status, document = excluded.document`,
      instance.arn,
      instance.clusterArn,
      instance.status,
      JSON.stringify(instance),
    );
  },
});
