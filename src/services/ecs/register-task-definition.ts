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
import { readContainerDefinitions } from './container-definition.js';
import { ecsError } from './ecs-error.js';
import { readConstraints } from './placement/placement-request.js';
import type { TaskDefinition } from './task-definition.js';
import { isFargateSize, readCpu, readMemory, requireFargateSize } from './task-size.js';

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
  const registration: Omit<Registration, 'compatibilities' | 'requiresAttributes'> = {
    ...given,
    family,
    status: 'ACTIVE',
    containerDefinitions: readContainerDefinitions(containerDefinitions ?? [], {
      networkMode,
      hasMemory: memory !== undefined || onFargate,
      onFargate,
    }),
    networkMode,
    cpu,
    memory,
    taskRoleArn: isGiven(taskRoleArn) ? arns.role(taskRoleArn) : undefined,
    executionRoleArn: isGiven(executionRoleArn) ? arns.role(executionRoleArn) : undefined,
    volumes: request.volumes ?? [],
    placementConstraints: readConstraints(request.placementConstraints, 'task definition').map(({ expression }) => ({
      type: 'memberOf' as const,
      expression,
    })),
  };
  requireKnownVolumes(registration);
  if (onFargate) requireFargate(registration);
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

function requireKnownVolumes({
  volumes,
  containerDefinitions,
}: Pick<Registration, 'volumes' | 'containerDefinitions'>) {
  const names = new Set(volumes?.map(({ name }) => name));
  for (const { sourceVolume } of containerDefinitions.flatMap(({ mountPoints }) => mountPoints ?? [])) {
    if (!names.has(sourceVolume)) throw ecsError.client(`Unknown volume '${sourceVolume ?? ''}'.`);
  }
}

type Unclassified = Omit<Registration, 'compatibilities' | 'requiresAttributes'>;

function requireFargate(registration: Unclassified): void {
  const { networkMode, cpu, memory, pidMode, containerDefinitions, executionRoleArn } = registration;
  if (networkMode !== 'awsvpc') throw ecsError.client('Fargate only supports network mode ‘awsvpc’.');
  requireFargateSize(cpu, memory);
  if (pidMode !== undefined && (pidMode !== 'task' || isWindows(registration))) {
    throw ecsError.client(`Fargate does not support pidMode '${pidMode}' for this operating system family.`);
  }
  if (containerDefinitions.some(({ privileged }) => privileged === true)) {
    throw ecsError.client('Fargate does not support privileged containers.');
  }
  const logs = containerDefinitions.some(({ logConfiguration }) => logConfiguration?.logDriver === 'awslogs');
  if (logs && executionRoleArn === undefined) {
    throw ecsError.client('Fargate requires task definition to have execution role ARN to support log driver awslogs.');
  }
}

function isWindows({ runtimePlatform }: Unclassified): boolean {
  return runtimePlatform?.operatingSystemFamily?.startsWith('WINDOWS') === true;
}

function compatibilities(registration: Unclassified): TaskDefinition['compatibilities'] {
  const { networkMode, cpu, memory, pidMode, containerDefinitions } = registration;
  const fargate =
    networkMode === 'awsvpc' &&
    pidMode !== 'host' &&
    cpu !== undefined &&
    memory !== undefined &&
    isFargateSize(cpu, memory) &&
    !containerDefinitions.some(({ privileged }) => privileged === true);
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
