import type {
  Attachment,
  Container as WireContainer,
  ManagedAgent as WireManagedAgent,
  Task as WireTask,
} from '@aws-sdk/client-ecs';
import { date } from './present.js';
import type { ManagedAgent, NetworkAttachment, Task, TaskContainer } from './task.js';
import type { Tag } from './tag.js';

/** GiB that a task on Fargate has of itself. */
const FARGATE_STORAGE_GIB = 20;

/** A task as DescribeTasks shows it. `tags` only where they were asked for. */
export function taskModel(task: Task, tags?: readonly Tag[]): WireTask {
  return {
    taskArn: task.arn,
    clusterArn: task.clusterArn,
    taskDefinitionArn: task.taskDefinitionArn,
    containerInstanceArn: task.containerInstanceArn,
    launchType: task.launchType,
    capacityProviderName: task.capacityProviderName,
    platformVersion: task.platformVersion,
    platformFamily: task.platformFamily,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    connectivity: task.connectivity,
    connectivityAt: date(task.connectivityAt),
    // The ECS Exec checker takes an absent flag for an outdated CLI and ends.
    enableExecuteCommand: task.enableExecuteCommand,
    overrides: { containerOverrides: [], inferenceAcceleratorOverrides: [], ...task.overrides },
    containers: task.containers.map((container) => containerModel(container, task)),
    attachments: task.attachment === undefined ? [] : [attachmentModel(task.attachment)],
    attributes: [{ name: 'ecs.cpu-architecture', value: task.cpuArchitecture ?? 'x86_64' }],
    availabilityZone: task.availabilityZone,
    group: task.group,
    startedBy: task.startedBy,
    healthStatus: task.healthStatus ?? 'UNKNOWN',
    cpu: task.cpu,
    memory: task.memory,
    createdAt: date(task.createdAt),
    pullStartedAt: date(task.pullStartedAt),
    pullStoppedAt: date(task.pullStoppedAt),
    startedAt: date(task.startedAt),
    stoppingAt: date(task.stoppingAt),
    executionStoppedAt: date(task.executionStoppedAt),
    stoppedAt: date(task.stoppedAt),
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    version: task.version,
    ...(task.launchType === 'FARGATE'
      ? { ephemeralStorage: { sizeInGiB: task.ephemeralStorageGiB ?? FARGATE_STORAGE_GIB } }
      : {}),
    ...(tags === undefined ? {} : { tags: [...tags] }),
  };
}

function containerModel(container: TaskContainer, task: Task): WireContainer {
  const address = task.attachment?.privateIPv4Address;
  return {
    containerArn: container.arn,
    taskArn: task.arn,
    name: container.name,
    image: container.image,
    imageDigest: container.imageDigest,
    runtimeId: container.runtimeId,
    lastStatus: container.lastStatus,
    exitCode: container.exitCode,
    reason: container.reason,
    networkBindings: [...container.networkBindings],
    networkInterfaces:
      address === undefined ? [] : [{ attachmentId: task.attachment?.id, privateIpv4Address: address }],
    healthStatus: container.healthStatus ?? 'UNKNOWN',
    cpu: container.cpu,
    memory: container.memory,
    memoryReservation: container.memoryReservation,
    // On every container of an exec-enabled task: the ECS Exec checker aborts where it is absent (ecs-api 9).
    ...(container.managedAgent === undefined || !task.enableExecuteCommand
      ? {}
      : { managedAgents: [managedAgentModel(container.managedAgent)] }),
  };
}

function managedAgentModel(agent: ManagedAgent): WireManagedAgent {
  return {
    name: 'ExecuteCommandAgent',
    lastStatus: agent.lastStatus,
    lastStartedAt: date(agent.lastStartedAt),
    reason: agent.reason,
  };
}

function attachmentModel(attachment: NetworkAttachment): Attachment {
  const details = {
    subnetId: attachment.subnetId,
    networkInterfaceId: attachment.networkInterfaceId,
    macAddress: attachment.macAddress,
    privateDnsName: attachment.privateDnsName,
    privateIPv4Address: attachment.privateIPv4Address,
  };
  return {
    id: attachment.id,
    type: 'ElasticNetworkInterface',
    status: attachment.status,
    details: Object.entries(details)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => ({ name, value })),
  };
}
