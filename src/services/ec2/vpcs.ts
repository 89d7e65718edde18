import type { Network } from '../network.js';
import { describeOperation } from './describe-operation.js';
import { ec2Error } from './ec2-error.js';
import { flag, set, structure, tags, text } from './ec2-shapes.js';

const shape = structure('Vpc', {
  ownerId: text,
  instanceTenancy: text,
  cidrBlockAssociationSet: set(
    structure('VpcCidrBlockAssociation', {
      associationId: text,
      cidrBlock: text,
      cidrBlockState: structure('VpcCidrBlockState', { state: text }),
    }),
  ),
  isDefault: flag,
  tagSet: tags,
  vpcId: text,
  state: text,
  cidrBlock: text,
  dhcpOptionsId: text,
});

export function describeVpcs({ ownerId, vpcId, cidrBlock, dhcpOptionsId }: Network) {
  const association = {
    associationId: vpcId.replace('vpc-', 'vpc-cidr-assoc-'),
    cidrBlock,
    cidrBlockState: { state: 'associated' },
  };
  const vpc = {
    ownerId,
    instanceTenancy: 'default',
    cidrBlockAssociationSet: [association],
    isDefault: true,
    tagSet: [],
    vpcId,
    state: 'available',
    cidrBlock,
    dhcpOptionsId,
  };
  const filterValues = {
    cidr: [cidrBlock],
    'cidr-block': [cidrBlock],
    cidrBlock: [cidrBlock],
    'cidr-block-association.association-id': [association.associationId],
    'cidr-block-association.cidr-block': [cidrBlock],
    'cidr-block-association.state': [association.cidrBlockState.state],
    'dhcp-options-id': [dhcpOptionsId],
    dhcpOptionsId: [dhcpOptionsId],
    'is-default': [vpc.isDefault],
    isDefault: [vpc.isDefault],
    'owner-id': [ownerId],
    state: [vpc.state],
    'vpc-id': [vpcId],
  };
  return describeOperation<typeof vpc>({
    name: 'Vpcs',
    set: 'vpcSet',
    shape: set(shape),
    ids: [
      {
        parameter: 'VpcId',
        calledInErrors: 'vpcIds',
        idOf: () => vpcId,
        notFound: (id) => ec2Error.notFound('InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`),
      },
    ],
    all: () => Promise.resolve([vpc]),
    filterValues: () => filterValues,
    filterNames: Object.keys(filterValues),
    paged: true,
  });
}
