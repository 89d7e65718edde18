import type {
  ServiceDeployment as WireServiceDeployment,
  ServiceDeploymentBrief,
  ServiceRevision,
  ServiceRevisionSummary,
} from '@aws-sdk/client-ecs';
import type { EcsArns } from './arns.js';
import { breakerThreshold } from './deployment.js';
import { date } from './present.js';
import { revisionIdOf, type ServiceDeployment } from './service-deployment.js';
import type { Service, TaskCounts } from './service.js';
import type { TaskDefinition } from './task-definition.js';

export function serviceDeploymentModel(
  arns: EcsArns,
  service: Service,
  entry: ServiceDeployment,
  counts: ReadonlyMap<string, TaskCounts>,
): WireServiceDeployment {
  const isLast = service.history?.[0]?.id === entry.id;
  const breaker = service.deploymentConfiguration.deploymentCircuitBreaker;
  const target = entry.target.revisionId ?? '';
  const { rollback } = entry;
  return {
    ...inBrief(arns, service, entry),
    stoppedAt: entry.status === 'STOPPED' ? date(entry.finishedAt) : undefined,
    updatedAt: date(entry.updatedAt),
    sourceServiceRevisions: entry.sources.map((id) => summary(arns, service, id, counts, 0)),
    targetServiceRevision: summary(arns, service, target, counts, isLast ? service.desiredCount : 0),
    deploymentConfiguration: service.deploymentConfiguration,
    rollback: rollback && {
      reason: rollback.reason,
      startedAt: date(rollback.startedAt),
      serviceRevisionArn: arns.serviceRevision(service.clusterName, service.name, rollback.revisionId),
    },
    deploymentCircuitBreaker: {
      status: breakerStatus(breaker?.enable === true, entry),
      failureCount: entry.failureCount,
      ...(breaker?.enable === true && { threshold: breakerThreshold(service) }),
    },
    alarms: { status: 'DISABLED' },
  };
}

export function serviceDeploymentBrief(
  arns: EcsArns,
  service: Service,
  entry: ServiceDeployment,
): ServiceDeploymentBrief {
  return {
    ...inBrief(arns, service, entry),
    targetServiceRevisionArn: arns.serviceRevision(service.clusterName, service.name, entry.target.revisionId ?? ''),
  };
}

/** What both forms say. */
function inBrief(arns: EcsArns, service: Service, entry: ServiceDeployment) {
  return {
    serviceDeploymentArn: arns.serviceDeployment(service.clusterName, service.name, entry.id),
    serviceArn: service.arn,
    clusterArn: service.clusterArn,
    createdAt: date(entry.createdAt),
    startedAt: date(entry.createdAt),
    finishedAt: date(entry.finishedAt),
    status: entry.status,
    statusReason: entry.statusReason,
  };
}

export function serviceRevisionModel(
  arns: EcsArns,
  service: Service,
  { target, createdAt }: ServiceDeployment,
  definition: TaskDefinition | undefined,
): ServiceRevision {
  const { launch } = target;
  return {
    serviceRevisionArn: arns.serviceRevision(service.clusterName, service.name, target.revisionId ?? ''),
    serviceArn: service.arn,
    clusterArn: service.clusterArn,
    taskDefinition: target.taskDefinitionArn,
    ...(launch.capacityProviderStrategy === undefined
      ? { launchType: launch.launchType }
      : { capacityProviderStrategy: [...launch.capacityProviderStrategy] }),
    platformVersion: launch.platformVersion,
    platformFamily: launch.platformFamily,
    loadBalancers: [],
    serviceRegistries: [],
    networkConfiguration: launch.networkConfiguration,
    containerImages: (definition?.containerDefinitions ?? []).map(({ name, image }) => ({
      containerName: name,
      image,
    })),
    guardDutyEnabled: false,
    createdAt: date(createdAt),
  };
}

/** Tasks of a revision are those of all deployments that brought it. */
function summary(
  arns: EcsArns,
  service: Service,
  revisionId: string,
  counts: ReadonlyMap<string, TaskCounts>,
  requested: number,
): ServiceRevisionSummary {
  const mine = service.deployments
    .filter((deployment) => revisionIdOf(deployment) === revisionId)
    .map(({ id }) => counts.get(id) ?? { running: 0, pending: 0 });
  return {
    arn: arns.serviceRevision(service.clusterName, service.name, revisionId),
    requestedTaskCount: requested,
    runningTaskCount: mine.reduce((sum, { running }) => sum + running, 0),
    pendingTaskCount: mine.reduce((sum, { pending }) => sum + pending, 0),
  };
}

function breakerStatus(isOn: boolean, { status, failureCount }: ServiceDeployment) {
  if (!isOn) return 'DISABLED';
  if (status.startsWith('ROLLBACK') || (status === 'STOPPED' && failureCount > 0)) return 'TRIGGERED';
  return status === 'IN_PROGRESS' ? 'MONITORING' : 'MONITORING_COMPLETE';
}

/** Of a service, whose ARN it is made of. */
export function currentServiceDeployment(arns: EcsArns, service: Service): string | undefined {
  const [latest] = service.history ?? [];
  const isOpen =
    latest !== undefined && ['IN_PROGRESS', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS'].includes(latest.status);
  return isOpen ? arns.serviceDeployment(service.clusterName, service.name, latest.id) : undefined;
}
