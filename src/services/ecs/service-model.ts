import type { Deployment as WireDeployment, Service as WireService } from '@aws-sdk/client-ecs';
import type { EcsArns } from './arns.js';
import { date } from './present.js';
import { primaryDeployment, type Deployment, type Service, type ServiceEvent, type TaskCounts } from './service.js';
import { currentServiceDeployment } from './service-deployment-model.js';
import { withHistory } from './service-deployment.js';
import type { Tag } from './tag.js';

export interface ServiceView {
  /** By deployment id. */
  readonly counts: ReadonlyMap<string, TaskCounts>;
  readonly events: readonly ServiceEvent[];
  readonly tags?: readonly Tag[] | undefined;
}

/** A service as DescribeServices shows it. */
export function serviceModel(arns: EcsArns, service: Service, view: ServiceView): WireService {
  const primary = primaryDeployment(service);
  const counts = [...view.counts.values()];
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.clusterArn,
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: counts.reduce((sum, { running }) => sum + running, 0),
    pendingCount: counts.reduce((sum, { pending }) => sum + pending, 0),
    ...(primary === undefined ? {} : launchModel(primary)),
    taskDefinition: primary?.taskDefinitionArn,
    deploymentConfiguration: service.deploymentConfiguration,
    deployments:
      service.status === 'INACTIVE'
        ? []
        : service.deployments.map((deployment) => deploymentModel(service, deployment, view.counts.get(deployment.id))),
    roleArn: primary?.launch.networkConfiguration === undefined ? undefined : arns.serviceLinkedRole(),
    events: view.events.map(({ id, createdAt, message }) => ({ id, createdAt: date(createdAt), message })),
    createdAt: date(service.createdAt),
    createdBy: service.createdBy,
    currentServiceDeployment: currentServiceDeployment(arns, withHistory(service)),
    loadBalancers: [],
    serviceRegistries: [],
    placementConstraints: [...(service.placementConstraints ?? [])],
    placementStrategy: [...(service.placementStrategy ?? [])],
    networkConfiguration: primary?.launch.networkConfiguration,
    healthCheckGracePeriodSeconds: service.healthCheckGracePeriodSeconds,
    schedulingStrategy: service.schedulingStrategy ?? 'REPLICA',
    deploymentController: { type: 'ECS' },
    enableECSManagedTags: service.enableECSManagedTags,
    propagateTags: service.propagateTags,
    enableExecuteCommand: service.enableExecuteCommand,
    availabilityZoneRebalancing: service.availabilityZoneRebalancing,
    ...(view.tags === undefined ? {} : { tags: [...view.tags] }),
  };
}

function deploymentModel(
  service: Service,
  deployment: Deployment,
  counts: TaskCounts = { running: 0, pending: 0 },
): WireDeployment {
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: deployment.taskDefinitionArn,
    desiredCount: deployment.status === 'PRIMARY' ? service.desiredCount : counts.running + counts.pending,
    pendingCount: counts.pending,
    runningCount: counts.running,
    failedTasks: deployment.failedTasks,
    createdAt: date(deployment.createdAt),
    updatedAt: date(deployment.updatedAt),
    ...launchModel(deployment),
    networkConfiguration: deployment.launch.networkConfiguration,
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
  };
}

/** A launch type or a strategy, never both. */
function launchModel({ launch }: Deployment) {
  const strategy = launch.capacityProviderStrategy;
  return {
    ...(strategy === undefined ? { launchType: launch.launchType } : { capacityProviderStrategy: [...strategy] }),
    platformVersion: launch.platformVersion,
    platformFamily: launch.platformFamily,
  };
}
