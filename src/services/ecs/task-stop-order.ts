import { isServing } from './service-health.js';
import type { PlannedTask } from './service-plan.js';

/** Those that do not run yet first, then the youngest: who has served longest stays. */
export function inStopOrder(tasks: readonly PlannedTask[]): PlannedTask[] {
  return [...tasks].sort(
    (a, b) => Number(isServing(a)) - Number(isServing(b)) || b.createdAt - a.createdAt || a.arn.localeCompare(b.arn),
  );
}
