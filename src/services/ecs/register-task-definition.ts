import {
  Compatibility,
  IpcMode,
  NetworkMode,
  OSFamily,
  PidMode,
  type Attribute,
  type RegisterTaskDefinitionRequest,
} from '@aws-sdk/client-ecs';
import type { EcsArns } from './arns.js';
import { requireName, requireOneOf } from './checks.js';
import {
  fargateObstacle,
  isWindows,
  requireEphemeralStorage,
  requireNetworkMode,
  requireWindows,
  requireWithinTask,
} from './compute-rules.js';
import { readContainerDefinitions } from './container-definition.js';
import { ecsError } from './ecs-error.js';
import type { TaskDefinition } from './task-definition.js';
import { isFargateSize, readCpu, readMemory, requireFargateSize } from './task-size.js';
import { readVolumes } from './volumes.js';

export const MAX_TASK_DEFINITION_BYTES = 65_536;

/** What a registration is, before it has a revision. */
export type Registration = Omit<TaskDefinition, 'taskDefinitionArn' | 'revision' | 'registeredAt' | 'registeredBy'>;

/** Checks a RegisterTaskDefinition request and normalises it as AWS does (ecs-api 3.2). */
export function readRegistration(arns: EcsArns, request: RegisterTaskDefinitionRequest): Registration {
  const { family, containerDefinitions, taskRoleArn, executionRoleArn } = request;
  const given = { ...request };
  delete given.tags;
  if (family === undefined || family === '') throw ecsError.client('Family should not be null or empty.');
  requireName(family, 'Family');
  requireSize(request);
  requireOneOf(request.networkMode, NetworkMode, 'networkMode');
  requireOneOf(request.pidMode, PidMode, 'pidMode');
  requireOneOf(request.ipcMode, IpcMode, 'ipcMode');
  requireOneOf(request.runtimePlatform?.operatingSystemFamily, OSFamily, 'operatingSystemFamily');
  for (const compatibility of request.requiresCompatibilities ?? []) {
    requireOneOf(compatibility, Compatibility, 'requiresCompatibilities');
  }
  const cpu = request.cpu === undefined ? undefined : readCpu(request.cpu);
  const memory = request.memory === undefined ? undefined : readMemory(request.memory);
  const networkMode = request.networkMode ?? 'bridge';
  const onFargate = request.requiresCompatibilities?.includes('FARGATE') === true;
  const containers = readContainerDefinitions(containerDefinitions ?? [], {
    networkMode,
    hasMemory: memory !== undefined || onFargate,
    onFargate,
  });
  const registration: Unclassified = {
    ...given,
    family,
    status: 'ACTIVE',
    containerDefinitions: containers,
    networkMode,
    cpu,
    memory,
    taskRoleArn: isGiven(taskRoleArn) ? arns.role(taskRoleArn) : undefined,
    executionRoleArn: isGiven(executionRoleArn) ? arns.role(executionRoleArn) : undefined,
    volumes: readVolumes(request.volumes ?? [], containers),
    placementConstraints: request.placementConstraints ?? [],
  };
  if (onFargate) requireFargate(registration);
  requireSound(registration);
  return {
    ...registration,
    compatibilities: compatibilities(registration),
    requiresAttributes: requiredAttributes(registration),
  };
}

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

function requireSize(request: RegisterTaskDefinitionRequest): void {
  const length = Buffer.byteLength(JSON.stringify(request));
  if (length > MAX_TASK_DEFINITION_BYTES) {
    throw ecsError.client(`Actual length: '${length}'. Max allowed length is '${MAX_TASK_DEFINITION_BYTES}' bytes.`);
  }
}

type Unclassified = Omit<Registration, 'compatibilities' | 'requiresAttributes'>;

/** Refuses what goes nowhere, whatever the definition is meant for. */
function requireSound(registration: Unclassified): void {
  const { containerDefinitions, ephemeralStorage, proxyConfiguration, requiresCompatibilities } = registration;
  requireWindows(registration);
  requireNetworkMode(registration);
  requireWithinTask(registration);
  requireEphemeralStorage(ephemeralStorage?.sizeInGiB, requiresCompatibilities);
  const proxy = proxyConfiguration?.containerName;
  if (proxy !== undefined && !containerDefinitions.some(({ name }) => name === proxy)) {
    throw ecsError.client(`Proxy container [${proxy}] does not exist`);
  }
  const secrets = containerDefinitions.some((container) => (container.secrets ?? []).length > 0);
  if (secrets && registration.executionRoleArn === undefined) {
    throw ecsError.client(
      "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    );
  }
}

function requireFargate(registration: Unclassified): void {
  const { networkMode, cpu, memory, pidMode, containerDefinitions, executionRoleArn } = registration;
  if (networkMode !== 'awsvpc') throw ecsError.client('Fargate only supports network mode ‘awsvpc’.');
  requireFargateSize(cpu, memory);
  if (pidMode !== undefined && isWindows(registration)) {
    throw ecsError.client(`Fargate does not support pidMode '${pidMode}' for this operating system family.`);
  }
  const obstacle = fargateObstacle(registration);
  if (obstacle !== undefined) throw ecsError.client(obstacle);
  const logs = containerDefinitions.some(({ logConfiguration }) => logConfiguration?.logDriver === 'awslogs');
  if (logs && executionRoleArn === undefined) {
    throw ecsError.client('Fargate requires task definition to have execution role ARN to support log driver awslogs.');
  }
}

function compatibilities(registration: Unclassified): TaskDefinition['compatibilities'] {
  const { networkMode, cpu, memory } = registration;
  const fargate =
    networkMode === 'awsvpc' &&
    cpu !== undefined &&
    memory !== undefined &&
    isFargateSize(cpu, memory) &&
    fargateObstacle(registration) === undefined;
  return ['EC2', ...(networkMode === 'awsvpc' ? [] : ['EXTERNAL' as const]), ...(fargate ? ['FARGATE' as const] : [])];
}

/** What a container instance would have to have; informative here, placement looks only at ECS Exec's attribute. */
function requiredAttributes(registration: Unclassified): Attribute[] {
  const names = ['com.amazonaws.ecs.capability.docker-remote-api.1.18'];
  if (registration.taskRoleArn !== undefined) names.push('com.amazonaws.ecs.capability.task-iam-role');
  if (registration.networkMode === 'awsvpc') names.push('ecs.capability.task-eni');
  const drivers = registration.containerDefinitions.map(({ logConfiguration }) => logConfiguration?.logDriver);
  for (const driver of new Set(drivers)) {
    if (driver !== undefined) names.push(`com.amazonaws.ecs.capability.logging-driver.${driver}`);
  }
  return names.map((name) => ({ name }));
}
