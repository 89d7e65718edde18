import type { TaskPayload } from '../../core/protocol/agent-service.js';
import type { Database } from '../../platform/store/database.js';
import type { Network } from '../network.js';
import { RoleRefused } from '../role-credentials.js';
import type { Hosts } from './hosts.js';
import type { Identifiers } from './identifiers.js';
import { attached } from './network-configuration.js';
import type { Clock, EcsSettings, Log } from './ports.js';
import { present } from './present.js';
import { tagStore } from './tag-store.js';
import type { Task } from './task.js';
import type { TaskChange, TaskChanges } from './task-changes.js';
import type { TaskCredentials } from './task-credentials.js';
import { deprovisioned, placed, provisioned, reconnected, stopped } from './task-lifecycle.js';
import { taskMetadata } from './task-metadata.js';
import { executionRoleOf, stopPayload, taskPayload, unknownTaskPayload } from './task-payload.js';
import { taskDefinitionStore } from './task-definition-store.js';
import { unableToAssume } from './task-role.js';
import { taskStore } from './task-store.js';
import { WorkQueue } from './work-queue.js';

/** How many waiting tasks are given to hosts in one transaction. */
export const PLACE_STEP = 50;

export interface TaskDispatchOptions {
  readonly database: Database;
  readonly hosts: Hosts;
  readonly changes: TaskChanges;
  readonly credentials: TaskCredentials;
  readonly ids: Identifiers;
  readonly network: Network;
  readonly settings: EcsSettings;
  readonly clock: Clock;
  readonly log: Log;
}

/** Brings tasks to hosts: places those that wait, tells hosts what to start and stop, compares with what they hold. */
export class TaskDispatch {
  readonly #options: TaskDispatchOptions;
  readonly #queue: WorkQueue;

  constructor(options: TaskDispatchOptions) {
    this.#options = options;
    this.#queue = new WorkQueue(
      (key) => (key === 'place' ? this.#place() : this.#deliver(key)),
      (key, error) => options.log.error({ key, err: error }, 'tasks not brought to their hosts; tried again later'),
    );
  }

  /** Attaches network interfaces and takes them away, and gives Fargate tasks to hosts. They wait in PENDING while no host is connected. */
  place(): void {
    this.#queue.add('place');
  }

  /** Tells the hosts of these tasks what they are to be now. */
  deliver(tasks: readonly Task[]): void {
    for (const { arn } of tasks) this.#queue.add(arn);
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  stop(): Promise<void> {
    return this.#queue.stop();
  }

  /**
   * A host has connected and says what it holds. What it has reported on before and no longer holds is gone; what it
   * never reported on has not reached it and is sent again; what it should not hold is stopped.
   */
  async manifest(host: string, taskArns: readonly string[]): Promise<void> {
    const { database, hosts, changes, clock } = this.#options;
    const held = new Set(taskArns);
    const { lost, payloads, running, unsent } = await database.transaction(async (queries) => {
      const expected = await taskStore.live(queries, { host });
      const known = new Set(expected.map(({ arn }) => arn));
      const lost: TaskChange[] = [];
      const payloads = taskArns.filter((arn) => !known.has(arn)).map(unknownTaskPayload);
      const running: Task[] = [];
      const unsent: Task[] = [];
      for (const before of expected) {
        const isHeld = held.has(before.arn);
        const isLost = !isHeld && (before.seen || before.desiredStatus === 'STOPPED');
        const after = isLost ? stopped(before, lostCause(before), clock()) : reconnected(before, clock());
        await changes.save(queries, { before, after });
        if (isLost) lost.push({ before, after });
        else if (after.desiredStatus === 'STOPPED') payloads.push(stopPayload(after));
        else (isHeld ? running : unsent).push(after);
      }
      return { lost, payloads, running, unsent };
    });
    for (const task of unsent) payloads.push(...(await this.#startPayload(task)));
    hosts.send(host, payloads);
    changes.announce(lost);
    for (const task of running) await this.#sendCredentials(task);
  }

  /** Renews what is due. Hosts that are away are given theirs when they come back. */
  async renewCredentials(): Promise<void> {
    const { database, hosts, credentials } = this.#options;
    for (const arn of credentials.due()) {
      const task = await taskStore.find(database, arn);
      if (task === undefined || task.lastStatus === 'STOPPED') credentials.forget(arn);
      else if (task.host !== undefined && hosts.isReady(task.host)) await this.#sendCredentials(task);
    }
  }

  async #place(): Promise<void> {
    const { database, hosts, changes, ids, network, clock } = this.#options;
    const done = await database.transaction(async (queries) => {
      const load = new Map(hosts.fargate().map((host) => [host, 0]));
      for (const { group, count } of await taskStore.count(queries, 'host', { launchType: 'FARGATE' })) {
        const former = load.get(group ?? '');
        if (former !== undefined) load.set(group ?? '', former + count);
      }
      const waiting = await taskStore.waiting(queries, load.size > 0, PLACE_STEP);
      const moved: TaskChange[] = [];
      for (const before of waiting) {
        if (before.lastStatus === 'DEPROVISIONING') {
          const change = { before, after: deprovisioned(before, clock()) };
          await changes.save(queries, change);
          moved.push(change);
          continue;
        }
        let after = before;
        if (after.lastStatus === 'PROVISIONING') {
          const { attachment } = after;
          after = provisioned(after, attachment && attached(ids, network, attachment));
        }
        const host = after.host ?? (needsWindows(after) ? undefined : leastLoaded(load));
        if (after.host === undefined && host !== undefined) after = placed(after, host, clock());
        await changes.save(queries, { before, after });
        moved.push({ before, after });
      }
      return moved;
    });
    changes.announce(done);
    const isPlaced = ({ desiredStatus, host }: Task): boolean => desiredStatus === 'RUNNING' && host !== undefined;
    this.deliver(done.map(({ after }) => after).filter(isPlaced));
    if (done.length === PLACE_STEP) this.place();
  }

  async #deliver(arn: string): Promise<void> {
    const { database, hosts, credentials } = this.#options;
    const task = await taskStore.find(database, arn);
    if (task?.desiredStatus === 'STOPPED') credentials.forget(arn);
    if (task?.host === undefined) return;
    if (task.desiredStatus === 'STOPPED') hosts.send(task.host, [stopPayload(task)]);
    else hosts.send(task.host, await this.#startPayload(task));
  }

  /** Empty when there is nothing to send: a task whose role cannot be assumed has failed to start. */
  async #startPayload(task: Task): Promise<TaskPayload[]> {
    const { database, credentials, settings } = this.#options;
    const definition = await taskDefinitionStore.find(database, task);
    if (definition === undefined) return [];
    const metadata = taskMetadata(task, definition, await tagStore.find(database, task.arn));
    const executionRole = executionRoleOf(task, definition);
    const { sessionLimit, limits } = settings;
    let role = task.taskRoleArn;
    try {
      const roleCredentials = await credentials.of(task);
      role = executionRole;
      const executionRoleCredentials =
        executionRole === undefined ? undefined : await credentials.ofExecution(task, executionRole);
      const facts = { sessionLimit, metadata, ...present({ roleCredentials, executionRoleCredentials }) };
      return [taskPayload(task, definition, facts, limits)];
    } catch (error) {
      if (!(error instanceof RoleRefused)) throw error;
      await this.#roleRefused(task, role, error);
      return [];
    }
  }

  async #roleRefused({ arn }: Task, roleArn = '', refusal: RoleRefused): Promise<void> {
    const { database, changes, clock, log } = this.#options;
    log.warn({ taskArn: arn, roleArn, reason: refusal.message }, 'role of a task cannot be assumed');
    const change = await database.transaction(async (queries) => {
      const before = await taskStore.find(queries, arn);
      // A host that has it already runs it with what it was given.
      if (before === undefined || before.seen || before.desiredStatus === 'STOPPED') return undefined;
      const cause = { stopCode: 'TaskFailedToStart' as const, reason: unableToAssume(roleArn) };
      const change = { before, after: stopped(before, cause, clock()) };
      await changes.save(queries, change);
      return change;
    });
    if (change !== undefined) changes.announce([change]);
  }

  /** Gives a running task's host its credentials, new ones where they are due. Failing harms nobody until they expire. */
  async #sendCredentials(task: Task): Promise<void> {
    const { database, hosts, credentials, log } = this.#options;
    if (task.host === undefined) return;
    try {
      const own = await credentials.of(task);
      if (own !== undefined) hosts.sendCredentials(task.host, task.arn, 'TaskApplication', own);
      const definition = await taskDefinitionStore.find(database, task);
      const executionRole = definition && executionRoleOf(task, definition);
      const execution = executionRole && (await credentials.ofExecution(task, executionRole));
      if (execution) hosts.sendCredentials(task.host, task.arn, 'TaskExecution', execution);
    } catch (error) {
      const { arn: taskArn, taskRoleArn: roleArn } = task;
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ taskArn, roleArn, reason }, 'credentials of a task not renewed; tried again later');
    }
  }
}

/** Hosts with Fargate capacity have Linux. */
function needsWindows({ platformFamily }: Task): boolean {
  return platformFamily?.startsWith('Windows') === true;
}

/** The host with the fewest tasks, which then has one more. */
function leastLoaded(load: Map<string, number>): string | undefined {
  const [least] = [...load].sort(([, a], [, b]) => a - b);
  if (least === undefined) return undefined;
  load.set(least[0], least[1] + 1);
  return least[0];
}

function lostCause(task: Task) {
  return task.startedAt === undefined
    ? { stopCode: 'TaskFailedToStart' as const, reason: 'The container host lost the task before it was running.' }
    : { stopCode: 'TerminationNotice' as const, reason: 'The container host no longer runs the task.' };
}
