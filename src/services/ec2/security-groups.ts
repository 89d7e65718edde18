import { isSecurityGroupId, type Network } from '../network.js';
import { describeOperation } from './describe-operation.js';
import { ec2Error } from './ec2-error.js';
import { number, set, structure, tags, text } from './ec2-shapes.js';

const permissions = set(
  structure('IpPermission', {
    ipProtocol: text,
    fromPort: number,
    toPort: number,
    groups: set(structure('UserIdGroupPair', { userId: text, groupId: text })),
    ipRanges: set(structure('IpRange', { cidrIp: text })),
    ipv6Ranges: set(structure('Ipv6Range', { cidrIpv6: text })),
    prefixListIds: set(structure('PrefixListId', { prefixListId: text })),
  }),
);

const shape = structure('SecurityGroup', {
  groupId: text,
  ipPermissionsEgress: permissions,
  tagSet: tags,
  vpcId: text,
  securityGroupArn: text,
  ownerId: text,
  groupName: text,
  groupDescription: text,
  ipPermissions: permissions,
});

const FILTERS = [
  ...['description', 'group-id', 'group-name', 'owner-id', 'vpc-id'],
  ...['egress.ip-permission.cidr', 'egress.ip-permission.protocol'],
  ...['ip-permission.cidr', 'ip-permission.group-id', 'ip-permission.protocol', 'ip-permission.user-id'],
];

export function describeSecurityGroups(network: Network, partition: string) {
  const { ownerId, vpcId, region, securityGroupId } = network;
  const everything = { ipProtocol: '-1', ipv6Ranges: [], prefixListIds: [] };
  const unlisted = network.isStrict ? 'group-' : 'unlisted-';
  const other = network.isStrict ? 'of the configured VPC' : 'not listed, taken by its id';
  /** As a VPC's default group is: in from itself, out to everywhere. */
  const view = (groupId: string) => ({
    groupId,
    ipPermissionsEgress: [{ ...everything, groups: [], ipRanges: [{ cidrIp: '0.0.0.0/0' }] }],
    tagSet: [],
    vpcId,
    securityGroupArn: `arn:${partition}:ec2:${region}:${ownerId}:security-group/${groupId}`,
    ownerId,
    groupName: groupId === securityGroupId ? 'default' : `${unlisted}${groupId.slice('sg-'.length)}`,
    groupDescription: groupId === securityGroupId ? 'default VPC security group' : other,
    ipPermissions: [{ ...everything, groups: [{ userId: ownerId, groupId }], ipRanges: [] }],
  });
  type View = ReturnType<typeof view>;
  return describeOperation<View>({
    name: 'SecurityGroups',
    set: 'securityGroupInfo',
    shape: set(shape),
    ids: [
      {
        parameter: 'GroupId',
        calledInErrors: 'groupIds',
        filter: 'group-id',
        idOf: ({ groupId }) => groupId,
        find: (id) => (network.hasSecurityGroup(id) ? view(id) : undefined),
        notFound: (id) =>
          isSecurityGroupId(id)
            ? ec2Error.notFound('InvalidGroup.NotFound', `The security group '${id}' does not exist`)
            : ec2Error.notFound('InvalidGroupId.Malformed', `Invalid id: "${id}" (expecting "sg-...")`),
      },
      {
        parameter: 'GroupName',
        calledInErrors: 'groupNames',
        idOf: ({ groupName }) => groupName,
        notFound: (id) => ec2Error.notFound('InvalidGroup.NotFound', `The security group '${id}' does not exist`),
      },
    ],
    all: () => Promise.resolve(network.securityGroupIds.map(view)),
    filterValues: (one) => ({
      description: [one.groupDescription],
      'group-id': [one.groupId],
      'group-name': [one.groupName],
      'owner-id': [one.ownerId],
      'vpc-id': [one.vpcId],
      'egress.ip-permission.cidr': ['0.0.0.0/0'],
      'egress.ip-permission.protocol': ['-1'],
      'ip-permission.group-id': [one.groupId],
      'ip-permission.protocol': ['-1'],
      'ip-permission.user-id': [one.ownerId],
    }),
    filterNames: FILTERS,
    paged: true,
  });
}
