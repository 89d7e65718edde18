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

export type AgentServiceMessage =
  PayloadMessage | RoleCredentialsMessage | AckRequest | HeartbeatMessage | TaskManifestMessage;
