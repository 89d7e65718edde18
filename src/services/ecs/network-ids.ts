import { ecsError } from './ecs-error.js';

/**
 * Which subnets and security groups exist. There is no VPC behind this endpoint, so any id of AWS's form does: a prefix
 * and 8 or 17 hexadecimal digits. This file is the whole rule.
 */
export function requireSubnet(id: string): void {
  if (!/^subnet-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) {
    throw ecsError.invalidParameter(
      `Error retrieving subnet information for [${id}]: The subnet ID '${id}' does not exist (ErrorCode: InvalidSubnetID.NotFound)`,
    );
  }
}

export function requireSecurityGroup(id: string): void {
  if (!/^sg-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) {
    throw ecsError.invalidParameter(
      `Error retrieving security group information for [${id}]: The security group '${id}' does not exist (ErrorCode: InvalidGroup.NotFound)`,
    );
  }
}
