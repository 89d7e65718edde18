import type { Failure } from '@aws-sdk/client-ecs';
import type { Queries } from '../../platform/store/database.js';
import type { Cluster } from './cluster.js';
import { type ContainerInstance, instanceZone } from './container-instance.js';
import { containerInstanceStore } from './container-instance-store.js';
import { chooseInstance, NO_RULES, type Candidate } from './instance-placement.js';
import type { PlacementRules } from './placement/placement-request.js';
import type { NetworkAttachment, Task } from './task.js';
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
  readonly #random: (bound: number) => number;

  readonly #zoneOf: (subnetId: string) => string | undefined;

  /** `random`: a number from 0 to `bound` - 1. `zoneOf`: where a subnet is; undefined where that is nobody's choice. */
  constructor(options: {
    readonly isConnected: (containerInstanceArn: string) => boolean;
    readonly random: (bound: number) => number;
    readonly zoneOf: (subnetId: string) => string | undefined;
  }) {
    this.#isConnected = options.isConnected;
    this.#random = options.random;
    this.#zoneOf = options.zoneOf;
  }

  /** All that are registered in a cluster, or those given, with their tasks. */
  async candidates(
    queries: Queries,
    clusterArn: string,
    planned: readonly Task[] = [],
    only?: readonly ContainerInstance[],
  ): Promise<readonly Candidate[]> {
    const candidates: Candidate[] = [];
    for (const instance of only ?? (await containerInstanceStore.registered(queries, clusterArn))) {
      const stored = await taskStore.live(queries, { host: instance.arn });
      const tasks = [...stored, ...planned.filter(({ host }) => host === instance.arn)];
      candidates.push({ instance, connected: this.#isConnected(instance.arn), tasks });
    }
    return candidates;
  }

  /**
   * Finds a container instance for a task of launch type EC2 or EXTERNAL; a Fargate task is returned as it is, its host
   * is found later. `planned` are tasks of the same transaction that are not stored yet. `only` restricts the choice,
   * `rules` are constraints and strategies.
   */
  async find(
    queries: Queries,
    cluster: Cluster,
    task: Task,
    planned: readonly Task[],
    rules: PlacementRules = NO_RULES,
    only?: readonly ContainerInstance[],
  ): Promise<Placement> {
    if (task.launchType === 'FARGATE') return { task, failures: [], obstacle: undefined };
    const candidates = await this.candidates(queries, cluster.arn, planned, only);
    if (candidates.length === 0) {
      return { task, failures: [], obstacle: 'Reason: No Container Instances were found in your cluster.' };
    }
    const zones = this.#zonesOf(task.attachment);
    const choice = chooseInstance(candidates, { ...task, zones }, rules, this.#random);
    if (choice.chosen === undefined) {
      return { task, failures: choice.failures, obstacle: closestMatch(choice.failures) };
    }
    const { instance } = choice.chosen;
    const { arn } = instance;
    const zone = instanceZone(instance);
    const subnetId = task.attachment?.subnetIds?.find((id) => zone !== undefined && this.#zoneOf(id) === zone);
    // A task without an interface of its own is where its instance is.
    const isThere = task.attachment === undefined || subnetId !== undefined;
    const onInstance = {
      ...placed(task, arn, task.createdAt),
      containerInstanceArn: arn,
      ...(task.attachment && subnetId !== undefined && { attachment: { ...task.attachment, subnetId } }),
      availabilityZone: (isThere ? zone : undefined) ?? task.availabilityZone,
    };
    return { task: onInstance, failures: [], obstacle: undefined };
  }

  /** Where the task's interface can be; undefined: anywhere. */
  #zonesOf(attachment: NetworkAttachment | undefined): readonly string[] | undefined {
    const zones = attachment?.subnetIds?.map((id) => this.#zoneOf(id));
    return zones?.every((zone) => zone !== undefined) === true ? zones : undefined;
  }
}

/** The middle of a service event, for example "… is missing an attribute required by your task." (ecs-api 3.4). */
function closestMatch(failures: readonly Failure[]): string {
  // An instance that is full suits better than one that never will.
  const closest = failures.find(({ reason }) => reason?.startsWith('RESOURCE:')) ?? failures[0];
  const id = closest?.arn?.split('/').at(-1) ?? '';
  const reasons: Readonly<Record<string, string>> = {
    ATTRIBUTE: 'is missing an attribute required by your task.',
    'RESOURCE:CPU': 'has insufficient CPU units available.',
    'RESOURCE:MEMORY': 'has insufficient memory available.',
    'RESOURCE:PORTS': 'is already using a port required by your task.',
  };
  const reason = reasons[closest?.reason ?? ''] ?? `encountered error "${closest?.reason ?? ''}".`;
  return `The closest matching (container-instance ${id}) ${reason}`;
}
