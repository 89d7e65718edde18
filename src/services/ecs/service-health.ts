import type { Task } from './task.js';

type Health = Pick<Task, 'lastStatus' | 'healthStatus' | 'startedAt'> & {
  readonly containers?: readonly Pick<Task['containers'][number], 'essential' | 'healthStatus'>[] | undefined;
};

/** Whether the task counts as running for its service: where health is checked, when it is HEALTHY. */
export function isServing({ lastStatus, healthStatus, containers = [] }: Health): boolean {
  const isChecked = containers.some(({ essential, healthStatus: own }) => essential && own !== undefined);
  return lastStatus === 'RUNNING' && (!isChecked || healthStatus === 'HEALTHY');
}

/**
 * From when on a task is to be replaced for its health; undefined while nothing is wrong with it. `graceSeconds`: how
 * long after its start the service does not believe it (healthCheckGracePeriodSeconds).
 */
export function unhealthyFrom(
  { lastStatus, healthStatus, startedAt = 0 }: Health,
  graceSeconds = 0,
): number | undefined {
  if (lastStatus !== 'RUNNING' || healthStatus !== 'UNHEALTHY') return undefined;
  return startedAt + graceSeconds * 1000;
}

/** Why such a task is stopped. */
export const UNHEALTHY = 'Task failed container health checks';
