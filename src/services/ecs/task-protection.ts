import type {
  Failure,
  GetTaskProtectionRequest,
  GetTaskProtectionResponse,
  ProtectedTask,
  UpdateTaskProtectionRequest,
  UpdateTaskProtectionResponse,
} from '@aws-sdk/client-ecs';
import type { Queries } from '../../platform/store/database.js';
import { requireAtMost, requireWithin } from './checks.js';
import { clusterStore } from './cluster-store.js';
import { ecsError } from './ecs-error.js';
import type { EcsParts } from './ecs-parts.js';
import { date } from './present.js';
import { clusterReference, taskReference } from './references.js';
import type { Task } from './task.js';
import type { TaskChange } from './task-changes.js';
import { taskStore } from './task-store.js';

type Parts = Pick<EcsParts, 'database' | 'arns' | 'clock' | 'changes'>;

/** Minutes; documentation of UpdateTaskProtection. */
const DEFAULT_EXPIRY = 120;
const MAX_EXPIRY = 2880;
const MAX_UPDATED = 10;
const MAX_SHOWN = 100;
const MINUTE_MS = 60_000;

/** Whether a task must not be stopped to scale its service in, or by a deployment, at this moment. */
export function isProtected(task: Pick<Task, 'protection'>, now: number): boolean {
  return protectedUntil(task, now) !== undefined;
}

/** Milliseconds since the epoch; undefined when it is not protected any more, or never was. */
export function protectedUntil({ protection }: Pick<Task, 'protection'>, now: number): number | undefined {
  return protection !== undefined && protection.expiresAt > now ? protection.expiresAt : undefined;
}

/** Only tasks of services can be protected; others are failures, as on AWS. */
export function taskProtectionOperations({ database, arns, clock, changes }: Parts) {
  async function find(
    queries: Queries,
    cluster: string | undefined,
    references: readonly string[],
  ): Promise<{ readonly tasks: readonly Task[]; readonly failures: Failure[] }> {
    if (references.length === 0) throw ecsError.invalidParameter('Tasks cannot be empty.');
    const clusterName = clusterReference(arns, cluster);
    await clusterStore.requireActive(queries, clusterName);
    const tasks: Task[] = [];
    const failures: Failure[] = [];
    for (const reference of new Set(references)) {
      const member = taskReference(arns, reference);
      const arn = arns.task(member.clusterName ?? clusterName, member.id);
      const isHere = member.clusterName === undefined || member.clusterName === clusterName;
      const task = isHere ? await taskStore.find(queries, arn) : undefined;
      if (task === undefined || task.lastStatus === 'STOPPED') failures.push({ arn, reason: 'MISSING' });
      else if (task.serviceArn === undefined) failures.push({ arn, reason: 'TASK_NOT_VALID' });
      else tasks.push(task);
    }
    return { tasks, failures };
  }

  function model(task: Task): ProtectedTask {
    const protectionEnabled = isProtected(task, clock());
    return {
      taskArn: task.arn,
      protectionEnabled,
      expirationDate: protectionEnabled ? date(task.protection?.expiresAt) : undefined,
    };
  }

  return {
    get: async (input: GetTaskProtectionRequest): Promise<GetTaskProtectionResponse> => {
      requireAtMost(input.tasks, MAX_SHOWN, 'tasks');
      const { tasks, failures } = await find(database, input.cluster, input.tasks ?? []);
      return { protectedTasks: tasks.map(model), failures };
    },

    update: async (input: UpdateTaskProtectionRequest): Promise<UpdateTaskProtectionResponse> => {
      const { protectionEnabled, expiresInMinutes } = input;
      if (protectionEnabled === undefined) throw ecsError.required('protectionEnabled');
      requireAtMost(input.tasks, MAX_UPDATED, 'tasks');
      requireWithin(expiresInMinutes, 1, MAX_EXPIRY, 'expiresInMinutes');
      const expiresAt = clock() + (expiresInMinutes ?? DEFAULT_EXPIRY) * MINUTE_MS;
      const { made, failures } = await database.transaction(async (queries) => {
        const { tasks, failures } = await find(queries, input.cluster, input.tasks ?? []);
        const made: TaskChange[] = [];
        for (const before of tasks) {
          const protection = protectionEnabled ? { expiresAt } : undefined;
          const change = { before, after: { ...before, protection, version: before.version + 1 } };
          await changes.save(queries, change);
          made.push(change);
        }
        return { made, failures };
      });
      changes.announce(made);
      return { protectedTasks: made.map(({ after }) => model(after)), failures };
    },
  };
}
