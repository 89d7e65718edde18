import type { TaskPayload } from '../../core/protocol/agent-service.js';
import type { Database, Queries } from '../../platform/store/database.js';
import type { Hosts } from './hosts.js';
import type { Identifiers } from './identifiers.js';
import { attached } from './network-configuration.js';
import type { Clock, EcsSettings, Log } from './ports.js';
import type { Task } from './task.js';
import type { TaskChange, TaskChanges } from './task-changes.js';
import { placed, provisioned, reconnected, stopped } from './task-lifecycle.js';
import { stopPayload, taskPayload, unknownTaskPayload } from './task-payload.js';
import { taskDefinitionStore } from './task-definition-store.js';
import { taskStore } from './task-store.js';
import { WorkQueue } from './work-queue.js';

/** How many waiting tasks are given to hosts in one transaction. */
export const PLACE_STEP = 50;

export interface TaskDispatchOptions {
  readonly database: Database;
  readonly hosts: Hosts;
  readonly changes: TaskChanges;
  readonly ids: Identifiers;
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

  /** Attaches network interfaces, and gives Fargate tasks to hosts. They wait in PENDING while no host is connected. */
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
    const { database, hosts, changes, settings, clock } = this.#options;
    const held = new Set(taskArns);
    const { lost, payloads } = await database.transaction(async (queries) => {
      const expected = await taskStore.live(queries, { host });
      const known = new Set(expected.map(({ arn }) => arn));
      const lost: TaskChange[] = [];
      const payloads = taskArns.filter((arn) => !known.has(arn)).map(unknownTaskPayload);
      for (const before of expected) {
        const isHeld = held.has(before.arn);
        const isLost = !isHeld && (before.seen || before.desiredStatus === 'STOPPED');
        const after = isLost ? stopped(before, lostCause(before), clock()) : reconnected(before, clock());
        await changes.save(queries, { before, after });
        if (isLost) lost.push({ before, after });
        else if (after.desiredStatus === 'STOPPED') payloads.push(stopPayload(after));
        else if (!isHeld) payloads.push(...(await startPayload(queries, after, settings.sessionLimit)));
      }
      return { lost, payloads };
    });
    hosts.send(host, payloads);
    changes.announce(lost);
  }

  async #place(): Promise<void> {
    const { database, hosts, changes, ids, settings, clock } = this.#options;
    const done = await database.transaction(async (queries) => {
      const load = new Map(hosts.fargate().map((host) => [host, 0]));
      for (const { group, count } of await taskStore.count(queries, 'host', { launchType: 'FARGATE' })) {
        const former = load.get(group ?? '');
        if (former !== undefined) load.set(group ?? '', former + count);
      }
      const waiting = await taskStore.waiting(queries, load.size > 0, PLACE_STEP);
      const moved: TaskChange[] = [];
      for (const before of waiting) {
        let after = before;
        if (after.lastStatus === 'PROVISIONING') {
          const { attachment } = after;
          after = provisioned(after, attachment && attached(ids, settings.region, attachment));
        }
        const host = after.host ?? leastLoaded(load);
        if (after.host === undefined && host !== undefined) after = placed(after, host, clock());
        await changes.save(queries, { before, after });
        moved.push({ before, after });
      }
      return moved;
    });
    changes.announce(done);
    this.deliver(done.filter(({ after }) => after.host !== undefined).map(({ after }) => after));
    if (done.length === PLACE_STEP) this.place();
  }

  async #deliver(arn: string): Promise<void> {
    const { database, hosts, settings } = this.#options;
    const task = await taskStore.find(database, arn);
    if (task?.host === undefined) return;
    if (task.desiredStatus === 'STOPPED') hosts.send(task.host, [stopPayload(task)]);
    else hosts.send(task.host, await startPayload(database, task, settings.sessionLimit));
  }
}

async function startPayload(queries: Queries, task: Task, sessionLimit: number): Promise<TaskPayload[]> {
  const definition = await taskDefinitionStore.find(queries, task);
  return definition === undefined ? [] : [taskPayload(task, definition, sessionLimit)];
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
