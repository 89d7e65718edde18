import type { NetworkBinding, TaskOverride, TaskStopCode } from '@aws-sdk/client-ecs';

/** In the order of a task's life; ACTIVATING and DEACTIVATING need a load balancer, which is not part of this endpoint. */
export type TaskStatus =
  'PROVISIONING' | 'PENDING' | 'ACTIVATING' | 'RUNNING' | 'DEACTIVATING' | 'STOPPING' | 'DEPROVISIONING' | 'STOPPED';

export type LaunchType = 'EC2' | 'FARGATE' | 'EXTERNAL';

/** The ExecuteCommandAgent of one container. */
export interface ManagedAgent {
  readonly lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly lastStartedAt?: number | undefined;
  readonly reason?: string | undefined;
}

export type HealthStatus = 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';

export interface TaskContainer {
  readonly arn: string;
  readonly name: string;
  readonly image: string;
  readonly essential: boolean;
  readonly lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED';
  /** Chosen by the host; the last part of the container's session target. */
  readonly runtimeId?: string | undefined;
  readonly imageDigest?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
  readonly networkBindings: readonly NetworkBinding[];
  readonly cpu: string;
  readonly memory?: string | undefined;
  readonly memoryReservation?: string | undefined;
  readonly readonlyRootFilesystem: boolean;
  /** Of a container with a health check: what its host last said of it. */
  readonly healthStatus?: HealthStatus | undefined;
  /** Log group of the container's own `awslogs` driver: where sessions are logged by default. */
  readonly logGroup?: string | undefined;
  /** Of a task started with exec enabled; with open limits, of any whose host has started one. */
  readonly managedAgent?: ManagedAgent | undefined;
}

/** The elastic network interface of an awsvpc task. */
export interface NetworkAttachment {
  readonly id: string;
  readonly status: 'PRECREATED' | 'ATTACHED' | 'DETACHING' | 'DELETED';
  readonly subnetId: string;
  /** Those that the configuration allows: the zone of a container instance decides among them. */
  readonly subnetIds?: readonly string[] | undefined;
  readonly networkInterfaceId?: string | undefined;
  readonly macAddress?: string | undefined;
  readonly privateDnsName?: string | undefined;
  readonly privateIPv4Address?: string | undefined;
}

/** Times are milliseconds since the epoch. */
export interface Task {
  readonly arn: string;
  readonly id: string;
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly taskDefinitionArn: string;
  readonly family: string;
  readonly revision: number;
  readonly launchType: LaunchType;
  readonly capacityProviderName?: string | undefined;
  readonly platformVersion?: string | undefined;
  readonly platformFamily?: string | undefined;
  readonly lastStatus: TaskStatus;
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly connectivity?: 'CONNECTED' | 'DISCONNECTED' | undefined;
  readonly connectivityAt?: number | undefined;
  readonly enableExecuteCommand: boolean;
  /** `pidMode` task or host: one ExecuteCommandAgent serves them all (ecs-api 4.4). */
  readonly sharedPidNamespace: boolean;
  readonly overrides: TaskOverride;
  readonly taskRoleArn?: string | undefined;
  /** Of a task with a role: by what its containers ask for the role's credentials; the same over renewals. */
  readonly credentialsId?: string | undefined;
  readonly containers: readonly TaskContainer[];
  readonly attachment?: NetworkAttachment | undefined;
  /** Of its essential containers with health checks together; absent while no host has said anything. */
  readonly healthStatus?: HealthStatus | undefined;
  /** Of a task of a service that must not be stopped to scale in, or by a deployment. */
  readonly protection?: { readonly expiresAt: number } | undefined;
  /** As {@link platformOf} has them; absent: the definition does not say. */
  readonly cpuArchitecture?: string | undefined;
  readonly operatingSystem?: string | undefined;
  /** Of the definition or its override; absent: Fargate's default. */
  readonly ephemeralStorageGiB?: number | undefined;
  readonly group: string;
  readonly startedBy?: string | undefined;
  readonly serviceArn?: string | undefined;
  readonly deploymentId?: string | undefined;
  /** Key of the container host the task was placed on; for EC2 and EXTERNAL the container instance's ARN. */
  readonly host?: string | undefined;
  readonly containerInstanceArn?: string | undefined;
  /** Ports of its container instance that it takes, as `80/tcp`. */
  readonly hostPorts?: readonly string[] | undefined;
  /** The host has reported on it at least once: from then on a manifest without it means that it is gone. */
  readonly seen: boolean;
  readonly availabilityZone: string;
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
  readonly createdAt: number;
  readonly pullStartedAt?: number | undefined;
  readonly pullStoppedAt?: number | undefined;
  readonly startedAt?: number | undefined;
  readonly stoppingAt?: number | undefined;
  readonly executionStoppedAt?: number | undefined;
  readonly stoppedAt?: number | undefined;
  readonly stopCode?: TaskStopCode | undefined;
  readonly stoppedReason?: string | undefined;
  /** Counts changes. */
  readonly version: number;
}

/** Before RUNNING; what `pendingCount` counts. */
export const PENDING_STATUSES: readonly TaskStatus[] = Object.freeze(['PROVISIONING', 'PENDING', 'ACTIVATING']);

/** Name by which sessions reach a container (ecs-api 2). */
export function sessionTarget(task: Pick<Task, 'clusterName' | 'id'>, runtimeId: string): string {
  return `ecs:${task.clusterName}_${task.id}_${runtimeId}`;
}
