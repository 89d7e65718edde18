import { createHash } from 'node:crypto';

/**
 * The one VPC that a deployment has. Its containers share the network of their hosts: all of this is for show, but
 * everything that shows it (EC2's answers, network interfaces and zones of tasks, attributes of container instances)
 * takes it from here.
 *
 * Listed are three subnets, one for each zone, and a default security group. Any other id of AWS's form is taken as
 * well, in network configurations and where EC2 is asked for it by name, and is then in this VPC: configurations made
 * for AWS work unchanged, and what ECS has accepted EC2 does not deny.
 */
export class Network {
  readonly region: string;
  readonly ownerId: string;
  readonly vpcId: string;
  readonly dhcpOptionsId: string;
  readonly securityGroupId: string;
  readonly cidrBlock = '10.0.0.0/16';
  readonly zones: readonly Zone[];
  /** Those that are listed. */
  readonly subnets: readonly Subnet[];

  constructor({ accountId, region }: { readonly accountId: string; readonly region: string }) {
    const id = (prefix: string, what: string): string =>
      `${prefix}-0${createHash('sha256').update(`${accountId}/${region}/${what}`).digest('hex').slice(0, 16)}`;
    this.region = region;
    this.ownerId = accountId;
    this.vpcId = id('vpc', 'default');
    this.dhcpOptionsId = id('dopt', 'default');
    this.securityGroupId = id('sg', 'default');
    this.zones = ZONE_LETTERS.map((letter, index) => ({
      name: `${region}${letter}`,
      id: `${shortRegion(region)}-az${index + 1}`,
    }));
    this.subnets = this.zones.map((zone, index) => ({
      subnetId: id('subnet', zone.name),
      zone,
      block: { first: index * LISTED_SIZE, size: LISTED_SIZE },
      isDefault: true,
    }));
  }

  /** Of an id of AWS's form; undefined for any other. The same id is always the same subnet. */
  subnet(subnetId: string): Subnet | undefined {
    const listed = this.subnets.find((one) => one.subnetId === subnetId);
    if (listed !== undefined || !isSubnetId(subnetId)) return listed;
    const number = parseInt(subnetId.slice(-7), 16);
    const first = ZONE_LETTERS.length * LISTED_SIZE + (number % OTHER_BLOCKS) * OTHER_SIZE;
    const zone = this.zones[parseInt(subnetId.slice(-3), 16) % this.zones.length];
    return zone && { subnetId, zone, block: { first, size: OTHER_SIZE }, isDefault: false };
  }

  /** Zone of a task or host; without a subnet of its own it stands where the first of the listed ones is. */
  zoneOf(subnetId: string | undefined): string {
    const subnet = subnetId === undefined ? this.subnets[0] : this.subnet(subnetId);
    return subnet?.zone.name ?? `${this.region}a`;
  }
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
/** What the listed subnets leave of the VPC's 65 536 addresses. */
const OTHER_BLOCKS = (65_536 - ZONE_LETTERS.length * LISTED_SIZE) / OTHER_SIZE;
/** The first four addresses of a subnet and the last are AWS's. */
export const FIRST_FREE_ADDRESS = 4;
export const RESERVED_ADDRESSES = 5;

/** A prefix and 8 or 17 hexadecimal digits, as AWS's ids of network things all are. */
function isId(prefix: string, id: string): boolean {
  return id.startsWith(`${prefix}-`) && /^([0-9a-f]{8}|[0-9a-f]{17})$/.test(id.slice(prefix.length + 1));
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
