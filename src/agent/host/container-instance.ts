import process from 'node:process';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { AgentApi } from '../agent-api.js';

/** What a host offers: Fargate capacity of the endpoint, or one container instance of a cluster. */
export type Capacity =
  | 'FARGATE'
  | {
      /** Name or ARN. */
      readonly cluster: string;
      readonly attributes: readonly { readonly name: string; readonly value?: string }[];
    };

/** Where a container instance's ARN outlives the process. */
export interface InstanceState {
  read(): Promise<string | undefined>;
  write(containerInstanceArn: string): Promise<void>;
}

/** As the checker and the console read it: ECS Exec needs ecs-agent 1.50.2 or later (ecs-api 3.6). */
export const VERSION_INFO = { agentVersion: '1.99.0', agentHash: 'gangway', dockerVersion: '' } as const;
/** Without this attribute no task with ECS Exec is placed on an instance (ecs-api 3.4). */
export const EXECUTE_COMMAND_ATTRIBUTE = 'ecs.capability.execute-command';
/** With it an instance is of launch type EXTERNAL, without it EC2. */
export const EXTERNAL_ATTRIBUTE = 'ecs.capability.external';

export interface ContainerInstanceOptions {
  readonly api: AgentApi;
  readonly hostId: string;
  readonly capacity: Exclude<Capacity, 'FARGATE'>;
  readonly state: InstanceState;
  readonly resources: { readonly cpuUnits: number; readonly memoryMiB: number };
}

/** Registers this host, again under its old ARN where it has one, and returns the ARN and its cluster's. */
export async function registerContainerInstance(
  options: ContainerInstanceOptions,
): Promise<{ containerInstanceArn: string; clusterArn: string }> {
  const known = await options.state.read();
  const answer = await register(options, known).catch((error: unknown) => {
    // An endpoint with a new state does not know the old instance; then this host is a new one.
    if (known !== undefined && error instanceof AwsError && error.fault === 'client') return register(options);
    throw error;
  });
  const instance = answer['containerInstance'] as { containerInstanceArn?: unknown } | undefined;
  const arn = instance?.containerInstanceArn;
  if (typeof arn !== 'string') throw new Error('RegisterContainerInstance answered without containerInstanceArn');
  if (arn !== known) await options.state.write(arn);
  return { containerInstanceArn: arn, clusterArn: clusterArnOf(arn, options.capacity.cluster) };
}

/** As ecs-agent tells them: tasks for another system or processor are not placed here. */
function platformAttributes(): readonly { readonly name: string; readonly value: string }[] {
  const architecture = { x64: 'x86_64', arm64: 'arm64' }[process.arch as string] ?? process.arch;
  return [
    { name: 'ecs.os-type', value: 'linux' },
    { name: 'ecs.cpu-architecture', value: architecture },
  ];
}

function register(options: ContainerInstanceOptions, containerInstanceArn?: string) {
  const { hostId, capacity, resources } = options;
  return options.api.ecs('RegisterContainerInstance', {
    cluster: capacity.cluster,
    ...(containerInstanceArn === undefined ? {} : { containerInstanceArn }),
    instanceIdentityDocument: JSON.stringify({ instanceId: hostId }),
    totalResources: [
      { name: 'CPU', type: 'INTEGER', integerValue: resources.cpuUnits },
      { name: 'MEMORY', type: 'INTEGER', integerValue: resources.memoryMiB },
    ],
    versionInfo: VERSION_INFO,
    attributes: [{ name: EXECUTE_COMMAND_ATTRIBUTE }, ...platformAttributes(), ...capacity.attributes],
  });
}

/** `arn:aws:ecs:R:A:container-instance/CLUSTER/ID` names its cluster. */
function clusterArnOf(instanceArn: string, cluster: string): string {
  if (cluster.startsWith('arn:')) return cluster;
  const [resource, name] = instanceArn.split('/');
  return `${(resource ?? '').replace(/:container-instance$/, ':cluster')}/${name ?? cluster}`;
}
