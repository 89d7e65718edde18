import type { ContainerSettings } from './container-settings.js';

/**
 * What a container host and the endpoint say to each other about tasks: JSON text frames on a WebSocket, shaped and
 * named as the Agent Communication Service that ecs-agent speaks (`{"type","message"}`).
 *
 * Host -> endpoint: `GET /ws?hostId=…&capacity=FARGATE` or `…&clusterArn=…&containerInstanceArn=…`, signed for `ecs`.
 * First frame of the host: {@link TaskManifestMessage}. State goes back through `SubmitTaskStateChange`.
 */

/** Everything a host needs to run one container of a task. */
export interface ContainerPayload {
  readonly name: string;
  /** `arn:aws:ecs:R:A:container/…`, for the container's metadata. */
  readonly arn?: string;
  /** `host` and `rootfs:DIRECTORY` are the sandbox's; every other is Docker's. */
  readonly image: string;
  readonly essential: boolean;
  readonly entryPoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly workingDirectory?: string;
  /** `user`, `uid`, `user:group` … as a task definition has it. Applies to the container, never to exec. */
  readonly user?: string;
  readonly hostname?: string;
  readonly readonlyRootFilesystem: boolean;
  readonly initProcessEnabled: boolean;
  /** Seconds between SIGTERM and SIGKILL; 30 unless the definition says otherwise. */
  readonly stopTimeout: number;
  /** Where its output goes; absent: nowhere. */
  readonly logConfiguration?: LogConfiguration;
  readonly settings?: ContainerSettings;
  /** Containers of the task that must have got somewhere before this one starts; it stops before them. */
  readonly dependsOn?: readonly ContainerDependency[];
  /** Seconds within which conditions on it must come true; absent: no limit. */
  readonly startTimeout?: number;
  /** Of volumes of the task. */
  readonly mountPoints?: readonly {
    readonly sourceVolume: string;
    readonly containerPath: string;
    readonly readOnly: boolean;
  }[];
  /** Containers whose mounts this one gets too. */
  readonly volumesFrom?: readonly { readonly sourceContainer: string; readonly readOnly: boolean }[];
  /** Start it again when it ends by itself, without the task. */
  readonly restartPolicy?: {
    readonly enabled: boolean;
    readonly ignoredExitCodes: readonly number[];
    /** Seconds it must have run before it is started again; AWS: 60 to 1800, 300 by default. */
    readonly restartAttemptPeriod: number;
  };
}

/** `START`: it runs; `COMPLETE`: it has ended; `SUCCESS`: with 0; `HEALTHY`: its health check says so. */
export interface ContainerDependency {
  readonly containerName: string;
  readonly condition: 'START' | 'COMPLETE' | 'SUCCESS' | 'HEALTHY';
}

/** A volume of a task definition, as far as a host makes it: an empty one, a host directory, or Docker's. */
export interface VolumePayload {
  readonly name: string;
  readonly host?: { readonly sourcePath?: string };
  readonly dockerVolumeConfiguration?: {
    readonly scope: 'task' | 'shared';
    readonly autoprovision: boolean;
    readonly driver?: string;
    readonly driverOpts?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/** As a task definition has it, for example `awslogs` with `awslogs-group` and so on. */
export interface LogConfiguration {
  readonly logDriver: string;
  readonly options: Readonly<Record<string, string>>;
}

/** Temporary credentials of a task's role, as ECS hands them to its hosts. Secrets: never logged. */
export interface TaskRoleCredentials {
  /** Names them in the container's `AWS_CONTAINER_CREDENTIALS_…` variables; the same over renewals. */
  readonly credentialsId: string;
  readonly roleArn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** ISO 8601. */
  readonly expiration: string;
}

/** One task as the endpoint wants it to be on a host. */
export interface TaskPayload {
  readonly arn: string;
  readonly clusterArn: string;
  readonly family: string;
  readonly version: string;
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly taskRoleArn?: string;
  /** Of a task to run that has a role. */
  readonly roleCredentials?: TaskRoleCredentials;
  /** Of its execution role, with which the host, not the task, delivers the containers' output. */
  readonly executionRoleCredentials?: TaskRoleCredentials;
  /** What the metadata endpoint tells the task of itself, beside what this payload says anyway. */
  readonly metadata?: TaskMetadata;
  readonly enableExecuteCommand: boolean;
  /** Concurrent sessions per container. */
  readonly sessionLimit: number;
  readonly containers: readonly ContainerPayload[];
  /** Absent: `awsvpc` of a task with an interface, or the host's. */
  readonly networkMode?: 'awsvpc' | 'bridge' | 'host' | 'none';
  readonly pidMode?: 'host' | 'task';
  readonly ipcMode?: 'host' | 'task' | 'none';
  readonly volumes?: readonly VolumePayload[];
}

/** Facts of a task that only the endpoint knows. */
export interface TaskMetadata {
  readonly launchType: string;
  readonly availabilityZone?: string;
  readonly serviceName?: string;
  /** CPU units and MiB of the task, where its definition limits them. */
  readonly cpu?: number;
  readonly memory?: number;
  readonly vpcId?: string;
  readonly privateIpv4Address?: string;
  readonly macAddress?: string;
  readonly subnetCidrBlock?: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Endpoint -> host: new credentials for a task that runs; those before stay good until they expire. */
export interface RoleCredentialsMessage {
  readonly type: 'IAMRoleCredentialsMessage';
  readonly message: {
    readonly messageId: string;
    readonly taskArn: string;
    /** Default `TaskApplication`: the task's role. */
    readonly roleType?: 'TaskApplication' | 'TaskExecution';
    readonly roleCredentials: TaskRoleCredentials;
  };
}

/** Endpoint -> host: start these tasks, or stop those whose desiredStatus is STOPPED. Repeats are harmless. */
export interface PayloadMessage {
  readonly type: 'PayloadMessage';
  readonly message: { readonly messageId: string; readonly tasks: readonly TaskPayload[] };
}

/** Host -> endpoint: the payload has been taken; state changes follow. */
export interface AckRequest {
  readonly type: 'AckRequest';
  readonly message: { readonly messageId: string };
}

/** Endpoint -> host every 30 seconds; the host answers with the same type and messageId. Either side that hears
 * nothing for 90 seconds closes the socket. */
export interface HeartbeatMessage {
  readonly type: 'HeartbeatMessage';
  readonly message: { readonly messageId: string };
}

/**
 * Host -> endpoint, first frame after connecting: the tasks this host holds. Those the endpoint does not know or wants
 * stopped are stopped by a PayloadMessage; those the endpoint had placed here and that are missing become STOPPED.
 */
export interface TaskManifestMessage {
  readonly type: 'TaskManifestMessage';
  readonly message: { readonly taskArns: readonly string[] };
}

/** Host -> endpoint, at each change: what health checks say, as ecs-agent's telemetry does. */
export interface PublishHealthRequest {
  readonly type: 'PublishHealthRequest';
  readonly message: {
    readonly taskArn: string;
    readonly containers: readonly {
      readonly containerName: string;
      readonly healthStatus: 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';
    }[];
  };
}

/** Host -> endpoint: the task has a network of its own, with this address instead of the one it was given. */
export interface TaskNetworkMessage {
  readonly type: 'TaskNetworkMessage';
  readonly message: {
    readonly taskArn: string;
    readonly privateIpv4Address: string;
    readonly macAddress?: string;
  };
}

export type AgentServiceMessage =
  | PayloadMessage
  | RoleCredentialsMessage
  | AckRequest
  | HeartbeatMessage
  | TaskManifestMessage
  | PublishHealthRequest
  | TaskNetworkMessage;
