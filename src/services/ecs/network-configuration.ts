import { AssignPublicIp, type NetworkConfiguration } from '@aws-sdk/client-ecs';
import type { TaskNetworkMessage } from '../../core/protocol/agent-service.js';
import { addressAt, FIRST_FREE_ADDRESS, type Network, RESERVED_ADDRESSES } from '../network.js';
import { requireAtMost, requireOneOf } from './checks.js';
import { ecsError } from './ecs-error.js';
import type { Identifiers } from './identifiers.js';
import { requireSecurityGroup, requireSubnet } from './network-ids.js';
import type { NetworkAttachment, Task } from './task.js';
import type { TaskDefinition } from './task-definition.js';

/** Checks a network configuration against the definition's network mode; awsvpc needs one, the others refuse it. */
export function readNetworkConfiguration(
  network: Network,
  definition: Pick<TaskDefinition, 'networkMode'>,
  configuration: NetworkConfiguration | undefined,
): NetworkConfiguration | undefined {
  const awsvpc = configuration?.awsvpcConfiguration;
  if (definition.networkMode !== 'awsvpc') {
    if (awsvpc === undefined) return undefined;
    throw ecsError.invalidParameter(
      'Network Configuration is not valid for the given networkMode of this task definition.',
    );
  }
  if (awsvpc === undefined) {
    throw ecsError.invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  const subnets = awsvpc.subnets ?? [];
  const securityGroups = awsvpc.securityGroups ?? [];
  if (subnets.length === 0) throw ecsError.invalidParameter('subnets can not be empty.');
  requireAtMost(subnets, 16, 'subnets');
  requireAtMost(securityGroups, 5, 'securityGroups');
  requireOneOf(awsvpc.assignPublicIp, AssignPublicIp, 'assignPublicIp');
  for (const id of subnets) requireSubnet(network, id);
  for (const id of securityGroups) requireSecurityGroup(network, id);
  return {
    awsvpcConfiguration: { subnets, securityGroups, assignPublicIp: awsvpc.assignPublicIp ?? 'DISABLED' },
  };
}

/** The interface a task will have, in one of the suited subnets; its details follow when it is attached. */
export function newAttachment(
  ids: Identifiers,
  configuration: NetworkConfiguration | undefined,
  isSuited: (subnetId: string) => boolean = () => true,
): NetworkAttachment | undefined {
  const subnets = configuration?.awsvpcConfiguration?.subnets?.filter(isSuited);
  const subnetId = subnets?.[ids.below(Math.max(1, subnets.length))];
  return subnetId === undefined ? undefined : { id: ids.uuid(), status: 'PRECREATED', subnetId, subnetIds: subnets };
}

/** Details as EC2 would give them. A host that gives the task a network of its own tells what is true instead. */
export function attached(ids: Identifiers, network: Network, attachment: NetworkAttachment): NetworkAttachment {
  const { region } = network;
  const address = addressAt(freePlace(ids, network.subnet(attachment.subnetId)?.block ?? { first: 0, size: 256 }));
  const mac = ids.hex(10).replace(/(..)(?=.)/g, '$1:');
  return {
    ...attachment,
    status: 'ATTACHED',
    networkInterfaceId: `eni-${ids.hex(17)}`,
    macAddress: `02:${mac}`,
    privateDnsName: privateDnsName(address, region),
    privateIPv4Address: address,
  };
}

/** Takes the address that a task has in truth, where its host gives it a network of its own. */
export function withAddress(
  task: Task,
  { privateIpv4Address, macAddress }: Pick<TaskNetworkMessage['message'], 'privateIpv4Address' | 'macAddress'>,
  region: string,
): Task {
  const { attachment } = task;
  if (attachment?.status !== 'ATTACHED') return task;
  const next: NetworkAttachment = {
    ...attachment,
    privateIPv4Address: privateIpv4Address,
    privateDnsName: privateDnsName(privateIpv4Address, region),
    macAddress: macAddress ?? attachment.macAddress,
  };
  const isSame = next.privateIPv4Address === attachment.privateIPv4Address && next.macAddress === attachment.macAddress;
  return isSame ? task : { ...task, attachment: next, version: task.version + 1 };
}

function privateDnsName(address: string, region: string): string {
  const domain = region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
  return `ip-${address.replaceAll('.', '-')}.${domain}`;
}

/** Any address of a subnet that is not AWS's own; of a large one, never the first or last few of 256. */
function freePlace(ids: Identifiers, { first, size }: { readonly first: number; readonly size: number }): number {
  const part = Math.min(size, 256);
  return first + ids.below(size / part) * part + FIRST_FREE_ADDRESS + ids.below(part - RESERVED_ADDRESSES);
}
