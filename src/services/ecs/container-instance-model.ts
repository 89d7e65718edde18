import type { ContainerInstance as WireContainerInstance, Resource } from '@aws-sdk/client-ecs';
import { instanceAttributes, type ContainerInstance } from './container-instance.js';
import { remaining, reservedPorts } from './instance-placement.js';
import { portList, portsInUse } from './placement/host-ports.js';
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
    registeredResources: [...registered(instance)],
    remainingResources: registered(instance).map((resource) => remainingResource(instance, resource, tasks)),
    status: instance.status,
    agentConnected: connected,
    runningTasksCount: tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length,
    pendingTasksCount: tasks.filter(({ lastStatus }) => PENDING_STATUSES.includes(lastStatus)).length,
    attributes: [...instanceAttributes(instance)],
    attachments: [],
    registeredAt: date(instance.registeredAt),
    ...(tags === undefined ? {} : { tags: [...tags] }),
  };
}

/** Ports stand there whether or not the agent registered any of its own. */
function registered({ registeredResources }: ContainerInstance): readonly Resource[] {
  const missing = ['PORTS', 'PORTS_UDP'].filter((name) => !registeredResources.some((one) => one.name === name));
  return [...registeredResources, ...missing.map((name) => ({ name, type: 'STRINGSET', stringSetValue: [] }))];
}

/** What is left of CPU and memory; of ports, those that are taken. */
function remainingResource(instance: ContainerInstance, resource: Resource, tasks: readonly Task[]): Resource {
  const ports = () => new Set([...reservedPorts(instance), ...portsInUse(tasks)]);
  switch (resource.name) {
    case 'CPU':
      return { ...resource, integerValue: remaining(instance, tasks, 'cpu') };
    case 'MEMORY':
      return { ...resource, integerValue: remaining(instance, tasks, 'memory') };
    case 'PORTS':
      return { ...resource, stringSetValue: portList(ports(), 'tcp') };
    case 'PORTS_UDP':
      return { ...resource, stringSetValue: portList(ports(), 'udp') };
    default:
      return resource;
  }
}
