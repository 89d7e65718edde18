import type { Service as WireService } from '@aws-sdk/client-ecs';
import type { Queries } from '../../platform/store/database.js';
import type { EcsArns } from './arns.js';
import { serviceEventStore } from './service-event-store.js';
import { serviceModel } from './service-model.js';
import type { Service, TaskCounts } from './service.js';
import { tagStore } from './tag-store.js';
import { PENDING_STATUSES, type TaskStatus } from './task.js';
import { taskStore } from './task-store.js';

/** Reads what belongs to a service, and shows it. */
export async function viewService(
  queries: Queries,
  arns: EcsArns,
  service: Service,
  withTags: boolean,
): Promise<WireService> {
  return serviceModel(arns, service, {
    counts: await countTasks(queries, service),
    events: await serviceEventStore.list(queries, service.arn),
    ...(withTags ? { tags: await tagStore.find(queries, service.arn) } : {}),
  });
}

/** Tasks that have not ended, by deployment id. */
export async function countTasks(queries: Queries, service: Service): Promise<Map<string, TaskCounts>> {
  const counts = new Map<string, TaskCounts>();
  for (const { group, lastStatus, count } of await taskStore.count(queries, 'deployment_id', {
    serviceArn: service.arn,
  })) {
    const { running, pending } = counts.get(group ?? '') ?? { running: 0, pending: 0 };
    counts.set(group ?? '', {
      running: running + (lastStatus === 'RUNNING' ? count : 0),
      pending: pending + (PENDING_STATUSES.includes(lastStatus as TaskStatus) ? count : 0),
    });
  }
  return counts;
}
