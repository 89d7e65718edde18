import type { Task } from './task.js';

/** Seconds that a service waits before it believes a health check (healthCheckGracePeriodSeconds). */
type Health = Pick<Task, 'lastStatus' | 'healthChecked' | 'healthStatus' | 'startedAt'>;

/** Whether the task counts as running for its service: where health is checked, when it is HEALTHY. */
export function isServing({ lastStatus, healthChecked, healthStatus }: Health): boolean {
  return lastStatus === 'RUNNING' && (healthChecked !== true || healthStatus === 'HEALTHY');
}

/** From when on a task is to be replaced for its health; undefined while nothing is wrong with it. */
export function unhealthyFrom(
  { lastStatus, healthStatus, startedAt = 0 }: Health,
  graceSeconds = 0,
): number | undefined {
  if (lastStatus !== 'RUNNING' || healthStatus !== 'UNHEALTHY') return undefined;
  return startedAt + graceSeconds * 1000;
}

/** Why such a task is stopped. */
export const UNHEALTHY = 'Task failed container health checks';
