import type { Queries, SqlValue } from '../../platform/store/database.js';
import type { Page } from './page.js';
import type { Task } from './task.js';

interface Row {
  readonly document: string;
}

/** What a query can select by; absent members do not restrict. */
export interface TaskFilter {
  readonly clusterArn?: string | undefined;
  readonly serviceArn?: string | undefined;
  readonly family?: string | undefined;
  readonly startedBy?: string | undefined;
  readonly launchType?: string | undefined;
  readonly desiredStatus?: string | undefined;
  readonly host?: string | undefined;
}

/** Tasks in one state of one deployment or host. */
export interface TaskCount {
  readonly group: string | null;
  readonly lastStatus: string;
  readonly launchType: string;
  readonly count: number;
}

const COLUMNS = Object.freeze({
  clusterArn: 'cluster_arn',
  serviceArn: 'service_arn',
  family: 'family',
  startedBy: 'started_by',
  launchType: 'launch_type',
  desiredStatus: 'desired_status',
  host: 'host',
} satisfies Record<keyof TaskFilter, string>);

/** No host has Windows. A quote within a text of the document has a backslash before it: this is the task's member. */
const NOT_WINDOWS = `document NOT LIKE '%"platformFamily":"Windows%'`;
const WAITS_FOR_HOST = `desired_status = 'RUNNING' AND last_status = 'PENDING' AND host IS NULL
  AND launch_type = 'FARGATE' AND ${NOT_WINDOWS}`;

function readTask(row: Row): Task {
  return JSON.parse(row.document) as Task;
}

function readTasks(rows: readonly Row[]): Task[] {
  return rows.map(readTask);
}

function where(filter: TaskFilter): { readonly conditions: string[]; readonly values: SqlValue[] } {
  const given = Object.entries(filter).filter((entry): entry is [keyof TaskFilter, string] => entry[1] !== undefined);
  return { conditions: given.map(([name]) => `${COLUMNS[name]} = ?`), values: given.map(([, value]) => value) };
}

export const taskStore = Object.freeze({
  async find(queries: Queries, arn: string): Promise<Task | undefined> {
    const row = await queries.get<Row>('SELECT document FROM ecs_tasks WHERE arn = ?', arn);
    return row === undefined ? undefined : readTask(row);
  },

  async put(queries: Queries, task: Task): Promise<void> {
    await queries.run(
      `INSERT INTO ecs_tasks (arn, cluster_arn, service_arn, deployment_id, family, started_by, launch_type, host,
         last_status, desired_status, created_at, stopped_at, document)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (arn) DO UPDATE SET host = excluded.host, last_status = excluded.last_status,
         desired_status = excluded.desired_status, stopped_at = excluded.stopped_at, document = excluded.document`,
      task.arn,
      task.clusterArn,
      task.serviceArn ?? null,
      task.deploymentId ?? null,
      task.family,
      task.startedBy ?? null,
      task.launchType,
      task.host ?? null,
      task.lastStatus,
      task.desiredStatus,
      task.createdAt,
      task.stoppedAt ?? null,
      JSON.stringify(task),
    );
  },

  /** In the order of their ARNs; one more than the page holds, when there are more. */
  async listArns(queries: Queries, filter: TaskFilter, page: Page): Promise<string[]> {
    const { conditions, values } = where(filter);
    const rows = await queries.all<{ arn: string }>(
      `SELECT arn FROM ecs_tasks WHERE ${[...conditions, 'arn > ?'].join(' AND ')} ORDER BY arn LIMIT ?`,
      ...values,
      page.after ?? '',
      page.limit + 1,
    );
    return rows.map((row) => row.arn);
  },

  /** Those that have not ended, oldest first. */
  async live(queries: Queries, filter: TaskFilter): Promise<Task[]> {
    const { conditions, values } = where(filter);
    return readTasks(
      await queries.all<Row>(
        `SELECT document FROM ecs_tasks WHERE ${[...conditions, "last_status <> 'STOPPED'"].join(' AND ')}
         ORDER BY created_at, arn`,
        ...values,
      ),
    );
  },

  /** Tasks that wait for their network interface to come or go and, where there are hosts, Fargate tasks that wait for one. */
  async waiting(queries: Queries, withHosts: boolean, limit: number): Promise<Task[]> {
    return readTasks(
      await queries.all<Row>(
        `SELECT document FROM ecs_tasks WHERE last_status = 'DEPROVISIONING'
         OR (desired_status = 'RUNNING' AND last_status = 'PROVISIONING')
         ${withHosts ? `OR (${WAITS_FOR_HOST})` : ''}
         ORDER BY created_at, arn LIMIT ?`,
        limit,
      ),
    );
  },

  /** How many have not ended, by state and by one further column. */
  async count(
    queries: Queries,
    by: 'cluster_arn' | 'deployment_id' | 'host' | 'service_arn',
    filter: TaskFilter,
  ): Promise<TaskCount[]> {
    const { conditions, values } = where(filter);
    const rows = await queries.all<{
      key: string | null;
      last_status: string;
      launch_type: string;
      tasks: number | string;
    }>(
      `SELECT ${by} AS key, last_status, launch_type, COUNT(*) AS tasks FROM ecs_tasks
       WHERE ${[...conditions, "last_status <> 'STOPPED'"].join(' AND ')} GROUP BY ${by}, last_status, launch_type`,
      ...values,
    );
    return rows.map((row) => ({
      group: row.key,
      lastStatus: row.last_status,
      launchType: row.launch_type,
      count: Number(row.tasks),
    }));
  },

  /** Tasks that stopped before a moment, oldest first. */
  async stoppedBefore(queries: Queries, time: number, limit: number): Promise<string[]> {
    const rows = await queries.all<{ arn: string }>(
      `SELECT arn FROM ecs_tasks WHERE last_status = 'STOPPED' AND stopped_at < ? ORDER BY stopped_at LIMIT ?`,
      time,
      limit,
    );
    return rows.map((row) => row.arn);
  },

  async remove(queries: Queries, arn: string): Promise<void> {
    await queries.run('DELETE FROM ecs_tasks WHERE arn = ?', arn);
  },
});
