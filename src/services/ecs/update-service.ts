import type { UpdateServiceRequest, UpdateServiceResponse } from '@aws-sdk/client-ecs';
import type { Queries } from '../../platform/store/database.js';
import { clusterStore } from './cluster-store.js';
import type { Cluster } from './cluster.js';
import { deployed } from './deployment.js';
import { readDeploymentConfiguration } from './deployment-configuration.js';
import { ecsError } from './ecs-error.js';
import type { EcsParts } from './ecs-parts.js';
import { readLaunch } from './launch.js';
import { clusterReference, serviceReference, taskDefinitionReference } from './references.js';
import {
  requireServiceRequest,
  requireServiceRole,
  requireTaskDefinition,
  requireTaskRole,
} from './service-request.js';
import { serviceStore } from './service-store.js';
import { viewService } from './service-view.js';
import { primaryDeployment, type Revision, type Service } from './service.js';
import { taskDefinitionStore } from './task-definition-store.js';

type Parts = Pick<EcsParts, 'database' | 'arns' | 'ids' | 'network' | 'clock' | 'settings' | 'scheduler' | 'roles'>;

export function updateService({ database, arns, ids, network, clock, settings, scheduler, roles }: Parts) {
  /** What the service would run after this update; undefined when nothing of it changes. */
  async function nextRevision(
    queries: Queries,
    cluster: Cluster,
    service: Service,
    input: UpdateServiceRequest,
  ): Promise<Revision | undefined> {
    const primary = primaryDeployment(service);
    if (primary === undefined) throw ecsError.serviceNotActive();
    const { launch } = primary;
    const definition =
      input.taskDefinition === undefined
        ? await taskDefinitionStore.find(queries, taskDefinitionReference(arns, primary.taskDefinitionArn))
        : await requireTaskDefinition(queries, arns, input.taskDefinition);
    if (definition === undefined) throw ecsError.taskDefinitionNotFound();
    const enableExecuteCommand = input.enableExecuteCommand ?? service.enableExecuteCommand;
    requireTaskRole(settings, enableExecuteCommand, definition.taskRoleArn, "service couldn't be updated");
    const strategy = input.capacityProviderStrategy ?? launch.capacityProviderStrategy;
    const next: Revision = {
      taskDefinitionArn: definition.taskDefinitionArn,
      launch: readLaunch(network, cluster, definition, {
        ...(strategy === undefined || strategy.length === 0
          ? { launchType: launch.launchType }
          : { capacityProviderStrategy: strategy }),
        platformVersion: input.platformVersion ?? launch.platformVersion,
        networkConfiguration: input.networkConfiguration ?? launch.networkConfiguration,
        enableExecuteCommand,
      }),
    };
    const text = ({ taskDefinitionArn, launch }: Revision): string => JSON.stringify([taskDefinitionArn, launch]);
    return input.forceNewDeployment === true || text(next) !== text(primary) ? next : undefined;
  }

  return async (input: UpdateServiceRequest): Promise<UpdateServiceResponse> => {
    requireServiceRequest(input);
    const reference = serviceReference(arns, input.service ?? '');
    const clusterName = clusterReference(arns, input.cluster ?? reference.clusterName);
    await requireServiceRole({ database, arns, roles }, input.taskDefinition);
    const updated = await database.transaction(async (queries) => {
      const cluster = await clusterStore.requireActive(queries, clusterName);
      const service = await serviceStore.require(queries, arns.service(cluster.name, reference.id));
      if (service.status !== 'ACTIVE') throw ecsError.serviceNotActive();
      const revision = await nextRevision(queries, cluster, service, input);
      const desiredCount = input.desiredCount ?? service.desiredCount;
      const changed: Service = {
        ...service,
        desiredCount,
        deploymentConfiguration: readDeploymentConfiguration(
          input.deploymentConfiguration,
          service.deploymentConfiguration,
        ),
        // Neither starts a deployment nor touches running tasks: new tasks have it (ecs-api 3.3).
        enableExecuteCommand: input.enableExecuteCommand ?? service.enableExecuteCommand,
        enableECSManagedTags: input.enableECSManagedTags ?? service.enableECSManagedTags,
        propagateTags: input.propagateTags ?? service.propagateTags,
        availabilityZoneRebalancing: input.availabilityZoneRebalancing ?? service.availabilityZoneRebalancing,
        healthCheckGracePeriodSeconds: input.healthCheckGracePeriodSeconds ?? service.healthCheckGracePeriodSeconds,
        steady: service.steady && desiredCount === service.desiredCount,
      };
      const next = revision === undefined ? changed : deployed(changed, ids.deployment(), revision, clock());
      await serviceStore.put(queries, next);
      return viewService(queries, arns, next, true);
    });
    if (updated.serviceArn !== undefined) scheduler.wake(updated.serviceArn);
    return { service: updated };
  };
}
