import type { Failure } from '@aws-sdk/client-ecs';
import type { Queries } from '../../platform/store/database.js';
import type { Cluster } from './cluster.js';
import type { ContainerInstance } from './container-instance.js';
import { containerInstanceStore } from './container-instance-store.js';
import { chooseInstance, type Candidate } from './instance-placement.js';
import type { Task } from './task.js';
import { placed } from './task-lifecycle.js';
import { taskStore } from './task-store.js';

export interface Placement {
  /** On its container instance, when there is one for it. */
  readonly task: Task;
  /** One for each instance that cannot take it. */
  readonly failures: readonly Failure[];
  /** In one sentence; absent when the task is placed. */
  readonly obstacle: string | undefined;
}

/** The container instances of clusters and what is on them. */
export class InstanceCapacity {
  readonly #isConnected: (containerInstanceArn: string) => boolean;

  constructor(isConnected: (containerInstanceArn: string) => boolean) {
    this.#isConnected = isConnected;
  }

  /**
   * Finds a container instance for a task of launch type EC2 or EXTERNAL; a Fargate task is returned as it is, its host
   * is found later. `planned` are tasks of the same transaction that are not stored yet. `only` restricts the choice.
   */
  async find(
    queries: Queries,
    cluster: Cluster,
    task: Task,
    planned: readonly Task[],
    only?: readonly ContainerInstance[],
  ): Promise<Placement> {
    if (task.launchType === 'FARGATE') return { task, failures: [], obstacle: undefined };
    const instances = only ?? (await containerInstanceStore.registered(queries, cluster.arn));
    if (instances.length === 0) {
      return { task, failures: [], obstacle: 'Reason: No Container Instances were found in your cluster.' };
    }
    const candidates: Candidate[] = [];
    for (const instance of instances) {
      const stored = await taskStore.live(queries, { host: instance.arn });
      const tasks = [...stored, ...planned.filter(({ host }) => host === instance.arn)];
      candidates.push({ instance, connected: this.#isConnected(instance.arn), tasks });
    }
    const choice = chooseInstance(candidates, task);
    if (choice.chosen === undefined) {
      const [first] = choice.failures;
      return { task, failures: choice.failures, obstacle: closestMatch(first) };
    }
    const { arn } = choice.chosen.instance;
    const onInstance = { ...placed(task, arn, task.createdAt), containerInstanceArn: arn };
    return { task: onInstance, failures: [], obstacle: undefined };
  }
}

/** The middle of a service event, for example "… is missing an attribute required by your task." (ecs-api 3.4). */
function closestMatch(failure: Failure | undefined): string {
  const id = failure?.arn?.split('/').at(-1) ?? '';
  const reasons: Readonly<Record<string, string>> = {
    AGENT: 'encountered error "AGENT".',
    ATTRIBUTE: 'is missing an attribute required by your task.',
    'RESOURCE:CPU': 'has insufficient CPU units available.',
    'RESOURCE:MEMORY': 'has insufficient memory available.',
  };
  const reason = reasons[failure?.reason ?? ''] ?? `encountered error "${failure?.reason ?? ''}".`;
  return `The closest matching (container-instance ${id}) ${reason}`;
}
