/** Addresses that share their first `bits` bits; groups are of 16 bits for IPv6 and of 8 for IPv4. */
export interface IpRange {
  readonly version: 4 | 6;
  readonly groups: readonly number[];
  readonly bits: number;
}

const OCTET = /^(?:0|[1-9][0-9]{0,2})$/;
const IPV4 = /^(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})$/;
const GROUP = /^[0-9a-fA-F]{1,4}$/;

function ipv4(text: string): number[] | undefined {
  const [, ...octets] = IPV4.exec(text) ?? [];
  const groups = octets.map(Number);
  return octets.length === 4 && groups.every((group) => group <= 255) ? groups : undefined;
}

function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const tail = index === parts.length - 1 && part.includes('.') ? ipv4(part) : undefined;
    if (tail !== undefined) {
      const [a = 0, b = 0, c = 0, d = 0] = tail;
      groups.push(a * 256 + b, c * 256 + d);
    } else if (GROUP.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function ipv6(text: string): number[] | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [front, back] = halves.map(groupsOf);
  if (front === undefined) return undefined;
  if (halves.length === 1) return front.length === 8 ? front : undefined;
  if (back === undefined || front.length + back.length > 7) return undefined;
  return [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back];
}

/** `203.0.113.0/24`, `2001:db8::/32`, or one address. Undefined when it is none of them. */
export function parseCidr(text: string): IpRange | undefined {
  const slash = text.indexOf('/');
  const address = slash === -1 ? text : text.slice(0, slash);
  const version = address.includes(':') ? 6 : 4;
  const groups = version === 6 ? ipv6(address) : ipv4(address);
  const most = version === 6 ? 128 : 32;
  const prefix = slash === -1 ? String(most) : text.slice(slash + 1);
  if (groups === undefined || !OCTET.test(prefix) || Number(prefix) > most) return undefined;
  return { version, groups, bits: Number(prefix) };
}

/** An IPv4 address that came over an IPv6 socket is the IPv4 address. */
function unmapped(range: IpRange): IpRange {
  const { version, groups, bits } = range;
  if (version === 4) return range;
  const mapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  if (!mapped || bits < 96) return range;
  const [high = 0, low = 0] = groups.slice(6);
  return { version: 4, groups: [high >> 8, high & 255, low >> 8, low & 255], bits: bits - 96 };
}

/** Whether all of `inner` is within `outer`; ranges of the two versions never are. */
export function withinRange(inner: IpRange, outer: IpRange): boolean {
  const small = unmapped(inner);
  const large = unmapped(outer);
  if (small.version !== large.version || small.bits < large.bits) return false;
  const width = small.version === 6 ? 16 : 8;
  for (let index = 0, left = large.bits; left > 0; index += 1, left -= width) {
    const shift = left < width ? width - left : 0;
    if ((small.groups[index] ?? 0) >> shift !== (large.groups[index] ?? 0) >> shift) return false;
  }
  return true;
}
