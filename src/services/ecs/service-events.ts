import type { Deployment, Service } from './service.js';
import type { Task } from './task.js';
import type { ZoneCounts } from './zone-balance.js';

type Named = Pick<Service, 'name'>;

function zones(counts: ZoneCounts): string {
  return [...counts].map(([zone, count]) => `${count} tasks in ${zone}`).join(', ');
}

function ids(tasks: readonly Pick<Task, 'id'>[]): string {
  return tasks.map(({ id }) => `(task ${id})`).join(' ');
}

const GUIDE = 'For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.';

/** Texts of service events (ecs-api 3.3). */
export const serviceEvents = Object.freeze({
  started: ({ name }: Named, tasks: readonly Pick<Task, 'id'>[]) =>
    `(service ${name}) has started ${tasks.length} tasks: ${ids(tasks)}.`,
  stopped: ({ name }: Named, tasks: readonly Pick<Task, 'id'>[]) =>
    `(service ${name}) has stopped ${tasks.length} running tasks: ${ids(tasks)}.`,
  steady: ({ name }: Named) => `(service ${name}) has reached a steady state.`,
  /** These four as the guide to rebalancing has them; their exact form at AWS is not known. */
  notBalanced: ({ name }: Named, counts: ZoneCounts) =>
    `(service ${name}) is not AZ balanced with ${zones(counts)}. AZ Rebalancing in progress.`,
  balanced: ({ name }: Named, counts: ZoneCounts) => `(service ${name}) is AZ balanced with ${zones(counts)}.`,
  startedIn: ({ name }: Named, zone: string, tasks: readonly Pick<Task, 'id'>[]) =>
    `(service ${name}) has started ${tasks.length} tasks in ${zone} to AZ Rebalance: ${ids(tasks)}.`,
  stoppedIn: ({ name }: Named, zone: string, tasks: readonly Pick<Task, 'id'>[]) =>
    `(service ${name}) has stopped ${tasks.length} running tasks in ${zone} due to AZ rebalancing: ${ids(tasks)}.`,
  completed: ({ name }: Named, { id }: Pick<Deployment, 'id'>) =>
    `(service ${name}) (deployment ${id}) deployment completed.`,
  failed: ({ name }: Named, { id }: Pick<Deployment, 'id'>) =>
    `(service ${name}) (deployment ${id}) deployment failed: tasks failed to start.`,
  rollingBack: ({ name }: Named, id: string) => `(service ${name}) rolling back to deployment ${id}.`,
  unhealthy: ({ name }: Named, { id }: Pick<Task, 'id'>) =>
    `(service ${name}) (task ${id}) failed container health checks.`,
  struggling: ({ name }: Named) => `(service ${name}) is unable to consistently start tasks successfully. ${GUIDE}`,
  blocked: ({ name }: Named) =>
    `(service ${name}) was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.`,
  notLaunched: ({ name }: Named, error: string) => `(service ${name}) failed to launch a task with (error ${error}).`,
  notPlaced: ({ name }: Named, obstacle: string) =>
    `(service ${name}) was unable to place a task because no container instance met all of its requirements. ${obstacle} ${GUIDE}`,
});
