import type { Sessions } from '../session-ports.js';
import type { Queries } from '../../platform/store/database.js';
import { taskEnded, taskRan } from './deployment.js';
import type { Clock, Log } from './ports.js';
import { serviceStore } from './service-store.js';
import { sessionTarget, type Task } from './task.js';
import { isServing } from './service-health.js';
import { isOver } from './task-lifecycle.js';
import { taskStore } from './task-store.js';

/** A task before and after; `before` is absent when it is new. */
export interface TaskChange {
  readonly before: Task | undefined;
  readonly after: Task;
}

export interface TaskChangesOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly sessions: Sessions;
  /** A task of the service has changed. */
  readonly wakeService: (serviceArn: string) => void;
  /** Tasks wait for their network interface to come or go, or for a host. */
  readonly place: () => void;
  /** The hosts of these tasks are to be told. */
  readonly deliver: (tasks: readonly Task[]) => void;
}

/**
 * The one way by which tasks change: {@link save} inside the transaction that decides, {@link announce} after it. What
 * an endpoint that dies in between does not announce, its next start does.
 */
export class TaskChanges {
  readonly #options: TaskChangesOptions;

  constructor(options: TaskChangesOptions) {
    this.#options = options;
  }

  /** Writes the task, and its outcome into the deployment it belongs to. */
  async save(queries: Queries, { before, after }: TaskChange): Promise<void> {
    if (before === after) return;
    await taskStore.put(queries, after);
    const began = isServing(after) && !(before !== undefined && isServing(before));
    const ended = isOver(after) && !(before !== undefined && isOver(before));
    if (began || (ended && endedByItself(after))) await this.#recordOutcome(queries, after);
  }

  announce(changes: readonly TaskChange[]): void {
    const { sessions, log, wakeService, place, deliver } = this.#options;
    const moved = changes.filter(({ before, after }) => before !== after);
    for (const target of moved.flatMap(endedTargets)) {
      sessions.endAll(target, '').catch((error: unknown) => {
        log.error({ target, err: error }, 'sessions of a stopped container not ended');
      });
    }
    const stopping = moved.filter(({ before, after }) => mustBeToldToStop(before, after)).map(({ after }) => after);
    if (stopping.length > 0) deliver(stopping);
    const started = moved.filter(({ before }) => before === undefined).map(({ after }) => after);
    const isReady = ({ lastStatus, host }: Task): boolean => lastStatus === 'PENDING' && host !== undefined;
    const isLeaving = moved.some(({ after }) => after.lastStatus === 'DEPROVISIONING');
    if (isLeaving || started.some((task) => !isReady(task))) place();
    if (started.some(isReady)) deliver(started.filter(isReady));
    const services = new Set(moved.filter(concernsScheduler).map(({ after }) => after.serviceArn));
    for (const serviceArn of services) if (serviceArn !== undefined) wakeService(serviceArn);
  }

  async #recordOutcome(queries: Queries, task: Task): Promise<void> {
    const { serviceArn, deploymentId } = task;
    const service = serviceArn === undefined ? undefined : await serviceStore.find(queries, serviceArn);
    if (service === undefined) return;
    const now = this.#options.clock();
    const ranMs = task.startedAt === undefined ? undefined : now - task.startedAt;
    const deployments = service.deployments.map((deployment) => {
      if (deployment.id !== deploymentId) return deployment;
      return isOver(task) ? taskEnded(deployment, service, ranMs, now) : taskRan(deployment);
    });
    if (deployments.some((deployment, index) => deployment !== service.deployments[index])) {
      await serviceStore.put(queries, { ...service, deployments });
    }
  }
}

/** Nobody asked for this end: it counts as the task's own. */
function endedByItself({ stopCode }: Task): boolean {
  return stopCode === 'TaskFailedToStart' || stopCode === 'EssentialContainerExited';
}

/** Its health does, and its protection; its making and its way to PENDING are the scheduler's own work. */
function concernsScheduler({ before, after }: TaskChange): boolean {
  if (before === undefined) return false;
  if (before.healthStatus !== after.healthStatus || before.protection !== after.protection) return true;
  return before.lastStatus !== after.lastStatus && after.lastStatus !== 'PENDING';
}

function mustBeToldToStop(before: Task | undefined, after: Task): boolean {
  return before?.desiredStatus === 'RUNNING' && after.desiredStatus === 'STOPPED' && !isOver(after);
}

/** Session targets of the containers that this change has stopped. */
function endedTargets({ before, after }: TaskChange): string[] {
  return after.containers
    .filter(({ name, lastStatus }) => {
      const former = before?.containers.find((container) => container.name === name);
      return lastStatus === 'STOPPED' && former?.lastStatus !== 'STOPPED';
    })
    .flatMap(({ runtimeId }) => (runtimeId === undefined ? [] : [sessionTarget(after, runtimeId)]));
}
