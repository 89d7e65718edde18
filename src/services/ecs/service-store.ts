import type { Queries, SqlValue } from '../../platform/store/database.js';
import { ecsError } from './ecs-error.js';
import type { Page } from './page.js';
import { withHistory } from './service-deployment.js';
import { primaryDeployment, type Service } from './service.js';

interface Row {
  readonly document: string;
}

function readService(row: Row): Service {
  return JSON.parse(row.document) as Service;
}

export const serviceStore = Object.freeze({
  async find(queries: Queries, arn: string): Promise<Service | undefined> {
    const row = await queries.get<Row>('SELECT document FROM ecs_services WHERE arn = ?', arn);
    return row === undefined ? undefined : readService(row);
  },

  /** Throws ServiceNotFoundException. */
  async require(queries: Queries, arn: string): Promise<Service> {
    const service = await serviceStore.find(queries, arn);
    if (service === undefined) throw ecsError.serviceNotFound();
    return service;
  },

  /** ACTIVE services in the order of their ARNs; one more than the page holds, when there are more. */
  async listArns(
    queries: Queries,
    filter: {
      readonly clusterArn: string;
      readonly launchType: string | undefined;
      readonly schedulingStrategy: string | undefined;
    },
    page: Page,
  ): Promise<string[]> {
    const conditions = ['cluster_arn = ?', "status = 'ACTIVE'", 'arn > ?'];
    const values: SqlValue[] = [filter.clusterArn, page.after ?? ''];
    if (filter.launchType !== undefined) {
      conditions.push('launch_type = ?');
      values.push(filter.launchType);
    }
    if (filter.schedulingStrategy !== undefined) {
      conditions.push('scheduling_strategy = ?');
      values.push(filter.schedulingStrategy);
    }
    const rows = await queries.all<{ arn: string }>(
      `SELECT arn FROM ecs_services WHERE ${conditions.join(' AND ')} ORDER BY arn LIMIT ?`,
      ...values,
      page.limit + 1,
    );
    return rows.map((row) => row.arn);
  },

  /** ARNs of what the scheduler has to look after, in one cluster or in all. */
  async unfinished(queries: Queries, clusterArn?: string): Promise<string[]> {
    const rows = await queries.all<{ arn: string }>(
      `SELECT arn FROM ecs_services WHERE status IN ('ACTIVE', 'DRAINING')
       ${clusterArn === undefined ? '' : 'AND cluster_arn = ?'} ORDER BY arn`,
      ...(clusterArn === undefined ? [] : [clusterArn]),
    );
    return rows.map((row) => row.arn);
  },

  /** How many ACTIVE and DRAINING services a cluster has, by launch type and status. */
  async count(
    queries: Queries,
    clusterArn: string,
  ): Promise<{ readonly launchType: string; readonly status: string; readonly count: number }[]> {
    const rows = await queries.all<{ launch_type: string; status: string; services: number | string }>(
      `SELECT launch_type, status, COUNT(*) AS services FROM ecs_services
       WHERE cluster_arn = ? AND status IN ('ACTIVE', 'DRAINING') GROUP BY launch_type, status`,
      clusterArn,
    );
    return rows.map((row) => ({ launchType: row.launch_type, status: row.status, count: Number(row.services) }));
  },

  async put(queries: Queries, service: Service): Promise<void> {
    await queries.run(
      `INSERT INTO ecs_services (arn, cluster_arn, status, launch_type, scheduling_strategy, document)
       VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (arn) DO UPDATE SET status = excluded.status, launch_type = excluded.launch_type,
         scheduling_strategy = excluded.scheduling_strategy, document = excluded.document`,
      service.arn,
      service.clusterArn,
      service.status,
      primaryDeployment(service)?.launch.launchType ?? 'EC2',
      service.schedulingStrategy ?? 'REPLICA',
      JSON.stringify(withHistory(service)),
    );
  },
});
