import type { Deployment, Revision, Service } from './service.js';

/** Pure changes of a service's deployments. */

/** A task that ran for less than this long ended "soon": its replacement waits (milliseconds). */
export const QUICK_END_MS = 10_000;
/** Replacements wait 1, 2, 4 … seconds, at most as long as AWS lets them: 27 minutes. */
export const FIRST_BACKOFF_MS = 1000;
export const MAX_BACKOFF_MS = 27 * 60_000;
/** Bounds of the circuit breaker's threshold, unless it is unbounded: the service model's ThresholdType says so. */
export const BREAKER_LEAST = 3;
export const BREAKER_MOST = 200;
/** Percent of desiredCount. */
export const BREAKER_DEFAULT_VALUE = 50;

/** Starts a deployment: the new one is PRIMARY, the ones before it become ACTIVE and are drained. */
export function deployed(
  service: Service,
  id: string,
  revision: Revision,
  now: number,
  rollback?: { readonly of: string; readonly reason: string },
): Service {
  const primary: Deployment = {
    taskDefinitionArn: revision.taskDefinitionArn,
    launch: revision.launch,
    revisionId: revision.revisionId ?? id.split('/').at(-1),
    id,
    status: 'PRIMARY',
    createdAt: now,
    updatedAt: now,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: rollback?.reason ?? `ECS deployment ${id} in progress.`,
    failedTasks: 0,
    quickEnds: 0,
    rollbackOf: rollback?.of,
    rollbackReason: rollback?.reason,
  };
  const former = service.deployments.map((deployment) => ({
    ...deployment,
    status: 'ACTIVE' as const,
    updatedAt: now,
  }));
  return { ...service, deployments: [primary, ...former], steady: false };
}

export function completed(service: Service, now: number): Service {
  const [primary, ...others] = service.deployments;
  if (primary?.rolloutState !== 'IN_PROGRESS') return service;
  const { id, taskDefinitionArn, launch, revisionId } = primary;
  return {
    ...service,
    lastCompleted: { id, taskDefinitionArn, launch, revisionId },
    deployments: [
      {
        ...primary,
        rolloutState: 'COMPLETED',
        rolloutStateReason: `ECS deployment ${id} completed.`,
        failedTasks: 0,
        updatedAt: now,
      },
      ...others,
    ],
  };
}

/** A task has got to RUNNING, and HEALTHY where that is checked: the deployment can start tasks. */
export function taskRan(deployment: Deployment): Deployment {
  return deployment.failedTasks === 0 && deployment.proven === true
    ? deployment
    : { ...deployment, failedTasks: 0, proven: true };
}

/**
 * A task has ended by itself after running for `ranMs`, or has failed: then that is undefined, because it never ran or
 * its health checks failed. Failures are counted until the deployment's first task runs (CreateService's documentation
 * of failedTasks).
 */
export function taskEnded(
  deployment: Deployment,
  service: Pick<Service, 'desiredCount' | 'deploymentConfiguration'>,
  ranMs: number | undefined,
  now: number,
): Deployment {
  if (ranMs !== undefined && ranMs >= QUICK_END_MS) return { ...deployment, quickEnds: 0 };
  const quickEnds = deployment.quickEnds + 1;
  const failed = ranMs === undefined && deployment.rolloutState === 'IN_PROGRESS' && deployment.proven !== true;
  const failedTasks = deployment.failedTasks + (failed ? 1 : 0);
  const next = { ...deployment, quickEnds, failedTasks, retryAt: now + backoff(quickEnds), updatedAt: now };
  if (!failed || failedTasks < breakerThreshold(service)) return next;
  return {
    ...next,
    rolloutState: 'FAILED',
    rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.',
  };
}

/** Milliseconds before the next start after this many quick ends in a row; the first is replaced at once. */
export function backoff(quickEnds: number): number {
  return quickEnds < 2 ? 0 : Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(quickEnds - 2, 30));
}

/** How many failures in a row open the circuit breaker; never, when it is off. */
export function breakerThreshold(service: Pick<Service, 'desiredCount' | 'deploymentConfiguration'>): number {
  const breaker = service.deploymentConfiguration.deploymentCircuitBreaker;
  if (breaker?.enable !== true) return Infinity;
  const { type = 'BOUNDED_PERCENT', value = BREAKER_DEFAULT_VALUE } = breaker.thresholdConfiguration ?? {};
  if (type === 'COUNT') return Math.max(1, value);
  const share = Math.max(1, Math.ceil((service.desiredCount * value) / 100));
  return type === 'UNBOUNDED_PERCENT' ? share : Math.min(BREAKER_MOST, Math.max(BREAKER_LEAST, share));
}
