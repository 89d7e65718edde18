import type { Network } from '../network.js';
import { describeOperation } from './describe-operation.js';
import { ec2Error } from './ec2-error.js';
import { flag, set, structure, tags, text } from './ec2-shapes.js';
import { networkId } from './network-id.js';

const shape = structure('VpcEndpoint', {
  vpcEndpointId: text,
  vpcEndpointType: text,
  vpcId: text,
  serviceName: text,
  state: text,
  privateDnsEnabled: flag,
  requesterManaged: flag,
  routeTableIdSet: set(text),
  subnetIdSet: set(text),
  groupSet: set(structure('SecurityGroupIdentifier', { groupId: text, groupName: text })),
  ipAddressType: text,
  networkInterfaceIdSet: set(text),
  tagSet: tags,
  ownerId: text,
});

/**
 * Interface endpoints of the VPC: none, for tasks reach the endpoint over the network of their hosts, or those that an
 * operator has said there are. They are for show, to those who ask what AWS would say of such a VPC.
 *
 * @param services Without `com.amazonaws.REGION.`: `ssmmessages`.
 */
export function describeVpcEndpoints(network: Network, services: readonly string[]) {
  const { ownerId, vpcId, region, securityGroupId, subnets } = network;
  const endpoints = services.map((service) => ({
    vpcEndpointId: networkId('vpce', vpcId, service),
    vpcEndpointType: 'Interface',
    vpcId,
    serviceName: `com.amazonaws.${region}.${service}`,
    state: 'available',
    privateDnsEnabled: true,
    requesterManaged: false,
    routeTableIdSet: [],
    subnetIdSet: subnets.map(({ subnetId }) => subnetId),
    groupSet: [{ groupId: securityGroupId, groupName: 'default' }],
    ipAddressType: 'ipv4',
    networkInterfaceIdSet: subnets.map(({ subnetId }) => networkId('eni', subnetId, service)),
    tagSet: [],
    ownerId,
  }));
  const filterValues = (one: Partial<(typeof endpoints)[number]>) => ({
    'ip-address-type': [one.ipAddressType],
    'service-name': [one.serviceName],
    'vpc-id': [one.vpcId],
    'vpc-endpoint-id': [one.vpcEndpointId],
    'vpc-endpoint-state': [one.state],
    'vpc-endpoint-type': [one.vpcEndpointType],
  });
  return describeOperation<(typeof endpoints)[number]>({
    name: 'VpcEndpoints',
    set: 'vpcEndpointSet',
    shape: set(shape),
    ids: [
      {
        parameter: 'VpcEndpointId',
        calledInErrors: 'vpcEndpointIds',
        idOf: ({ vpcEndpointId }) => vpcEndpointId,
        notFound: (id) =>
          ec2Error.notFound('InvalidVpcEndpointId.NotFound', `The Vpc Endpoint Id '${id}' does not exist`),
      },
    ],
    all: () => Promise.resolve(endpoints),
    filterValues,
    filterNames: Object.keys(filterValues({})),
    paged: true,
  });
}
