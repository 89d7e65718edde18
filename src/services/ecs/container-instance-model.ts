import type { ContainerInstance as WireContainerInstance, Resource } from '@aws-sdk/client-ecs';
import type { ContainerInstance } from './container-instance.js';
import { remaining } from './instance-placement.js';
import { date } from './present.js';
import type { Tag } from './tag.js';
import { PENDING_STATUSES, type Task } from './task.js';

export function containerInstanceModel(
  instance: ContainerInstance,
  view: { readonly tasks: readonly Task[]; readonly connected: boolean; readonly tags?: readonly Tag[] | undefined },
): WireContainerInstance {
  const { tasks, connected, tags } = view;
  return {
    containerInstanceArn: instance.arn,
    ec2InstanceId: instance.ec2InstanceId,
    version: instance.version,
    versionInfo: instance.versionInfo,
    registeredResources: [...instance.registeredResources],
    remainingResources: instance.registeredResources.map((resource) => remainingResource(instance, resource, tasks)),
    status: instance.status,
    agentConnected: connected,
    runningTasksCount: tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length,
    pendingTasksCount: tasks.filter(({ lastStatus }) => PENDING_STATUSES.includes(lastStatus)).length,
    attributes: [...instance.attributes],
    attachments: [],
    registeredAt: date(instance.registeredAt),
    ...(tags === undefined ? {} : { tags: [...tags] }),
  };
}

function remainingResource(instance: ContainerInstance, resource: Resource, tasks: readonly Task[]): Resource {
  if (resource.name === 'CPU') return { ...resource, integerValue: remaining(instance, tasks, 'cpu') };
  if (resource.name === 'MEMORY') return { ...resource, integerValue: remaining(instance, tasks, 'memory') };
  return resource;
}
