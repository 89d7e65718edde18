import { SchedulingStrategy, type CreateServiceRequest, type UpdateServiceRequest } from '@aws-sdk/client-ecs';
import { requireOneOf } from './checks.js';
import { ecsError } from './ecs-error.js';
import type { PlacementRules } from './placement/placement-request.js';
import type { Service } from './service.js';
import type { LaunchType } from './task.js';

/** Percentages of a DAEMON service, which has one task on an instance and never two (CreateService's documentation). */
export const DAEMON_DEPLOYMENT = Object.freeze({
  deploymentCircuitBreaker: { enable: false, rollback: false },
  maximumPercent: 100,
  minimumHealthyPercent: 0,
});

/**
 * What DAEMON rules out. That AWS refuses these is documented; the texts of all but the first two are our own.
 * Undefined: REPLICA, and `desiredCount` is there.
 */
export function readSchedulingStrategy(input: CreateServiceRequest): 'DAEMON' | undefined {
  requireOneOf(input.schedulingStrategy, SchedulingStrategy, 'schedulingStrategy');
  if (input.schedulingStrategy !== 'DAEMON') {
    if (input.desiredCount === undefined) throw ecsError.required('desiredCount');
    return undefined;
  }
  requireDaemonRequest(input);
  return 'DAEMON';
}

/** Of a request to create or update a DAEMON service. */
export function requireDaemonRequest(input: CreateServiceRequest | UpdateServiceRequest): void {
  // A count that changes nothing is what clients send who read it before.
  if ((input.desiredCount ?? 0) > 0) {
    throw ecsError.invalidParameter(
      'The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again.',
    );
  }
  if ((input.placementStrategy ?? []).length > 0) {
    throw ecsError.invalidParameter('The daemon scheduling strategy does not support placement strategies.');
  }
  if ((input.placementConstraints ?? []).some(({ type }) => type === 'distinctInstance')) {
    throw ecsError.invalidParameter(
      'The daemon scheduling strategy does not support the placement constraint distinctInstance.',
    );
  }
  const { maximumPercent = 100, minimumHealthyPercent = 0 } = input.deploymentConfiguration ?? {};
  if (maximumPercent !== 100) {
    throw ecsError.invalidParameter('The daemon scheduling strategy requires a maximumPercent of 100.');
  }
  if (minimumHealthyPercent >= 100) {
    throw ecsError.invalidParameter('The daemon scheduling strategy requires a minimumHealthyPercent below 100.');
  }
  if (input.availabilityZoneRebalancing === 'ENABLED') {
    throw ecsError.invalidParameter('Availability Zone rebalancing does not support the daemon scheduling strategy.');
  }
}

/** What launch type and strategy rule out together. */
export function requireSuited(
  service: Pick<Service, 'schedulingStrategy' | 'availabilityZoneRebalancing' | 'deploymentConfiguration'>,
  launchType: LaunchType,
  rules: PlacementRules,
): void {
  if (service.schedulingStrategy === 'DAEMON' && launchType === 'FARGATE') {
    throw ecsError.invalidParameter('The daemon scheduling strategy is not supported by the Fargate launch type.');
  }
  if (service.availabilityZoneRebalancing !== 'ENABLED') return;
  if (launchType === 'EXTERNAL') {
    throw ecsError.invalidParameter('Availability Zone rebalancing does not support the EXTERNAL launch type.');
  }
  if ((service.deploymentConfiguration.maximumPercent ?? 200) <= 100) {
    throw ecsError.invalidParameter('Availability Zone rebalancing requires a maximumPercent above 100.');
  }
  const [first] = rules.strategy;
  if (first !== undefined && !(first.type === 'spread' && first.field === 'attribute:ecs.availability-zone')) {
    throw ecsError.invalidParameter(
      'Availability Zone rebalancing requires spread over attribute:ecs.availability-zone to be the first placement strategy.',
    );
  }
}
