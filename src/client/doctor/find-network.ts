import { childOf, itemsOf, textOf } from '../../platform/aws/outgoing/xml-element.js';
import type { DoctorApi } from './doctor-api.js';
import { ask, type Fact, known, unknown } from './fact.js';
import type { ActingRole, ContainerInstance, SubnetFacts, Task } from './facts.js';

/** Subnet of the task's network interface, or else of the instance that it is on. */
export function subnetId(task: Task, instance: ContainerInstance | undefined): string | undefined {
  const detail = task.attachments?.[0]?.details?.find(({ name }) => name === 'subnetId')?.value;
  return detail ?? instance?.attributes?.find(({ name }) => name === 'ecs.subnet-id')?.value;
}

export function describeSubnet(api: DoctorApi, id: string): Promise<Fact<SubnetFacts | undefined>> {
  return ask(async () => {
    const [subnet] = itemsOf(await api.query('ec2', 'DescribeSubnets', { 'SubnetId.1': id }), 'subnetSet');
    if (subnet === undefined) return undefined;
    return {
      subnetId: id,
      vpcId: textOf(subnet, 'vpcId') ?? '',
      ownerId: textOf(subnet, 'ownerId') ?? '',
      ipv6Native: textOf(subnet, 'ipv6Native') === 'true',
    };
  }, ['InvalidSubnetID.NotFound']);
}

/** Services that a VPC has endpoints for. */
export function vpcEndpoints(api: DoctorApi, vpcId: string): Promise<Fact<readonly string[]>> {
  return ask(async () => {
    const filter = { 'Filter.1.Name': 'vpc-id', 'Filter.1.Value.1': vpcId };
    const answer = await api.query('ec2', 'DescribeVpcEndpoints', filter);
    return itemsOf(answer, 'vpcEndpointSet').map((endpoint) => textOf(endpoint, 'serviceName') ?? '');
  });
}

/** The role that the containers of an instance act as where their task has none. */
export async function instanceRole(
  api: DoctorApi,
  instance: ContainerInstance | undefined,
): Promise<Fact<ActingRole | undefined>> {
  const id = instance?.ec2InstanceId;
  if (id === undefined) return unknown('it is not known on which instance the task is');
  const profile = await ask(async () => {
    const answer = await api.query('ec2', 'DescribeInstances', { 'InstanceId.1': id });
    const [reservation] = itemsOf(answer, 'reservationSet');
    const [found] = itemsOf(reservation, 'instancesSet');
    return textOf(childOf(found, 'iamInstanceProfile'), 'arn');
  }, ['InvalidInstanceID.NotFound', 'InvalidInstanceID.Malformed']);
  if (!profile.known) return profile;
  const { value: arn } = profile;
  if (arn === undefined) return known(undefined);
  return ask(async () => {
    const InstanceProfileName = arn.slice(arn.lastIndexOf('/') + 1);
    const answer = await api.query('iam', 'GetInstanceProfile', { InstanceProfileName });
    const roles = childOf(childOf(answer, 'InstanceProfile'), 'Roles');
    const role = textOf(roles?.children[0], 'Arn');
    return role === undefined ? undefined : { arn: role, from: 'instance' as const };
  }, ['NoSuchEntity']);
}
