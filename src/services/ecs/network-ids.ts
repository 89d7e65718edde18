import { isSecurityGroupId, isSubnetId } from '../network.js';
import { ecsError } from './ecs-error.js';

/** Any id of AWS's form is one of the VPC (network.ts). */
export function requireSubnet(id: string): void {
  if (!isSubnetId(id)) {
    throw ecsError.invalidParameter(
      `Error retrieving subnet information for [${id}]: The subnet ID '${id}' does not exist (ErrorCode: InvalidSubnetID.NotFound)`,
    );
  }
}

export function requireSecurityGroup(id: string): void {
  if (!isSecurityGroupId(id)) {
    throw ecsError.invalidParameter(
      `Error retrieving security group information for [${id}]: The security group '${id}' does not exist (ErrorCode: InvalidGroup.NotFound)`,
    );
  }
}
