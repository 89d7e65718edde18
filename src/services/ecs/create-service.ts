import { SchedulingStrategy, type CreateServiceRequest, type CreateServiceResponse } from '@aws-sdk/client-ecs';
import type { RequestContext } from '../../platform/aws/service.js';
import { requireAtMost, requireName, requireOneOf } from './checks.js';
import { clusterStore } from './cluster-store.js';
import { deployed } from './deployment.js';
import { readDeploymentConfiguration } from './deployment-configuration.js';
import { ecsError } from './ecs-error.js';
import type { EcsParts } from './ecs-parts.js';
import { fingerprint } from './fingerprint.js';
import { readLaunch } from './launch.js';
import { clusterReference } from './references.js';
import { serviceEventStore } from './service-event-store.js';
import {
  requireServiceRequest,
  requireServiceRole,
  requireTaskDefinition,
  requireTaskRole,
} from './service-request.js';
import { serviceStore } from './service-store.js';
import { viewService } from './service-view.js';
import type { Service } from './service.js';
import { readTags } from './tag.js';
import { tagStore } from './tag-store.js';

type Parts = Pick<EcsParts, 'database' | 'arns' | 'ids' | 'network' | 'clock' | 'settings' | 'scheduler' | 'roles'>;

export function createService({ database, arns, ids, network, clock, settings, scheduler, roles }: Parts) {
  return async (input: CreateServiceRequest, context: RequestContext): Promise<CreateServiceResponse> => {
    const { serviceName: name = '' } = input;
    if (name === '') throw ecsError.required('serviceName');
    requireName(name, 'Service name');
    requireAtMost(input.clientToken, 36, 'clientToken');
    requireServiceRequest(input);
    requireSchedulingStrategy(input.schedulingStrategy);
    const deploymentConfiguration = readDeploymentConfiguration(input.deploymentConfiguration);
    const tags = readTags(input.tags);
    const clusterName = clusterReference(arns, input.cluster);
    const print = fingerprint({ ...input, cluster: clusterName, clientToken: undefined });

    await requireServiceRole({ database, arns, roles }, input.taskDefinition);

    const created = await database.transaction(async (queries) => {
      const cluster = await clusterStore.requireActive(queries, clusterName);
      const arn = arns.service(cluster.name, name);
      const existing = await serviceStore.find(queries, arn);
      if (existing?.status === 'ACTIVE' && existing.fingerprint === print) {
        return viewService(queries, arns, existing, true);
      }
      if (existing?.status === 'ACTIVE') {
        throw ecsError.invalidParameter('Creation of service was not idempotent.');
      }
      if (existing?.status === 'DRAINING') {
        throw ecsError.invalidParameter('Unable to Start a service that is still Draining.');
      }
      const definition = await requireTaskDefinition(queries, arns, input.taskDefinition);
      if (input.desiredCount === undefined) throw ecsError.required('desiredCount');
      const enableExecuteCommand = input.enableExecuteCommand ?? false;
      requireTaskRole(settings, enableExecuteCommand, definition.taskRoleArn, "service couldn't be created");
      const launch = readLaunch(network, cluster, definition, input);
      const now = clock();
      const blank: Service = {
        arn,
        name,
        clusterArn: cluster.arn,
        clusterName: cluster.name,
        status: 'ACTIVE',
        desiredCount: input.desiredCount,
        deploymentConfiguration,
        deployments: [],
        steady: false,
        enableExecuteCommand,
        enableECSManagedTags: input.enableECSManagedTags ?? false,
        propagateTags: input.propagateTags ?? 'NONE',
        availabilityZoneRebalancing: input.availabilityZoneRebalancing,
        healthCheckGracePeriodSeconds: input.healthCheckGracePeriodSeconds,
        createdAt: now,
        createdBy: context.caller.arn,
        fingerprint: print,
      };
      const revision = { taskDefinitionArn: definition.taskDefinitionArn, launch };
      const service = deployed(blank, ids.deployment(), revision, now);
      await serviceStore.put(queries, service);
      await serviceEventStore.clear(queries, arn);
      await tagStore.put(queries, arn, tags);
      return viewService(queries, arns, service, true);
    });
    if (created.serviceArn !== undefined) scheduler.wake(created.serviceArn);
    return { service: created };
  };
}

function requireSchedulingStrategy(strategy: string | undefined): void {
  requireOneOf(strategy, SchedulingStrategy, 'schedulingStrategy');
  if (strategy === 'DAEMON') throw ecsError.unsupported('This endpoint does not support scheduling strategy DAEMON.');
}
