import type { Attribute, Resource, VersionInfo } from '@aws-sdk/client-ecs';
import type { LaunchType } from './task.js';

/** A container host that registered into a cluster: capacity of launch type EC2 or EXTERNAL. */
export interface ContainerInstance {
  readonly arn: string;
  readonly id: string;
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly ec2InstanceId: string;
  readonly status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  readonly versionInfo: VersionInfo;
  readonly registeredResources: readonly Resource[];
  readonly attributes: readonly Attribute[];
  readonly registeredAt: number;
  readonly version: number;
}

/** ecs-agent advertises it when the exec binaries are there (ecs-api 3.4). */
export const EXECUTE_COMMAND_ATTRIBUTE = 'ecs.capability.execute-command';
/** ecs-agent advertises it on hosts outside of EC2. */
export const EXTERNAL_ATTRIBUTE = 'ecs.capability.external';

export function hasAttribute(instance: ContainerInstance, name: string): boolean {
  return instance.attributes.some((attribute) => attribute.name === name);
}

export function instanceLaunchType(instance: ContainerInstance): Exclude<LaunchType, 'FARGATE'> {
  return hasAttribute(instance, EXTERNAL_ATTRIBUTE) ? 'EXTERNAL' : 'EC2';
}

/** CPU units or MiB of memory; undefined when the instance did not say. */
export function registeredAmount(instance: ContainerInstance, name: 'CPU' | 'MEMORY'): number | undefined {
  return instance.registeredResources.find((resource) => resource.name === name)?.integerValue;
}
