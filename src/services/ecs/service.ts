import type {
  AvailabilityZoneRebalancing,
  DeploymentConfiguration,
  DeploymentRolloutState,
  PlacementConstraint,
  PlacementStrategy,
  PropagateTags,
} from '@aws-sdk/client-ecs';
import type { Launch } from './launch.js';
import type { ServiceDeployment } from './service-deployment.js';

/** What a deployment runs. */
export interface Revision {
  readonly taskDefinitionArn: string;
  readonly launch: Launch;
  /** The last part of its service revision's ARN: the digits of the deployment that first brought it. */
  readonly revisionId?: string | undefined;
}

/** One attempt to bring a service to a revision. Counts of tasks are not kept here: they are counted. */
export interface Deployment extends Revision {
  /** `ecs-svc/…`; `startedBy` of its tasks. */
  readonly id: string;
  readonly status: 'PRIMARY' | 'ACTIVE';
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly rolloutState: DeploymentRolloutState;
  readonly rolloutStateReason: string;
  /** Tasks in a row that did not get to RUNNING; what the circuit breaker counts. */
  readonly failedTasks: number;
  /** Tasks in a row that failed or ended soon after their start; what restarts are slowed by. */
  readonly quickEnds: number;
  /** A task of it has run, healthy where that is checked: from then on the circuit breaker counts no more. */
  readonly proven?: boolean | undefined;
  /** The event that it failed was written. */
  readonly failureTold?: boolean | undefined;
  /** Id of the deployment that failed and that this one takes the place of. */
  readonly rollbackOf?: string | undefined;
  readonly rollbackReason?: string | undefined;
  /** No task is started before this moment. */
  readonly retryAt?: number | undefined;
}

export interface Service {
  readonly arn: string;
  readonly name: string;
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  /** Absent: REPLICA. */
  readonly schedulingStrategy?: 'DAEMON' | undefined;
  /** Of a DAEMON service the scheduler counts it: one for each instance that suits. */
  readonly desiredCount: number;
  readonly deploymentConfiguration: DeploymentConfiguration;
  /** PRIMARY first. */
  readonly deployments: readonly Deployment[];
  readonly placementConstraints?: readonly PlacementConstraint[] | undefined;
  readonly placementStrategy?: readonly PlacementStrategy[] | undefined;
  /** What the circuit breaker rolls back to. */
  readonly lastCompleted?: (Revision & { readonly id: string }) | undefined;
  /** Newest first. */
  readonly history?: readonly ServiceDeployment[] | undefined;
  /** The event "has reached a steady state" was written, and nothing has moved since. */
  readonly steady: boolean;
  readonly enableExecuteCommand: boolean;
  readonly enableECSManagedTags: boolean;
  readonly propagateTags: PropagateTags;
  readonly availabilityZoneRebalancing?: AvailabilityZoneRebalancing | undefined;
  /** A task has been started in another zone, and one of a crowded zone is to go for it. */
  readonly rebalancing?: boolean | undefined;
  readonly healthCheckGracePeriodSeconds?: number | undefined;
  readonly createdAt: number;
  readonly createdBy: string;
  /** Of the request that made it; a repetition is answered, a different one refused. */
  readonly fingerprint: string;
}

export interface ServiceEvent {
  readonly id: string;
  readonly createdAt: number;
  readonly message: string;
}

/** Tasks of one deployment that have not ended. */
export interface TaskCounts {
  readonly running: number;
  readonly pending: number;
}

export function primaryDeployment(service: Service): Deployment | undefined {
  return service.deployments.find(({ status }) => status === 'PRIMARY');
}
