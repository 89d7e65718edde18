import type { DoctorApi } from './doctor-api.js';
import { ask, type Fact, known } from './fact.js';
import type { Cluster, Task } from './facts.js';

/** Clusters looked through for a task that is not where it was said to be. */
const MOST_CLUSTERS = 100;

export interface FoundTask {
  readonly cluster: Fact<Cluster | undefined>;
  readonly otherClusters: readonly string[];
  readonly task: Fact<Task | undefined>;
  readonly taskElsewhere: string | undefined;
}

export function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/** `arn:aws:ecs:R:A:task/CLUSTER/ID` names its cluster; an id or an old ARN does not. */
export function clusterOfTask(reference: string): string | undefined {
  return /^arn:[^:]*:ecs:[^:]*:[^:]*:task\/([^/]+)\/[^/]+$/.exec(reference)?.[1];
}

/** Cluster and task, and where they are instead when they are not there. */
export async function findTask(api: DoctorApi, cluster: string, task: string): Promise<FoundTask> {
  const [foundCluster, foundTask] = await Promise.all([
    describeCluster(api, cluster),
    describeTask(api, cluster, task),
  ]);
  const noCluster = foundCluster.known && foundCluster.value?.status !== 'ACTIVE';
  const noTask = foundTask.known && foundTask.value === undefined;
  const others = noCluster || noTask ? (await clusters(api)).filter((name) => name !== lastPart(cluster)) : [];
  return {
    cluster: foundCluster,
    otherClusters: others,
    task: foundTask,
    taskElsewhere: noTask ? await elsewhere(api, others, task) : undefined,
  };
}

function describeCluster(api: DoctorApi, cluster: string): Promise<Fact<Cluster | undefined>> {
  return ask(async () => {
    const { clusters: found } = (await api.json('ecs', 'DescribeClusters', {
      clusters: [cluster],
      include: ['CONFIGURATIONS', 'TAGS'],
    })) as { readonly clusters?: readonly Cluster[] };
    return found?.[0];
  });
}

function describeTask(api: DoctorApi, cluster: string, task: string): Promise<Fact<Task | undefined>> {
  // An ARN of another cluster, or what is no id at all, is refused as a parameter.
  const absent = ['ClusterNotFoundException', 'InvalidParameterException'];
  return ask(async () => {
    const { tasks } = (await api.json('ecs', 'DescribeTasks', { cluster, tasks: [task], include: ['TAGS'] })) as {
      readonly tasks?: readonly Task[];
    };
    return tasks?.[0];
  }, absent);
}

async function clusters(api: DoctorApi): Promise<readonly string[]> {
  const listed = await ask(() => api.json('ecs', 'ListClusters', { maxResults: MOST_CLUSTERS }));
  if (!listed.known) return [];
  const { clusterArns = [] } = listed.value as { readonly clusterArns?: readonly string[] };
  return clusterArns.map(lastPart);
}

async function elsewhere(api: DoctorApi, others: readonly string[], task: string): Promise<string | undefined> {
  const id = lastPart(task);
  for (const cluster of others) {
    const found = await describeTask(api, cluster, id);
    if (found.known && found.value !== undefined) return cluster;
  }
  return undefined;
}

/** Tasks of a cluster whose id begins with `prefix`: those that run, or else those that have stopped. */
export async function tasksOf(api: DoctorApi, cluster: string, prefix: string): Promise<Fact<readonly string[]>> {
  for (const desiredStatus of ['RUNNING', 'STOPPED']) {
    const listed = await ask(() => listTasks(api, cluster, desiredStatus), ['ClusterNotFoundException']);
    if (!listed.known) return listed;
    const chosen = (listed.value ?? []).filter((arn) => lastPart(arn).startsWith(prefix));
    if (chosen.length > 0) return known(chosen);
  }
  return known([]);
}

async function listTasks(api: DoctorApi, cluster: string, desiredStatus: string): Promise<readonly string[]> {
  const arns: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = (await api.json('ecs', 'ListTasks', {
      cluster,
      desiredStatus,
      ...(nextToken !== undefined && { nextToken }),
    })) as { readonly taskArns?: readonly string[]; readonly nextToken?: string };
    arns.push(...(page.taskArns ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined && nextToken !== '');
  return arns;
}
