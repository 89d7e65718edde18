import {
  PropagateTags,
  type Failure,
  type RunTaskRequest,
  type RunTaskResponse,
  type StartTaskRequest,
  type StartTaskResponse,
} from '@aws-sdk/client-ecs';
import type { Queries } from '../../platform/store/database.js';
import { requireAtMost, requireOneOf, requireWithin } from './checks.js';
import { clientTokenStore } from './client-token-store.js';
import { clusterStore } from './cluster-store.js';
import type { Cluster } from './cluster.js';
import { instanceLaunchType, type ContainerInstance } from './container-instance.js';
import { containerInstanceStore } from './container-instance-store.js';
import { ecsError } from './ecs-error.js';
import type { EcsParts } from './ecs-parts.js';
import { fingerprint } from './fingerprint.js';
import { readLaunch, type Launch } from './launch.js';
import { newTask, type TaskPlan } from './new-task.js';
import { NO_RULES } from './instance-placement.js';
import { readRules, requireInstances, withDefinition } from './placement/placement-request.js';
import { clusterReference, containerInstanceReference, taskDefinitionReference } from './references.js';
import { requireTaskDefinition, requireTaskRole } from './service-request.js';
import { requireSynchronousPlacement } from './asynchronous-placement.js';
import { mergeTags, readTags, type Tag } from './tag.js';
import { tagStore } from './tag-store.js';
import type { Task } from './task.js';
import type { TaskChange } from './task-changes.js';
import type { TaskDefinition } from './task-definition.js';
import { taskDefinitionStore } from './task-definition-store.js';
import { taskModel } from './task-model.js';
import { readOverrides } from './task-overrides.js';
import { requireAssumable } from './task-role.js';
import { taskStore } from './task-store.js';

type Parts = Pick<
  EcsParts,
  'database' | 'arns' | 'ids' | 'network' | 'clock' | 'settings' | 'capacity' | 'changes' | 'roles'
>;

interface Started {
  readonly tasks: readonly { readonly task: Task; readonly tags: readonly Tag[] }[];
  readonly failures: readonly Failure[];
}

export function runTaskOperations(parts: Parts) {
  const { database, arns, ids, network, clock, settings, capacity, changes, roles } = parts;

  /** Stores tasks that are placed, in one transaction, and starts them after it. */
  async function commit(work: (queries: Queries) => Promise<Started>): Promise<RunTaskResponse> {
    const { started, made } = await database.transaction(async (queries) => {
      const started = await work(queries);
      const made: TaskChange[] = [];
      for (const { task, tags } of started.tasks) {
        // A repeated client token finds tasks that are there already.
        if ((await taskStore.find(queries, task.arn)) !== undefined) continue;
        await changes.save(queries, { before: undefined, after: task });
        await tagStore.put(queries, task.arn, tags);
        made.push({ before: undefined, after: task });
      }
      return { started, made };
    });
    changes.announce(made);
    return {
      tasks: started.tasks.map(({ task, tags }) => taskModel(task, tags)),
      failures: [...started.failures],
    };
  }

  /** Checks what both operations share, and describes the tasks to make. */
  async function plan(
    queries: Queries,
    cluster: Cluster,
    input: RunTaskRequest | StartTaskRequest,
    definition: TaskDefinition,
    launch: Launch,
  ): Promise<{ readonly plan: TaskPlan; readonly tags: readonly Tag[] }> {
    const overrides = readOverrides(arns, definition, input.overrides);
    const enableExecuteCommand = input.enableExecuteCommand ?? false;
    requireTaskRole(
      settings,
      enableExecuteCommand,
      overrides.taskRoleArn ?? definition.taskRoleArn,
      "task couldn't be run",
    );
    const inherited =
      input.propagateTags === 'TASK_DEFINITION' ? await tagStore.find(queries, definition.taskDefinitionArn) : [];
    const managed = input.enableECSManagedTags === true ? [{ key: 'aws:ecs:clusterName', value: cluster.name }] : [];
    return {
      plan: {
        cluster,
        definition,
        launch,
        overrides,
        enableExecuteCommand,
        group: input.group ?? `family:${definition.family}`,
        startedBy: input.startedBy,
        position: 0,
      },
      tags: mergeTags(inherited, managed, readTags(input.tags)),
    };
  }

  /** The role of the override, or else of the definition, can be assumed. A definition that is not there has none. */
  async function requireRole({ taskDefinition, overrides }: RunTaskRequest | StartTaskRequest): Promise<void> {
    const override = overrides?.taskRoleArn ?? '';
    if (roles === undefined) return;
    const definition =
      override === '' && taskDefinition !== undefined
        ? await taskDefinitionStore.find(database, taskDefinitionReference(arns, taskDefinition))
        : undefined;
    await requireAssumable(roles, override === '' ? definition?.taskRoleArn : arns.role(override));
  }

  async function runTasks(queries: Queries, input: RunTaskRequest): Promise<Started> {
    const cluster = await clusterStore.requireActive(queries, clusterReference(arns, input.cluster));
    const definition = await requireTaskDefinition(queries, arns, input.taskDefinition);
    requireSynchronousPlacement(settings, cluster, input);
    const launch = readLaunch(network, cluster, definition, input);
    const rules = readRules(input);
    requireInstances(launch.launchType, rules);
    const constraints = withDefinition(rules.constraints, definition);
    const planned = await plan(queries, cluster, input, definition, launch);
    const tasks: Task[] = [];
    for (let position = 0; position < (input.count ?? 1); position++) {
      const task = newTask({ arns, ids, network }, { ...planned.plan, position }, clock());
      const place = await capacity.find(queries, cluster, task, tasks, { ...rules, constraints });
      if (place.obstacle !== undefined && place.failures.length === 0) {
        throw ecsError.invalidParameter('No Container Instances were found in your cluster.');
      }
      if (place.failures.length > 0) {
        return { tasks: tasks.map((made) => ({ task: made, tags: planned.tags })), failures: place.failures };
      }
      tasks.push(place.task);
    }
    return { tasks: tasks.map((task) => ({ task, tags: planned.tags })), failures: [] };
  }

  return {
    run: async (input: RunTaskRequest): Promise<RunTaskResponse> => {
      requireWithin(input.count, 1, 10, 'count');
      requireAtMost(input.clientToken, 64, 'clientToken');
      requireTaskRequest(input);
      requireSupported(input);
      await requireRole(input);
      const { clientToken } = input;
      if (clientToken === undefined || clientToken === '') return commit((queries) => runTasks(queries, input));
      const clusterName = clusterReference(arns, input.cluster);
      const token = `RunTask/${clusterName}/${clientToken}`;
      const print = fingerprint({ ...input, cluster: clusterName, clientToken: undefined });
      return commit(async (queries) => {
        const earlier = await clientTokenStore.find(queries, token);
        if (earlier === undefined) {
          const started = await runTasks(queries, input);
          const made = started.tasks.map(({ task }) => task.arn);
          await clientTokenStore.put(queries, token, print, made, clock());
          return started;
        }
        if (earlier.fingerprint !== print) {
          throw ecsError.conflict('The client token was used with different parameters.', earlier.arns);
        }
        const tasks = [];
        for (const arn of earlier.arns) {
          const task = await taskStore.find(queries, arn);
          if (task !== undefined) tasks.push({ task, tags: await tagStore.find(queries, arn) });
        }
        return { tasks, failures: [] };
      });
    },

    /** On the container instances named, without a scheduler. */
    start: async (input: StartTaskRequest): Promise<StartTaskResponse> => {
      const references = input.containerInstances ?? [];
      if (references.length === 0) throw ecsError.client('Container Instances cannot be empty.');
      requireAtMost(references, 10, 'containerInstances');
      requireTaskRequest(input);
      requireSupported(input);
      await requireRole(input);
      return commit(async (queries) => {
        const cluster = await clusterStore.requireActive(queries, clusterReference(arns, input.cluster));
        const definition = await requireTaskDefinition(queries, arns, input.taskDefinition);
        const tasks: { readonly task: Task; readonly tags: readonly Tag[] }[] = [];
        const failures: Failure[] = [];
        for (const reference of references) {
          const { id } = containerInstanceReference(arns, reference);
          const arn = arns.containerInstance(cluster.name, id);
          const instance = await containerInstanceStore.find(queries, arn);
          if (instance === undefined) {
            failures.push({ arn, reason: 'MISSING' });
            continue;
          }
          const launch = readLaunch(network, cluster, definition, startLaunch(instance, input));
          const planned = await plan(queries, cluster, input, definition, launch);
          const task = newTask({ arns, ids, network }, planned.plan, clock());
          const others = tasks.map((made) => made.task);
          const place = await capacity.find(queries, cluster, task, others, NO_RULES, [instance]);
          if (place.obstacle === undefined) tasks.push({ task: place.task, tags: planned.tags });
          else failures.push(...place.failures);
        }
        return { tasks, failures };
      });
    },
  };
}

function startLaunch(instance: ContainerInstance, { networkConfiguration }: StartTaskRequest) {
  return { launchType: instanceLaunchType(instance), networkConfiguration };
}

function requireTaskRequest(input: RunTaskRequest | StartTaskRequest): void {
  requireAtMost(input.startedBy, 128, 'startedBy');
  requireAtMost(input.group, 255, 'group');
  requireOneOf(input.propagateTags, PropagateTags, 'propagateTags');
  if (input.propagateTags === 'SERVICE') {
    throw ecsError.invalidParameter('propagateTags SERVICE is only valid for the tasks of a service.');
  }
}

function requireSupported(input: RunTaskRequest | StartTaskRequest): void {
  if ((input.volumeConfigurations ?? []).length > 0) {
    throw ecsError.unsupported('This endpoint does not support volume configurations.');
  }
}
