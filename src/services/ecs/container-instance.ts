import type { Attribute, Resource, VersionInfo } from '@aws-sdk/client-ecs';
import type { Network } from '../network.js';
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
  /** Those that its agent registered. */
  readonly attributes: readonly Attribute[];
  /** Those of PutAttributes, which a new registration leaves alone. */
  readonly customAttributes?: readonly Attribute[] | undefined;
  readonly registeredAt: number;
  readonly version: number;
}

/** ecs-agent advertises it when the exec binaries are there (ecs-api 3.4). */
export const EXECUTE_COMMAND_ATTRIBUTE = 'ecs.capability.execute-command';
/** ecs-agent advertises it on hosts outside of EC2. */
export const EXTERNAL_ATTRIBUTE = 'ecs.capability.external';

export function hasAttribute(instance: Pick<ContainerInstance, 'attributes'>, name: string): boolean {
  return instance.attributes.some((attribute) => attribute.name === name);
}

export function instanceLaunchType(instance: Pick<ContainerInstance, 'attributes'>): Exclude<LaunchType, 'FARGATE'> {
  return hasAttribute(instance, EXTERNAL_ATTRIBUTE) ? 'EXTERNAL' : 'EC2';
}

/** The agent's and those put on by users, which stand for the agent's of the same name. */
export function instanceAttributes({
  attributes,
  customAttributes = [],
}: Pick<ContainerInstance, 'attributes' | 'customAttributes'>): readonly Attribute[] {
  const others = attributes.filter(({ name }) => !customAttributes.some((custom) => custom.name === name));
  return [...others, ...customAttributes];
}

/** Empty when the attribute has no value, undefined when it is not there. */
export function attributeValue(
  instance: Pick<ContainerInstance, 'attributes' | 'customAttributes'>,
  name: string,
): string | undefined {
  const found = instanceAttributes(instance).find((attribute) => attribute.name === name);
  return found && (found.value ?? '');
}

/** Availability Zone; undefined when it did not say. */
export function instanceZone(instance: Pick<ContainerInstance, 'attributes' | 'customAttributes'>): string | undefined {
  return attributeValue(instance, ZONE_ATTRIBUTE);
}

/** CPU units or MiB of memory; undefined when the instance did not say. */
export function registeredAmount(instance: ContainerInstance, name: 'CPU' | 'MEMORY'): number | undefined {
  return instance.registeredResources.find((resource) => resource.name === name)?.integerValue;
}

/** Where an instance of EC2 is, as ecs-agent says it; of one that did not say, in the first of the listed subnets. */
export function withNetwork(attributes: readonly Attribute[], network: Network): readonly Attribute[] {
  const [subnet] = network.subnets;
  if (subnet === undefined || instanceLaunchType({ attributes }) === 'EXTERNAL') return attributes;
  if (attributes.some(({ name }) => name === VPC_ATTRIBUTE || name === SUBNET_ATTRIBUTE)) return attributes;
  return [
    ...attributes,
    { name: VPC_ATTRIBUTE, value: network.vpcId },
    { name: SUBNET_ATTRIBUTE, value: subnet.subnetId },
    { name: ZONE_ATTRIBUTE, value: subnet.zone.name },
  ];
}

const ZONE_ATTRIBUTE = 'ecs.availability-zone';
const VPC_ATTRIBUTE = 'ecs.vpc-id';
const SUBNET_ATTRIBUTE = 'ecs.subnet-id';
