import { cidrBlockOf, type Network, RESERVED_ADDRESSES, type Subnet } from '../network.js';
import { describeOperation } from './describe-operation.js';
import { ec2Error } from './ec2-error.js';
import { flag, number, set, structure, tags, text } from './ec2-shapes.js';

const shape = structure('Subnet', {
  availabilityZoneId: text,
  mapCustomerOwnedIpOnLaunch: flag,
  ownerId: text,
  assignIpv6AddressOnCreation: flag,
  ipv6CidrBlockAssociationSet: set(structure('SubnetIpv6CidrBlockAssociation', {})),
  tagSet: tags,
  subnetArn: text,
  enableDns64: flag,
  ipv6Native: flag,
  subnetId: text,
  state: text,
  vpcId: text,
  cidrBlock: text,
  availableIpAddressCount: number,
  availabilityZone: text,
  defaultForAz: flag,
  mapPublicIpOnLaunch: flag,
});

export function describeSubnets(network: Network, partition: string) {
  const view = (subnet: Subnet) => ({
    availabilityZoneId: subnet.zone.id,
    mapCustomerOwnedIpOnLaunch: false,
    ownerId: network.ownerId,
    assignIpv6AddressOnCreation: false,
    ipv6CidrBlockAssociationSet: [],
    tagSet: [],
    subnetArn: `arn:${partition}:ec2:${network.region}:${network.ownerId}:subnet/${subnet.subnetId}`,
    enableDns64: false,
    ipv6Native: false,
    subnetId: subnet.subnetId,
    state: 'available',
    vpcId: network.vpcId,
    cidrBlock: cidrBlockOf(subnet),
    availableIpAddressCount: subnet.block.size - RESERVED_ADDRESSES,
    availabilityZone: subnet.zone.name,
    defaultForAz: subnet.isDefault,
    mapPublicIpOnLaunch: subnet.isDefault,
  });
  type View = ReturnType<typeof view>;
  const filterValues = (one: View) => ({
    'availability-zone': [one.availabilityZone],
    availabilityZone: [one.availabilityZone],
    'availability-zone-id': [one.availabilityZoneId],
    availabilityZoneId: [one.availabilityZoneId],
    'available-ip-address-count': [one.availableIpAddressCount],
    'cidr-block': [one.cidrBlock],
    cidr: [one.cidrBlock],
    cidrBlock: [one.cidrBlock],
    'default-for-az': [one.defaultForAz],
    defaultForAz: [one.defaultForAz],
    'ipv6-native': [one.ipv6Native],
    'map-public-ip-on-launch': [one.mapPublicIpOnLaunch],
    'outpost-arn': [],
    'owner-id': [one.ownerId],
    state: [one.state],
    'subnet-arn': [one.subnetArn],
    'subnet-id': [one.subnetId],
    'vpc-id': [one.vpcId],
  });
  const listed = network.subnets.map(view);
  return describeOperation<View>({
    name: 'Subnets',
    set: 'subnetSet',
    shape: set(shape),
    ids: [
      {
        parameter: 'SubnetId',
        calledInErrors: 'subnetIds',
        filter: 'subnet-id',
        idOf: ({ subnetId }) => subnetId,
        find: (id) => {
          const subnet = network.subnet(id);
          return subnet && view(subnet);
        },
        notFound: (id) => ec2Error.notFound('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`),
      },
    ],
    all: () => Promise.resolve(listed),
    filterValues,
    filterNames: listed[0] === undefined ? [] : Object.keys(filterValues(listed[0])),
    paged: true,
  });
}
