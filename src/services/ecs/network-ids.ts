import type { Network } from '../network.js';
import { ecsError } from './ecs-error.js';

/** Without a described VPC any id of AWS's form is one of the VPC (network.ts). */
export function requireSubnet(network: Network, id: string): void {
  if (network.subnet(id) === undefined) {
    throw ecsError.invalidParameter(
      `Error retrieving subnet information for [${id}]: The subnet ID '${id}' does not exist (ErrorCode: InvalidSubnetID.NotFound)`,
    );
  }
}

export function requireSecurityGroup(network: Network, id: string): void {
  if (!network.hasSecurityGroup(id)) {
    throw ecsError.invalidParameter(
      `Error retrieving security group information for [${id}]: The security group '${id}' does not exist (ErrorCode: InvalidGroup.NotFound)`,
    );
  }
}
