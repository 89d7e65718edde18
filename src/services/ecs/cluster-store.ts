import type { Queries } from '../../platform/store/database.js';
import type { Cluster } from './cluster.js';
import { ecsError } from './ecs-error.js';
import type { Page } from './page.js';

interface ClusterRow {
  readonly document: string;
}

function readCluster(row: ClusterRow): Cluster {
  return JSON.parse(row.document) as Cluster;
}

export const clusterStore = Object.freeze({
  async find(queries: Queries, name: string): Promise<Cluster | undefined> {
    const row = await queries.get<ClusterRow>('SELECT document FROM ecs_clusters WHERE name = ?', name);
    return row === undefined ? undefined : readCluster(row);
  },

  /** The cluster, also when it is INACTIVE. Throws ClusterNotFoundException. */
  async require(queries: Queries, name: string): Promise<Cluster> {
    const cluster = await clusterStore.find(queries, name);
    if (cluster === undefined) throw ecsError.clusterNotFound();
    return cluster;
  },

  /** The cluster a change is made to. Throws ClusterNotFoundException, with its own text when it is INACTIVE. */
  async requireActive(queries: Queries, name: string): Promise<Cluster> {
    const cluster = await clusterStore.require(queries, name);
    if (cluster.status !== 'ACTIVE') throw ecsError.clusterInactive();
    return cluster;
  },

  /** One more than the page holds, when there are more. */
  async listActive(queries: Queries, page: Page): Promise<Cluster[]> {
    const rows = await queries.all<ClusterRow>(
      "SELECT document FROM ecs_clusters WHERE status = 'ACTIVE' AND name > ? ORDER BY name LIMIT ?",
      page.after ?? '',
      page.limit + 1,
    );
    return rows.map(readCluster);
  },

  async put(queries: Queries, cluster: Cluster): Promise<void> {
    await queries.run(
      `INSERT INTO ecs_clusters (name, status, document) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET status = excluded.status, document = excluded.document`,
      cluster.name,
      cluster.status,
      JSON.stringify(cluster),
    );
  },
});
