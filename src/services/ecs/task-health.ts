import type { PublishHealthRequest } from '../../core/protocol/agent-service.js';
import type { HealthStatus, Task } from './task.js';
import { isOver } from './task-lifecycle.js';

/**
 * Takes what a host says of health checks. Containers without one have no health. The task is returned unchanged when
 * the report says nothing new, or comes when it is over.
 */
export function withHealth(task: Task, reports: PublishHealthRequest['message']['containers']): Task {
  if (isOver(task)) return task;
  const said = new Map(reports.map(({ containerName, healthStatus }) => [containerName, healthStatus]));
  const containers = task.containers.map((container) => {
    const healthStatus = container.healthStatus && said.get(container.name);
    return healthStatus === undefined || healthStatus === container.healthStatus
      ? container
      : { ...container, healthStatus };
  });
  const isSame = containers.every((container, index) => container === task.containers[index]);
  return isSame ? task : { ...task, containers, healthStatus: taskHealth(containers), version: task.version + 1 };
}

/** Only essential containers with health checks count; the worst of them is the task's (developer guide). */
export function taskHealth(containers: Task['containers']): HealthStatus {
  const known = containers.filter(({ essential }) => essential).map(({ healthStatus }) => healthStatus);
  if (known.includes('UNHEALTHY')) return 'UNHEALTHY';
  return known.includes('HEALTHY') && !known.includes('UNKNOWN') ? 'HEALTHY' : 'UNKNOWN';
}
