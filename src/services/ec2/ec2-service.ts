import type { Service } from '../../platform/aws/service.js';
import { Network, type VpcConfiguration } from '../network.js';
import { describeAvailabilityZones } from './availability-zones.js';
import { ec2Error } from './ec2-error.js';
import { describeInstances, type HostInstance } from './instances.js';
import { describeRouteTables } from './route-tables.js';
import { describeSecurityGroups } from './security-groups.js';
import { describeSubnets } from './subnets.js';
import { describeVpcAttribute } from './vpc-attribute.js';
import { describeVpcEndpoints } from './vpc-endpoints.js';
import { describeVpcs } from './vpcs.js';

export interface Ec2ServiceOptions {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  /** Absent: ids of AWS's form are all there. The same as ECS is given. */
  readonly vpc?: VpcConfiguration | undefined;
  /** Services that the VPC is said to have interface endpoints for, as `ssmmessages`; default: none. */
  readonly vpcEndpoints?: readonly string[] | undefined;
  /** Hosts of launch type EC2 that are registered now. */
  readonly instances: () => Promise<readonly HostInstance[]>;
}

/** What the network of tasks looks like to those who ask EC2: the checker, Terraform's data sources (ecs-api 6.7). */
export function createEc2Service(options: Ec2ServiceOptions): Service {
  const { accountId, region, partition, vpc, vpcEndpoints = [], instances } = options;
  const network = new Network({ accountId, region, vpc });
  return {
    name: 'ec2',
    protocol: 'ec2',
    targetPrefix: '',
    version: '2016-11-15',
    xmlNamespace: 'http://ec2.amazonaws.com/doc/2016-11-15/',
    operations: [
      describeAvailabilityZones(network),
      describeInstances(network, instances),
      describeRouteTables(network),
      describeSecurityGroups(network, partition),
      describeSubnets(network, partition),
      describeVpcAttribute(network),
      describeVpcEndpoints(network, vpcEndpoints),
      describeVpcs(network),
    ],
    missingMember: (path) => ec2Error.missing(path),
  };
}
