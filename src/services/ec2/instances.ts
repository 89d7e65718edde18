import type { Network } from '../network.js';
import { describeOperation } from './describe-operation.js';
import { ec2Error } from './ec2-error.js';
import { number, set, structure, tags, text } from './ec2-shapes.js';

/** A container host that stands for an instance of EC2. */
export interface HostInstance {
  readonly ec2InstanceId: string;
  /** As it registered with them: `ecs.vpc-id`, `ecs.subnet-id`. */
  readonly attributes: readonly { readonly name?: string | undefined; readonly value?: string | undefined }[];
  /** Milliseconds since the epoch. */
  readonly registeredAt: number;
}

const groups = set(structure('GroupIdentifier', { groupId: text, groupName: text }));

const instance = structure('Instance', {
  instanceId: text,
  instanceState: structure('InstanceState', { code: number, name: text }),
  launchTime: text,
  placement: structure('Placement', { availabilityZone: text, tenancy: text }),
  subnetId: text,
  vpcId: text,
  groupSet: groups,
  iamInstanceProfile: structure('IamInstanceProfile', { arn: text, id: text }),
  tagSet: tags,
});

const shape = structure('Reservation', {
  reservationId: text,
  ownerId: text,
  groupSet: groups,
  instancesSet: set(instance),
});

const FILTERS = [
  ...['availability-zone', 'instance-id', 'instance-state-code', 'instance-state-name'],
  ...['owner-id', 'reservation-id', 'subnet-id', 'vpc-id'],
  ...['group-id', 'group-name', 'iam-instance-profile.arn', 'image-id', 'instance-type', 'private-ip-address'],
];

const RUNNING = Object.freeze({ code: 16, name: 'running' });

/**
 * The hosts that have registered as capacity of launch type EC2. They have no instance profile: what a host may do it
 * may by the key that it was given.
 */
export function describeInstances(network: Network, hosts: () => Promise<readonly HostInstance[]>) {
  const view = ({ ec2InstanceId: instanceId, attributes, registeredAt }: HostInstance) => {
    const attribute = (name: string): string | undefined => attributes.find((one) => one.name === name)?.value;
    const subnetId = attribute('ecs.subnet-id');
    return {
      reservationId: instanceId.replace(/^[a-z]+-/, 'r-'),
      ownerId: network.ownerId,
      groupSet: [],
      instancesSet: [
        {
          instanceId,
          instanceState: RUNNING,
          launchTime: new Date(registeredAt).toISOString().replace(/\.\d{3}Z$/, '.000Z'),
          placement: { availabilityZone: network.zoneOf(subnetId), tenancy: 'default' },
          subnetId,
          vpcId: attribute('ecs.vpc-id'),
          groupSet: [{ groupId: network.securityGroupId, groupName: 'default' }],
          tagSet: [],
        },
      ],
    };
  };
  type View = ReturnType<typeof view>;
  const idOf = ({ instancesSet: [one] }: View): string => one?.instanceId ?? '';
  return describeOperation<View>({
    name: 'Instances',
    set: 'reservationSet',
    shape: set(shape),
    ids: [
      {
        parameter: 'InstanceId',
        calledInErrors: 'instancesSet',
        idOf,
        notFound: (id) =>
          /^i-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)
            ? ec2Error.notFound('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`)
            : ec2Error.notFound('InvalidInstanceID.Malformed', `Invalid id: "${id}"`),
      },
    ],
    all: async () => (await hosts()).map(view),
    filterValues: (one) => ({
      'availability-zone': one.instancesSet.map(({ placement }) => placement.availabilityZone),
      'instance-id': [idOf(one)],
      'instance-state-code': [RUNNING.code],
      'instance-state-name': [RUNNING.name],
      'owner-id': [one.ownerId],
      'reservation-id': [one.reservationId],
      'subnet-id': one.instancesSet.map(({ subnetId }) => subnetId),
      'vpc-id': one.instancesSet.map(({ vpcId }) => vpcId),
      'group-id': [network.securityGroupId],
      'group-name': ['default'],
    }),
    filterNames: FILTERS,
    paged: true,
  });
}
