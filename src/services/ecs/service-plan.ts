import { primaryDeployment, type Service } from './service.js';
import type { Task } from './task.js';

/** What the scheduler would do now. */
export interface ServicePlan {
  /** Tasks of the PRIMARY deployment to start. */
  readonly start: number;
  /** Tasks to stop. */
  readonly stop: readonly PlannedTask[];
  /** Former deployments without tasks. */
  readonly gone: readonly string[];
  /** Desired and running tasks agree, and nothing else is left. */
  readonly steady: boolean;
  /** The percentages leave neither room for a new task nor an old one to spare: nothing can move (rounding does that). */
  readonly blocked: boolean;
  /** Tasks are missing, but none may be started before this moment. */
  readonly retryAt?: number | undefined;
}

export type PlannedTask = Pick<Task, 'arn' | 'id' | 'deploymentId' | 'lastStatus' | 'desiredStatus' | 'createdAt'>;

/** Tasks of a service start in steps of this many, so that one service does not keep the others waiting. */
export const START_STEP = 10;

/**
 * Compares a service with its tasks, which are all those that have not ended. Between `minimumHealthyPercent` (rounded
 * up) of desiredCount running, and `maximumPercent` (rounded down) running or starting, new tasks replace old ones.
 */
export function planService(service: Service, tasks: readonly PlannedTask[], now: number): ServicePlan {
  const wanted = tasks.filter(({ desiredStatus }) => desiredStatus === 'RUNNING');
  const primary = primaryDeployment(service);
  if (service.status !== 'ACTIVE' || primary === undefined) {
    return { start: 0, stop: wanted, gone: [], steady: tasks.length === 0, blocked: false };
  }
  const current = wanted.filter(({ deploymentId }) => deploymentId === primary.id);
  const former = wanted.filter(({ deploymentId }) => deploymentId !== primary.id);
  const gone = service.deployments
    .map(({ id }) => id)
    .filter((id) => id !== primary.id && !tasks.some(({ deploymentId }) => deploymentId === id));

  const { desiredCount } = service;
  const { maximumPercent = 200, minimumHealthyPercent = 100 } = service.deploymentConfiguration;
  const room = Math.floor((desiredCount * maximumPercent) / 100) - wanted.length;
  const missing = Math.max(0, desiredCount - current.length);
  const allowed = Math.min(missing, Math.max(0, room), START_STEP);
  const failed = primary.rolloutState === 'FAILED';
  const waits = allowed > 0 && !failed && primary.retryAt !== undefined && primary.retryAt > now;

  const surplus = inStopOrder(current).slice(0, Math.max(0, current.length - desiredCount));
  const replaced = failed ? [] : replaceable(former, current, Math.ceil((desiredCount * minimumHealthyPercent) / 100));
  return {
    start: failed || waits ? 0 : allowed,
    stop: [...surplus, ...replaced],
    gone,
    steady:
      tasks.length === desiredCount &&
      current.length === desiredCount &&
      current.every(({ lastStatus }) => lastStatus === 'RUNNING') &&
      service.deployments.length - gone.length === 1,
    blocked: missing > 0 && room <= 0 && replaced.length === 0 && tasks.every(runs),
    ...(waits ? { retryAt: primary.retryAt } : {}),
  };
}

function runs({ lastStatus }: PlannedTask): boolean {
  return lastStatus === 'RUNNING';
}

/** Former tasks that may go: all that do not run, and as many running ones as leave enough running. */
function replaceable(former: readonly PlannedTask[], current: readonly PlannedTask[], healthy: number): PlannedTask[] {
  const running = former.filter(runs);
  const spare = running.length + current.filter(runs).length - healthy;
  return [...former.filter((task) => !runs(task)), ...inStopOrder(running).slice(0, Math.max(0, spare))];
}

/** Those that do not run yet first, then the youngest: who has served longest stays. */
function inStopOrder(tasks: readonly PlannedTask[]): PlannedTask[] {
  return [...tasks].sort(
    (a, b) => Number(runs(a)) - Number(runs(b)) || b.createdAt - a.createdAt || a.arn.localeCompare(b.arn),
  );
}
