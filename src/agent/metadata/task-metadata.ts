import type { ContainerPayload, TaskPayload } from '../../core/protocol/agent-service.js';
import type { HealthStatus, PreparedTask } from '../../platform/runtime/runtime.js';

/** What has become of a container so far. Times are milliseconds since the epoch. */
export interface ContainerFacts {
  readonly payload: ContainerPayload;
  readonly runtimeId?: string;
  readonly status: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly exitCode?: number;
  readonly imageDigest?: string;
  /** Of a container with a health check, and when it last changed. */
  readonly health?: HealthStatus;
  readonly healthSince?: number;
  /** Of a container with a restart policy. */
  readonly restartCount?: number;
  readonly createdAt?: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
}

/** What has become of a task so far. Times are seconds since the epoch, as they are reported. */
export interface TaskFacts {
  readonly payload: TaskPayload;
  readonly status: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly stopping: boolean;
  /** Of the task's own; absent: it is in this machine's. */
  readonly network?: NonNullable<PreparedTask['network']>;
  readonly pullStartedAt?: number;
  readonly pullStoppedAt?: number;
  readonly executionStoppedAt?: number;
  readonly containers: readonly ContainerFacts[];
}

/** CPU units of one vCPU. */
const CPU_UNITS = 1024;

/** Task metadata version 4 of a container: names and forms are ecs-agent's. */
export function containerMetadata(task: TaskFacts, container: ContainerFacts) {
  const { payload, runtimeId, exitCode, imageDigest, health, healthSince, restartCount } = container;
  return {
    ...(runtimeId !== undefined && { DockerId: runtimeId }),
    Name: payload.name,
    DockerName: payload.name,
    Image: payload.image,
    // An image of the sandbox is a directory: nothing counts its content.
    ImageID: imageDigest ?? '',
    Labels: {
      'com.amazonaws.ecs.cluster': task.payload.clusterArn,
      'com.amazonaws.ecs.container-name': payload.name,
      'com.amazonaws.ecs.task-arn': task.payload.arn,
      'com.amazonaws.ecs.task-definition-family': task.payload.family,
      'com.amazonaws.ecs.task-definition-version': task.payload.version,
    },
    DesiredStatus: task.stopping ? 'STOPPED' : 'RUNNING',
    KnownStatus: container.status === 'PENDING' ? 'CREATED' : container.status,
    ...(exitCode !== undefined && { ExitCode: exitCode }),
    // Of the container itself, for which there is no limit.
    Limits: { CPU: 0, Memory: 0 },
    ...times({ CreatedAt: container.createdAt, StartedAt: container.startedAt, FinishedAt: container.finishedAt }),
    Type: 'NORMAL',
    ...(health !== undefined && {
      Health: { status: health, ...times({ statusSince: healthSince }) },
    }),
    ...(restartCount !== undefined && { RestartCount: restartCount }),
    ...(payload.arn !== undefined && { ContainerARN: payload.arn }),
    Networks: [network(task)],
  };
}

/** Task metadata version 4 of the task. */
export function taskMetadata(task: TaskFacts, withTags: boolean) {
  const { payload } = task;
  const { cpu, memory, launchType, availabilityZone, serviceName, vpcId, tags = {} } = payload.metadata ?? {};
  const seconds = (time: number | undefined): number | undefined => (time === undefined ? undefined : time * 1000);
  return {
    Cluster: payload.clusterArn,
    TaskARN: payload.arn,
    Family: payload.family,
    Revision: payload.version,
    ...(serviceName !== undefined && { ServiceName: serviceName }),
    DesiredStatus: task.stopping ? 'STOPPED' : 'RUNNING',
    KnownStatus: task.status === 'PENDING' ? 'NONE' : task.status,
    ...((cpu ?? memory) !== undefined && {
      Limits: { ...(cpu !== undefined && { CPU: cpu / CPU_UNITS }), ...(memory !== undefined && { Memory: memory }) },
    }),
    ...times({
      PullStartedAt: seconds(task.pullStartedAt),
      PullStoppedAt: seconds(task.pullStoppedAt),
      ExecutionStoppedAt: seconds(task.executionStoppedAt),
    }),
    ...(availabilityZone !== undefined && { AvailabilityZone: availabilityZone }),
    ...(launchType !== undefined && { LaunchType: launchType }),
    ...(vpcId !== undefined && { VPCID: vpcId }),
    ...(withTags && Object.keys(tags).length > 0 && { TaskTags: tags }),
    Containers: task.containers.map((container) => containerMetadata(task, container)),
  };
}

/** The task's own network; else its interface as the endpoint tells of it, while it is in this machine's. */
function network({ payload, network: own }: TaskFacts) {
  const { networkMode, metadata = { launchType: '', tags: {} } } = payload;
  const { privateIpv4Address, macAddress, subnetCidrBlock } = own ?? metadata;
  if (privateIpv4Address === undefined) return { NetworkMode: networkMode ?? 'host', IPv4Addresses: [''] };
  return {
    NetworkMode: 'awsvpc',
    IPv4Addresses: [privateIpv4Address],
    AttachmentIndex: 0,
    ...(macAddress !== undefined && { MACAddress: macAddress }),
    ...(subnetCidrBlock !== undefined && { IPv4SubnetCIDRBlock: subnetCidrBlock }),
  };
}

function times(entries: Readonly<Record<string, number | undefined>>): Record<string, string> {
  const known = Object.entries(entries).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return Object.fromEntries(known.map(([name, time]) => [name, new Date(time).toISOString()]));
}
