import { createHash } from 'node:crypto';
import type { ServiceDeploymentStatus } from '@aws-sdk/client-ecs';
import type { Deployment, Revision, Service } from './service.js';

/** A deployment as DescribeServiceDeployments tells of it: with its rollback, if there was one, and after its end. */
export interface ServiceDeployment {
  /** The last part of its ARN. */
  readonly id: string;
  /** Of the deployment that it began with, as DescribeServices shows it. */
  readonly deploymentId: string;
  readonly target: Revision;
  /** What ran before, newest first: ids of revisions. */
  readonly sources: readonly string[];
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly finishedAt?: number | undefined;
  readonly status: ServiceDeploymentStatus;
  readonly statusReason?: string | undefined;
  /** Counted while it lasted; the threshold is the service's. */
  readonly failureCount: number;
  readonly rollback?: { readonly reason: string; readonly startedAt: number; readonly revisionId: string } | undefined;
}

/** How many a service keeps. AWS keeps them for 90 days. */
export const MAX_SERVICE_DEPLOYMENTS = 20;

/**
 * Brings the history of a service up to date with its deployments, whatever has happened to them since; twice is once.
 * On AWS one service deployment tells of an attempt and of its rollback, which are two deployments in DescribeServices.
 */
export function withHistory(service: Service): Service {
  let history = service.history ?? [];
  const oldestFirst = [...service.deployments].reverse();
  oldestFirst.forEach((deployment, index) => {
    if (deployment.rollbackOf !== undefined || history.some(({ deploymentId }) => deploymentId === deployment.id)) {
      return;
    }
    const sources = oldestFirst.slice(0, index).reverse().map(revisionIdOf);
    history = [begun(deployment, [...new Set(sources)]), ...history];
  });
  const updated = history.slice(0, MAX_SERVICE_DEPLOYMENTS).map((entry) => followed(entry, service));
  return { ...service, history: updated };
}

export function revisionIdOf({ id, revisionId }: Pick<Deployment, 'id' | 'revisionId'>): string {
  return revisionId ?? id.split('/').at(-1) ?? id;
}

function begun(deployment: Deployment, sources: readonly string[]): ServiceDeployment {
  const { id: deploymentId, taskDefinitionArn, launch, createdAt } = deployment;
  return {
    id: createHash('sha256').update(deploymentId).digest('base64url').replaceAll(/[-_]/g, 'x').slice(0, 20),
    deploymentId,
    target: { taskDefinitionArn, launch, revisionId: revisionIdOf(deployment) },
    sources,
    createdAt,
    updatedAt: createdAt,
    status: 'IN_PROGRESS',
    failureCount: 0,
  };
}

function followed(entry: ServiceDeployment, service: Service): ServiceDeployment {
  const own = service.deployments.find(({ id }) => id === entry.deploymentId);
  const rollback = service.deployments.find(({ rollbackOf }) => rollbackOf === entry.deploymentId);
  const decided = rollback?.status === 'PRIMARY' ? rolling(rollback, service) : own && going(own, service);
  if (decided === undefined || isFinal(entry.status)) return isFinal(entry.status) ? entry : abandoned(entry, service);
  const { status, statusReason, at } = decided;
  return {
    ...entry,
    status,
    statusReason,
    updatedAt: at,
    failureCount: own?.failedTasks ?? entry.failureCount,
    ...(isFinal(status) && { finishedAt: at }),
    ...(rollback !== undefined && {
      rollback: {
        reason: rollback.rollbackReason ?? '',
        startedAt: rollback.createdAt,
        revisionId: revisionIdOf(rollback),
      },
    }),
  };
}

interface Decided {
  readonly status: ServiceDeploymentStatus;
  readonly statusReason?: string | undefined;
  readonly at: number;
}

function going(own: Deployment, service: Service): Decided {
  const at = own.updatedAt;
  if (own.rolloutState === 'COMPLETED') return { status: 'SUCCESSFUL', at };
  if (own.rolloutState === 'FAILED') {
    const breaker = service.deploymentConfiguration.deploymentCircuitBreaker;
    const willRoll = breaker?.rollback === true && service.lastCompleted !== undefined && own.status === 'PRIMARY';
    return { status: willRoll ? 'ROLLBACK_REQUESTED' : 'STOPPED', statusReason: own.rolloutStateReason, at };
  }
  if (own.status === 'PRIMARY' && service.status === 'ACTIVE') return { status: 'IN_PROGRESS', at };
  return { status: 'STOPPED', statusReason: REPLACED, at };
}

function rolling(rollback: Deployment, service: Service): Decided {
  const statusReason = rollback.rollbackReason;
  const at = rollback.updatedAt;
  if (rollback.rolloutState === 'COMPLETED') return { status: 'ROLLBACK_SUCCESSFUL', statusReason, at };
  if (rollback.rolloutState === 'FAILED' || service.status !== 'ACTIVE')
    return { status: 'ROLLBACK_FAILED', statusReason, at };
  return { status: 'ROLLBACK_IN_PROGRESS', statusReason, at };
}

/** Its deployments are gone before they came to an end: a later one has taken their place. */
function abandoned(entry: ServiceDeployment, service: Service): ServiceDeployment {
  const at = service.deployments[0]?.createdAt ?? entry.updatedAt;
  const status = entry.rollback === undefined ? 'STOPPED' : 'ROLLBACK_FAILED';
  return { ...entry, status, statusReason: REPLACED, updatedAt: at, finishedAt: at };
}

/** AWS's own text is not known. */
const REPLACED = 'The service deployment was replaced by a later one.';

function isFinal(status: ServiceDeploymentStatus): boolean {
  // A failed deployment is STOPPED until its rollback begins, if one does.
  return (
    status === 'SUCCESSFUL' || status === 'ROLLBACK_SUCCESSFUL' || status === 'ROLLBACK_FAILED' || status === 'STOPPED'
  );
}
