import type { Cluster as WireCluster, KeyValuePair } from '@aws-sdk/client-ecs';
import type { Queries } from '../../platform/store/database.js';
import type { Cluster } from './cluster.js';
import { containerInstanceStore } from './container-instance-store.js';
import { serviceStore } from './service-store.js';
import { tagStore } from './tag-store.js';
import { PENDING_STATUSES, type TaskStatus } from './task.js';
import { taskStore, type TaskCount } from './task-store.js';

/** Which optional parts of a cluster to show. */
export interface ClusterInclude {
  readonly configurations: boolean;
  readonly settings: boolean;
  readonly statistics: boolean;
  readonly tags: boolean;
}

/** What the operations that change a cluster return. */
export const CHANGED_CLUSTER: ClusterInclude = Object.freeze({
  configurations: true,
  settings: true,
  statistics: false,
  tags: true,
});

/** A cluster with its counts, read at this moment. */
export async function clusterModel(queries: Queries, cluster: Cluster, include: ClusterInclude): Promise<WireCluster> {
  const tasks = await taskStore.count(queries, 'cluster_arn', { clusterArn: cluster.arn });
  const services = await serviceStore.count(queries, cluster.arn);
  const instances = await containerInstanceStore.registered(queries, cluster.arn);
  const active = services.filter(({ status }) => status === 'ACTIVE');
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.status,
    registeredContainerInstancesCount: instances.length,
    runningTasksCount: total(tasks.filter(isRunning)),
    pendingTasksCount: total(tasks.filter(isPending)),
    activeServicesCount: total(active),
    statistics: include.statistics ? statistics(tasks, services) : [],
    tags: include.tags ? [...(await tagStore.find(queries, cluster.arn))] : [],
    settings: include.settings ? [...cluster.settings] : [],
    capacityProviders: [...cluster.capacityProviders],
    defaultCapacityProviderStrategy: [...cluster.defaultCapacityProviderStrategy],
    ...(include.configurations && cluster.configuration !== undefined ? { configuration: cluster.configuration } : {}),
    ...(cluster.serviceConnectNamespace === undefined
      ? {}
      : { serviceConnectDefaults: { namespace: cluster.serviceConnectNamespace } }),
  };
}

function isRunning({ lastStatus }: TaskCount): boolean {
  return lastStatus === 'RUNNING';
}

function isPending({ lastStatus }: TaskCount): boolean {
  return PENDING_STATUSES.includes(lastStatus as TaskStatus);
}

function total(counts: readonly { readonly count: number }[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}

interface ServiceCount {
  readonly launchType: string;
  readonly status: string;
  readonly count: number;
}

/** Names as AWS has them: `runningFargateTasksCount`, `activeEC2ServiceCount` … */
function statistics(tasks: readonly TaskCount[], services: readonly ServiceCount[]): KeyValuePair[] {
  const families = [
    ['EC2', 'EC2'],
    ['FARGATE', 'Fargate'],
    ['EXTERNAL', 'External'],
  ] as const;
  const counts = families.flatMap(([launchType, word]) => {
    const own = tasks.filter((task) => task.launchType === launchType);
    const ownServices = services.filter((service) => service.launchType === launchType);
    return [
      [`running${word}TasksCount`, total(own.filter(isRunning))],
      [`pending${word}TasksCount`, total(own.filter(isPending))],
      [`active${word}ServiceCount`, total(ownServices.filter(({ status }) => status === 'ACTIVE'))],
      [`draining${word}ServiceCount`, total(ownServices.filter(({ status }) => status === 'DRAINING'))],
    ] as const;
  });
  return counts.map(([name, count]) => ({ name, value: String(count) }));
}
