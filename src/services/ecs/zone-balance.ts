import { isServing } from './service-health.js';
import type { PlannedTask } from './service-plan.js';
import { inStopOrder } from './task-stop-order.js';

/** Tasks of a service by Availability Zone, as its events tell them. */
export type ZoneCounts = ReadonlyMap<string, number>;

/** `zones` are those that tasks can be in; a zone that only has tasks is one too. */
export function countZones(tasks: readonly PlannedTask[], zones: readonly string[]): ZoneCounts {
  const counts = new Map(zones.map((zone) => [zone, 0]));
  for (const { zone } of tasks) if (zone !== undefined) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  return new Map([...counts].sort(([one], [other]) => one.localeCompare(other)));
}

/**
 * The zone of `zones` that a task from a crowded one would make it more even in; undefined when there is none that has
 * two fewer. `free` are the tasks that may go.
 */
export function thinZone(
  tasks: readonly PlannedTask[],
  free: readonly PlannedTask[],
  zones: readonly string[],
): string | undefined {
  const counts = countZones(tasks, zones);
  const most = Math.max(...free.map(({ zone }) => counts.get(zone ?? '') ?? 0));
  const [thinnest] = zones
    .map((zone) => ({ zone, count: counts.get(zone) ?? 0 }))
    .sort((one, other) => one.count - other.count || one.zone.localeCompare(other.zone));
  return thinnest !== undefined && most - thinnest.count > 1 ? thinnest.zone : undefined;
}

/**
 * Tasks that are too many, from the zones with the most. None while one of those that would stay does not serve yet: it
 * was started to take a place.
 */
export function surplusByZone(
  tasks: readonly PlannedTask[],
  free: readonly PlannedTask[],
  excess: number,
): readonly PlannedTask[] {
  const left = new Set(tasks);
  const chosen: PlannedTask[] = [];
  for (let count = 0; count < excess; count += 1) {
    const counts = countZones([...left], []);
    const weight = ({ zone }: PlannedTask): number => (zone === undefined ? 0 : (counts.get(zone) ?? 0));
    const possible = inStopOrder(free.filter((task) => left.has(task)));
    const most = Math.max(...possible.map(weight));
    const task = possible.find((one) => weight(one) === most);
    if (task === undefined) break;
    left.delete(task);
    chosen.push(task);
  }
  return [...left].every(isServing) ? chosen : chosen.filter((task) => !isServing(task));
}
