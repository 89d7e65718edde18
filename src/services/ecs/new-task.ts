import type { TaskOverride } from '@aws-sdk/client-ecs';
import type { Network } from '../network.js';
import type { EcsArns } from './arns.js';
import { chooseProvider } from './capacity-provider.js';
import type { Cluster } from './cluster.js';
import type { Identifiers } from './identifiers.js';
import { concretePlatformVersion, type Launch } from './launch.js';
import { newAgent, noWindowsHost } from './managed-agent.js';
import { newAttachment } from './network-configuration.js';
import { platformOf } from './platform.js';
import { hostPortsOf } from './placement/host-ports.js';
import { isChecked } from './container-references.js';
import type { Task, TaskContainer } from './task.js';
import type { ContainerDefinition, TaskDefinition } from './task-definition.js';

export interface TaskPlan {
  readonly cluster: Cluster;
  readonly definition: TaskDefinition;
  readonly launch: Launch;
  readonly overrides: TaskOverride;
  readonly enableExecuteCommand: boolean;
  readonly group: string;
  readonly startedBy?: string | undefined;
  readonly serviceArn?: string | undefined;
  readonly deploymentId?: string | undefined;
  /** Availability Zone that its interface is to be in; absent: wherever. */
  readonly zone?: string | undefined;
  /** How many tasks of the same request come before it; decides the capacity provider. */
  readonly position: number;
}

/** A task in its first state: PROVISIONING with a network interface to come, else PENDING. */
export function newTask(
  { arns, ids, network }: { readonly arns: EcsArns; readonly ids: Identifiers; readonly network: Network },
  plan: TaskPlan,
  now: number,
): Task {
  const { cluster, definition, launch, overrides } = plan;
  const id = ids.hex(32);
  const { zone } = plan;
  const attachment = newAttachment(
    ids,
    launch.networkConfiguration,
    (subnetId) => zone === undefined || launch.launchType !== 'FARGATE' || network.zoneOf(subnetId) === zone,
  );
  const memory = overrides.memory ?? definition.memory;
  const taskRoleArn = overrides.taskRoleArn ?? definition.taskRoleArn;
  return {
    arn: arns.task(cluster.name, id),
    id,
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    taskDefinitionArn: definition.taskDefinitionArn,
    family: definition.family,
    revision: definition.revision,
    launchType: launch.launchType,
    capacityProviderName:
      launch.capacityProviderStrategy === undefined
        ? undefined
        : chooseProvider(launch.capacityProviderStrategy, plan.position),
    platformVersion: concretePlatformVersion(launch),
    platformFamily: launch.platformFamily,
    lastStatus: attachment === undefined ? 'PENDING' : 'PROVISIONING',
    desiredStatus: 'RUNNING',
    enableExecuteCommand: plan.enableExecuteCommand,
    sharedPidNamespace: definition.pidMode !== undefined,
    overrides,
    taskRoleArn,
    credentialsId: taskRoleArn === undefined ? undefined : ids.uuid(),
    containers: definition.containerDefinitions.map((container) =>
      newContainer(container, arns.container(cluster.name, id, ids.uuid()), plan),
    ),
    attachment,
    ...platformOf(definition),
    ephemeralStorageGiB: (overrides.ephemeralStorage ?? definition.ephemeralStorage)?.sizeInGiB,
    group: plan.group,
    startedBy: plan.startedBy,
    serviceArn: plan.serviceArn,
    deploymentId: plan.deploymentId,
    hostPorts: hostPortsOf(definition),
    seen: false,
    availabilityZone: network.zoneOf(attachment?.subnetId),
    cpu: overrides.cpu ?? definition.cpu ?? containerCpu(definition),
    memory: memory ?? containerMemory(definition),
    createdAt: now,
    version: 1,
  };
}

function newContainer(container: ContainerDefinition, arn: string, plan: TaskPlan): TaskContainer {
  const override = plan.overrides.containerOverrides?.find(({ name }) => name === container.name);
  const { logConfiguration } = container;
  return {
    arn,
    name: container.name,
    image: container.image,
    essential: container.essential,
    lastStatus: 'PENDING',
    networkBindings: [],
    cpu: String(override?.cpu ?? container.cpu ?? 0),
    memory: text(override?.memory ?? container.memory),
    memoryReservation: text(override?.memoryReservation ?? container.memoryReservation),
    readonlyRootFilesystem: container.readonlyRootFilesystem ?? false,
    logGroup: logConfiguration?.logDriver === 'awslogs' ? logConfiguration.options?.['awslogs-group'] : undefined,
    reason: noWindowsHost(plan.definition),
    healthStatus: isChecked(container) ? 'UNKNOWN' : undefined,
    managedAgent: plan.enableExecuteCommand ? newAgent(container, plan.definition) : undefined,
  };
}

/** A task without a size of its own has the sum of its containers'. */
function containerCpu({ containerDefinitions }: TaskDefinition): string {
  return String(containerDefinitions.reduce((sum, { cpu = 0 }) => sum + cpu, 0));
}

function containerMemory({ containerDefinitions }: TaskDefinition): string {
  return String(
    containerDefinitions.reduce((sum, { memory, memoryReservation }) => sum + (memory ?? memoryReservation ?? 0), 0),
  );
}

function text(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}
