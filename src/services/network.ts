import { createHash } from 'node:crypto';

/** A VPC as an operator describes it; only what is in it exists then. */
export interface VpcConfiguration {
  /** Default: an id made of account and region. */
  readonly vpcId?: string;
  /** One at least. Zones default to those of the region in turn. */
  readonly subnets: readonly { readonly subnetId: string; readonly availabilityZone?: string }[];
  /** The first is the VPC's default group; absent: one is made. */
  readonly securityGroupIds?: readonly string[];
}

/**
 * The one VPC that a deployment has. Its containers share the network of their hosts: all of this is for show, but
 * everything that shows it (EC2's answers, network interfaces and zones of tasks, attributes of container instances)
 * takes it from here.
 *
 * Listed are three subnets, one for each zone, and a default security group. Any other id of AWS's form is taken as
 * well, in network configurations and where EC2 is asked for it by name, and is then in this VPC: configurations made
 * for AWS work unchanged, and what ECS has accepted EC2 does not deny. With a VPC that an operator has described, only
 * its subnets and groups are there.
 */
export class Network {
  readonly region: string;
  readonly ownerId: string;
  readonly vpcId: string;
  readonly dhcpOptionsId: string;
  /** The VPC's default group. */
  readonly securityGroupId: string;
  /** Those that are listed, the default one first. */
  readonly securityGroupIds: readonly string[];
  /** Ids that are not listed do not exist. */
  readonly isStrict: boolean;
  readonly cidrBlock = '10.0.0.0/16';
  readonly zones: readonly Zone[];
  /** Those that are listed. */
  readonly subnets: readonly Subnet[];

  /** Throws RangeError on a VPC that cannot be. */
  constructor({ accountId, region, vpc }: NetworkOptions) {
    const id = (prefix: string, what: string): string =>
      `${prefix}-0${createHash('sha256').update(`${accountId}/${region}/${what}`).digest('hex').slice(0, 16)}`;
    this.region = region;
    this.ownerId = accountId;
    if (vpc !== undefined) requireVpc(vpc);
    this.isStrict = vpc !== undefined;
    this.vpcId = vpc?.vpcId ?? id('vpc', 'default');
    this.dhcpOptionsId = id('dopt', 'default');
    const [securityGroupId = id('sg', 'default'), ...otherGroups] = vpc?.securityGroupIds ?? [];
    this.securityGroupId = securityGroupId;
    this.securityGroupIds = [securityGroupId, ...otherGroups];
    this.zones = ZONE_LETTERS.map((letter, index) => ({
      name: `${region}${letter}`,
      id: `${shortRegion(region)}-az${index + 1}`,
    }));
    this.subnets =
      vpc === undefined
        ? this.zones.map((zone, index) => ({
            subnetId: id('subnet', zone.name),
            zone,
            block: { first: index * LISTED_SIZE, size: LISTED_SIZE },
            isDefault: true,
          }))
        : this.#configured(vpc);
  }

  #configured({ subnets }: VpcConfiguration): Subnet[] {
    return subnets.map(({ subnetId, availabilityZone }, index) => {
      const zone =
        availabilityZone === undefined
          ? this.zones[index % this.zones.length]
          : this.zones.find(({ name }) => name === availabilityZone);
      if (zone === undefined) {
        throw new RangeError(
          `${availabilityZone ?? ''} is not a zone of ${this.region}, which ${subnetId} is said to be in`,
        );
      }
      return { subnetId, zone, block: { first: index * CONFIGURED_SIZE, size: CONFIGURED_SIZE }, isDefault: false };
    });
  }

  /** Of an id of AWS's form; undefined for any other. The same id is always the same subnet. */
  subnet(subnetId: string): Subnet | undefined {
    const listed = this.subnets.find((one) => one.subnetId === subnetId);
    if (listed !== undefined || this.isStrict || !isSubnetId(subnetId)) return listed;
    const number = parseInt(subnetId.slice(-7), 16);
    const first = ZONE_LETTERS.length * LISTED_SIZE + (number % OTHER_BLOCKS) * OTHER_SIZE;
    const zone = this.zones[parseInt(subnetId.slice(-3), 16) % this.zones.length];
    return zone && { subnetId, zone, block: { first, size: OTHER_SIZE }, isDefault: false };
  }

  hasSecurityGroup(groupId: string): boolean {
    return this.isStrict ? this.securityGroupIds.includes(groupId) : isSecurityGroupId(groupId);
  }

  /** Zone of a task or host; without a subnet of its own it stands where the first of the listed ones is. */
  zoneOf(subnetId: string | undefined): string {
    const subnet = subnetId === undefined ? this.subnets[0] : this.subnet(subnetId);
    return subnet?.zone.name ?? `${this.region}a`;
  }
}

export interface NetworkOptions {
  readonly accountId: string;
  readonly region: string;
  readonly vpc?: VpcConfiguration | undefined;
}

export interface Zone {
  /** `us-east-1a` */
  readonly name: string;
  /** `use1-az1` */
  readonly id: string;
}

export interface Subnet {
  readonly subnetId: string;
  readonly zone: Zone;
  /** Addresses of the VPC, counted from its first. `size` is a power of two. */
  readonly block: { readonly first: number; readonly size: number };
  readonly isDefault: boolean;
}

const ZONE_LETTERS = ['a', 'b', 'c'] as const;
const LISTED_SIZE = 4096;
const OTHER_SIZE = 64;
/** Addresses of a subnet of a described VPC; 256 of them fill it. */
const CONFIGURED_SIZE = 256;
const MAX_SUBNETS = 256;
/** What the listed subnets leave of the VPC's 65 536 addresses. */
const OTHER_BLOCKS = (65_536 - ZONE_LETTERS.length * LISTED_SIZE) / OTHER_SIZE;
/** The first four addresses of a subnet and the last are AWS's. */
export const FIRST_FREE_ADDRESS = 4;
export const RESERVED_ADDRESSES = 5;

/** A prefix and 8 or 17 hexadecimal digits, as AWS's ids of network things all are. */
function isId(prefix: string, id: string): boolean {
  return id.startsWith(`${prefix}-`) && /^([0-9a-f]{8}|[0-9a-f]{17})$/.test(id.slice(prefix.length + 1));
}

function requireVpc({ vpcId, subnets, securityGroupIds = [] }: VpcConfiguration): void {
  const subnetIds = subnets.map(({ subnetId }) => subnetId);
  if (subnets.length === 0 || subnets.length > MAX_SUBNETS) {
    throw new RangeError(`a VPC has 1 to ${MAX_SUBNETS} subnets, not ${subnets.length}`);
  }
  for (const [prefix, ids] of Object.entries({
    vpc: vpcId === undefined ? [] : [vpcId],
    subnet: subnetIds,
    sg: securityGroupIds,
  })) {
    const wrong = ids.find((id) => !isId(prefix, id));
    if (wrong !== undefined) throw new RangeError(`${wrong} is not an id: ${prefix}- and 8 or 17 hexadecimal digits`);
    const twice = ids.find((id, index) => ids.indexOf(id) !== index);
    if (twice !== undefined) throw new RangeError(`${twice} is there twice`);
  }
}

export function isSubnetId(id: string): boolean {
  return isId('subnet', id);
}

export function isSecurityGroupId(id: string): boolean {
  return isId('sg', id);
}

/** The address at a place in the VPC. */
export function addressAt(place: number): string {
  return `10.0.${place >> 8}.${place & 255}`;
}

export function cidrBlockOf({ block }: Pick<Subnet, 'block'>): string {
  return `${addressAt(block.first)}/${32 - Math.log2(block.size)}`;
}

/** The beginning of zone ids: `us-east-1` is `use1`, `ap-southeast-2` is `apse2`. */
function shortRegion(region: string): string {
  const [area = '', ...rest] = region.split('-');
  return area + rest.map((part) => part.replace(/north|south|east|west|central/g, (way) => way.charAt(0))).join('');
}
