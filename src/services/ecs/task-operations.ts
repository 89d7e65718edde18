import {
  DesiredStatus,
  LaunchType,
  type DescribeTasksRequest,
  type DescribeTasksResponse,
  type Failure,
  type ListTasksRequest,
  type ListTasksResponse,
  type StopTaskRequest,
  type StopTaskResponse,
  type Task as WireTask,
} from '@aws-sdk/client-ecs';
import { requireAtMost, requireOneOf } from './checks.js';
import { clusterStore } from './cluster-store.js';
import { ecsError } from './ecs-error.js';
import type { EcsParts } from './ecs-parts.js';
import { cutPage, readPage } from './page.js';
import { clusterReference, containerInstanceReference, serviceReference, taskReference } from './references.js';
import { runTaskOperations } from './run-task.js';
import { serviceStore } from './service-store.js';
import { tagStore } from './tag-store.js';
import { stopRequested } from './task-lifecycle.js';
import { taskModel } from './task-model.js';
import { taskStore, type TaskFilter } from './task-store.js';

type Parts = Pick<
  EcsParts,
  'database' | 'arns' | 'ids' | 'network' | 'clock' | 'settings' | 'capacity' | 'changes' | 'roles'
>;

/** AWS's bound on a stop reason, in characters. */
const MAX_REASON = 1024;

export function taskOperations(parts: Parts) {
  const { database, arns, clock, changes } = parts;
  return {
    ...runTaskOperations(parts),

    stop: async (input: StopTaskRequest): Promise<StopTaskResponse> => {
      requireAtMost(input.reason, MAX_REASON, 'reason');
      const reference = taskReference(arns, input.task ?? '');
      const clusterName = clusterReference(arns, input.cluster ?? reference.clusterName);
      const { change, tags } = await database.transaction(async (queries) => {
        await clusterStore.require(queries, clusterName);
        const before = await taskStore.find(queries, arns.task(clusterName, reference.id));
        if (before === undefined) throw ecsError.taskNotFound();
        const reason = input.reason === undefined || input.reason === '' ? 'Task stopped by user' : input.reason;
        const change = { before, after: stopRequested(before, { stopCode: 'UserInitiated', reason }, clock()) };
        await changes.save(queries, change);
        return { change, tags: await tagStore.find(queries, before.arn) };
      });
      changes.announce([change]);
      return { task: taskModel(change.after, tags) };
    },

    describe: async (input: DescribeTasksRequest): Promise<DescribeTasksResponse> => {
      const references = input.tasks ?? [];
      if (references.length === 0) throw ecsError.invalidParameter('Tasks cannot be empty.');
      requireAtMost(references, 100, 'tasks');
      const clusterName = clusterReference(arns, input.cluster);
      await clusterStore.require(database, clusterName);
      const withTags = input.include?.includes('TAGS') === true;
      const tasks: WireTask[] = [];
      const failures: Failure[] = [];
      for (const reference of new Set(references)) {
        const member = taskReference(arns, reference);
        const arn = arns.task(member.clusterName ?? clusterName, member.id);
        const isHere = member.clusterName === undefined || member.clusterName === clusterName;
        const task = isHere ? await taskStore.find(database, arn) : undefined;
        if (task === undefined) failures.push({ arn, reason: 'MISSING' });
        else tasks.push(taskModel(task, withTags ? await tagStore.find(database, arn) : undefined));
      }
      return { tasks, failures };
    },

    list: async (input: ListTasksRequest): Promise<ListTasksResponse> => {
      requireOneOf(input.desiredStatus, DesiredStatus, 'desiredStatus');
      requireOneOf(input.launchType, LaunchType, 'launchType');
      requireAloneStartedBy(input);
      const page = readPage('ListTasks', input);
      const cluster = await clusterStore.require(database, clusterReference(arns, input.cluster));
      const filter: TaskFilter = {
        clusterArn: cluster.arn,
        family: input.family,
        startedBy: input.startedBy,
        launchType: input.launchType,
        desiredStatus: input.desiredStatus ?? 'RUNNING',
        ...(input.containerInstance === undefined
          ? {}
          : {
              host: arns.containerInstance(cluster.name, containerInstanceReference(arns, input.containerInstance).id),
            }),
        ...(input.serviceName === undefined
          ? {}
          : { serviceArn: arns.service(cluster.name, serviceReference(arns, input.serviceName).id) }),
      };
      if (filter.serviceArn !== undefined) await serviceStore.require(database, filter.serviceArn);
      const found = await taskStore.listArns(database, filter, page);
      const { items, nextToken } = cutPage('ListTasks', page, found, (arn) => arn);
      return { taskArns: [...items], nextToken };
    },
  };
}

function requireAloneStartedBy(input: ListTasksRequest): void {
  const others = [input.containerInstance, input.family, input.serviceName, input.launchType];
  if (input.startedBy !== undefined && others.some((filter) => filter !== undefined)) {
    throw ecsError.invalidParameter('startedBy must be the only filter when it is specified.');
  }
}
