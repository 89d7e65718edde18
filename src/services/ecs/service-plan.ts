import { primaryDeployment, type Service } from './service.js';
import type { Task } from './task.js';
import { isServing, unhealthyFrom } from './service-health.js';
import { inStopOrder } from './task-stop-order.js';
import { surplusByZone, thinZone } from './zone-balance.js';
import { isProtected, protectedUntil } from './task-protection.js';

/** What the scheduler would do now. */
export interface ServicePlan {
  /** Tasks of the PRIMARY deployment to start. */
  readonly start: number;
  /** The Availability Zone that one task more is started in, before one goes where there are most. */
  readonly into?: string | undefined;
  /** Container instances on which they start, one on each; absent: where there is room. */
  readonly on?: readonly string[] | undefined;
  /** Tasks to stop. */
  readonly stop: readonly PlannedTask[];
  /** ARNs of those that are stopped for their health. */
  readonly unhealthy: readonly string[];
  /** Former deployments without tasks. */
  readonly gone: readonly string[];
  /** Desired and running tasks agree, and nothing else is left. */
  readonly steady: boolean;
  /** The percentages leave neither room for a new task nor an old one to spare: nothing can move (rounding does that). */
  readonly blocked: boolean;
  /** Tasks are missing, but none may be started before this moment. */
  readonly retryAt?: number | undefined;
  /** A grace period ends, after which a task's health is believed, or the protection of a task that is to go. */
  readonly lookAgainAt?: number | undefined;
}

export type PlannedTask = Pick<
  Task,
  'arn' | 'id' | 'deploymentId' | 'lastStatus' | 'desiredStatus' | 'createdAt' | 'host'
> &
  Pick<Task, 'healthStatus' | 'startedAt' | 'protection'> & {
    readonly containers?: Task['containers'] | undefined;
    /** Its container instance drains. */
    readonly leaving?: boolean | undefined;
    /** Availability Zone, where it counts. */
    readonly zone?: string | undefined;
  };

/** Tasks of a service start in steps of this many, so that one service does not keep the others waiting. */
export const START_STEP = 10;

/**
 * Compares a service with its tasks, which are all those that have not ended. Between `minimumHealthyPercent` (rounded
 * up) of desiredCount running, and `maximumPercent` (rounded down) running or starting, new tasks replace old ones, and
 * those that fail their health checks or stand on instances that drain. Those that are protected stay meanwhile. Where
 * zones are to be balanced, a service that is steady moves a task at a time into the thinnest of `zones`.
 */
export function planService(
  service: Service,
  tasks: readonly PlannedTask[],
  now: number,
  zones: readonly string[] = [],
): ServicePlan {
  const wanted = tasks.filter(({ desiredStatus }) => desiredStatus === 'RUNNING');
  const primary = primaryDeployment(service);
  if (service.status !== 'ACTIVE' || primary === undefined) return ended(tasks, wanted);
  const { sick, graceEndsAt } = findSick(service, wanted, now);
  const current = wanted.filter((task) => task.deploymentId === primary.id && !sick.has(task) && task.leaving !== true);
  const former = wanted.filter((task) => !current.includes(task));
  const gone = emptied(service, tasks);

  const { desiredCount } = service;
  const { maximumPercent = 200, minimumHealthyPercent = 100 } = service.deploymentConfiguration;
  const room = Math.floor((desiredCount * maximumPercent) / 100) - wanted.length;
  const missing = Math.max(0, desiredCount - current.length);
  const allowed = Math.min(missing, Math.max(0, room), START_STEP);
  const failed = primary.rolloutState === 'FAILED';
  const waits = allowed > 0 && !failed && primary.retryAt !== undefined && primary.retryAt > now;

  const isFree = (task: PlannedTask): boolean => !isProtected(task, now);
  const excess = Math.max(0, current.length - desiredCount);
  const balanced = service.availabilityZoneRebalancing === 'ENABLED';
  const surplus = balanced
    ? surplusByZone(current, current.filter(isFree), excess)
    : inStopOrder(current.filter(isFree)).slice(0, excess);
  const replaced = failed
    ? []
    : replaceable(former, current, Math.ceil((desiredCount * minimumHealthyPercent) / 100)).filter(
        (task) => sick.has(task) || isFree(task),
      );
  // A task that fails its health checks stays until another can take its place, as long as there is room for both.
  const spared = room > 0 && (missing > 0 || !current.every(isServing)) ? sick : new Set<PlannedTask>();
  const stop = [...surplus, ...replaced.filter((task) => !spared.has(task))];
  const steady = isSteady(service, desiredCount, { tasks, current, gone });
  const into = balanced && steady && room > 0 ? thinZone(current, current.filter(isFree), zones) : undefined;
  return {
    start: into !== undefined ? 1 : failed || waits ? 0 : allowed,
    into,
    stop,
    unhealthy: stop.filter((task) => sick.has(task)).map(({ arn }) => arn),
    gone,
    steady,
    blocked: missing > 0 && room <= 0 && replaced.length === 0 && tasks.every(isServing),
    ...(waits ? { retryAt: primary.retryAt } : {}),
    lookAgainAt: earliest([graceEndsAt, ...(excess > 0 ? wanted : former).map((task) => protectedUntil(task, now))]),
  };
}

/** As many tasks as there shall be, all of them of the PRIMARY deployment and serving, and nothing else left. */
export function isSteady(
  service: Service,
  desiredCount: number,
  of: {
    readonly tasks: readonly PlannedTask[];
    readonly current: readonly PlannedTask[];
    readonly gone: readonly string[];
  },
): boolean {
  const { tasks, current, gone } = of;
  return (
    tasks.length === desiredCount &&
    current.length === desiredCount &&
    current.every(isServing) &&
    service.deployments.length - gone.length === 1
  );
}

export function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** A service that is deleted has nothing but tasks to stop. */
export function ended(tasks: readonly PlannedTask[], wanted: readonly PlannedTask[]): ServicePlan {
  return { start: 0, stop: wanted, unhealthy: [], gone: [], steady: tasks.length === 0, blocked: false };
}

/** Former deployments that no task belongs to any more. */
export function emptied(service: Service, tasks: readonly PlannedTask[]): readonly string[] {
  return service.deployments
    .filter(({ status }) => status !== 'PRIMARY')
    .map(({ id }) => id)
    .filter((id) => !tasks.some(({ deploymentId }) => deploymentId === id));
}

/** Tasks to be replaced for their health, and when the next may have to be. */
export function findSick(
  { healthCheckGracePeriodSeconds }: Service,
  tasks: readonly PlannedTask[],
  now: number,
): { readonly sick: ReadonlySet<PlannedTask>; readonly graceEndsAt: number | undefined } {
  const sick = new Set<PlannedTask>();
  let graceEndsAt: number | undefined;
  for (const task of tasks) {
    const from = unhealthyFrom(task, healthCheckGracePeriodSeconds);
    if (from === undefined) continue;
    if (from <= now) sick.add(task);
    else graceEndsAt = Math.min(from, graceEndsAt ?? from);
  }
  return { sick, graceEndsAt };
}

/** Former tasks that may go: all that do not run, and as many running ones as leave enough running. */
export function replaceable(
  former: readonly PlannedTask[],
  current: readonly PlannedTask[],
  healthy: number,
): PlannedTask[] {
  const running = former.filter(isServing);
  const spare = running.length + current.filter(isServing).length - healthy;
  return [...former.filter((task) => !isServing(task)), ...inStopOrder(running).slice(0, Math.max(0, spare))];
}
