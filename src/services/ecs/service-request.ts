import {
  AvailabilityZoneRebalancing,
  PropagateTags,
  type CreateServiceRequest,
  type UpdateServiceRequest,
} from '@aws-sdk/client-ecs';
import type { Queries } from '../../platform/store/database.js';
import type { EcsArns } from './arns.js';
import { requireOneOf, requireWithin } from './checks.js';
import { ecsError } from './ecs-error.js';
import type { EcsParts } from './ecs-parts.js';
import type { EcsSettings } from './ports.js';
import { taskDefinitionReference } from './references.js';
import { requireRunnable } from './runnable-definition.js';
import type { TaskDefinition } from './task-definition.js';
import { taskDefinitionStore } from './task-definition-store.js';
import { requireAssumable } from './task-role.js';

/** Quota of tasks per service (ecs-api 10). */
export const MAX_DESIRED_COUNT = 5000;

/** What CreateService and UpdateService have in common: values out of range, and what this endpoint has not. */
export function requireServiceRequest(input: CreateServiceRequest | UpdateServiceRequest): void {
  requireWithin(input.desiredCount, 0, MAX_DESIRED_COUNT, 'desiredCount');
  requireWithin(input.healthCheckGracePeriodSeconds, 0, 2_147_483_647, 'healthCheckGracePeriodSeconds');
  requireOneOf(input.propagateTags, PropagateTags, 'propagateTags');
  requireOneOf(input.availabilityZoneRebalancing, AvailabilityZoneRebalancing, 'availabilityZoneRebalancing');
  const unsupported = {
    'load balancers': (input.loadBalancers ?? []).length > 0,
    'service registries': (input.serviceRegistries ?? []).length > 0,
    'Service Connect': input.serviceConnectConfiguration?.enabled === true,
    'volume configurations': (input.volumeConfigurations ?? []).length > 0,
    'VPC Lattice configurations': (input.vpcLatticeConfigurations ?? []).length > 0,
    'gateway connectors': (input.gatewayConnectors ?? []).length > 0,
    'placement constraints and strategies': [input.placementConstraints, input.placementStrategy].some(
      (list) => (list ?? []).length > 0,
    ),
  };
  for (const [what, isAsked] of Object.entries(unsupported)) {
    if (isAsked) throw ecsError.unsupported(`This endpoint does not support ${what}.`);
  }
  const controller = input.deploymentController?.type ?? 'ECS';
  if (controller !== 'ECS')
    throw ecsError.unsupported(`This endpoint does not support deployment controller ${controller}.`);
}

/** The definition a service or task is to run. Throws ClientException when there is none, or when it is INACTIVE. */
export async function requireTaskDefinition(
  queries: Queries,
  arns: EcsArns,
  reference: string | undefined,
): Promise<TaskDefinition> {
  if (reference === undefined || reference === '') throw ecsError.required('taskDefinition');
  const definition = await taskDefinitionStore.find(queries, taskDefinitionReference(arns, reference));
  if (definition === undefined) throw ecsError.taskDefinitionNotFound();
  if (definition.status !== 'ACTIVE') throw ecsError.taskDefinitionInactive();
  requireRunnable(definition);
  return definition;
}

/** The role of the definition named can be assumed. Not to be called within a transaction. */
export async function requireServiceRole(
  { database, arns, roles }: Pick<EcsParts, 'database' | 'arns' | 'roles'>,
  reference: string | undefined,
): Promise<void> {
  if (roles === undefined || reference === undefined || reference === '') return;
  const definition = await taskDefinitionStore.find(database, taskDefinitionReference(arns, reference));
  await requireAssumable(roles, definition?.taskRoleArn);
}

/** ECS Exec works with the credentials of the task role, so AWS refuses a task without one. */
export function requireTaskRole(
  { limits }: Pick<EcsSettings, 'limits'>,
  enableExecuteCommand: boolean,
  taskRoleArn: string | undefined,
  what: string,
): void {
  if (!limits.isOpen('task-role') && enableExecuteCommand && taskRoleArn === undefined)
    throw ecsError.taskRoleMissing(what);
}
