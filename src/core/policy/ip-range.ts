/** Addresses that share their first `bits` bits; groups are of 16 bits: two for IPv4, eight for IPv6. */
export interface IpRange {
  readonly version: 4 | 6;
  readonly groups: readonly number[];
  readonly bits: number;
}

const PREFIX = /^(?:0|[1-9][0-9]{0,2})$/;
const GROUP = /^[0-9a-fA-F]{1,4}$/;
const [DOT, ZERO] = [0x2e, 0x30];

/** Four decimal octets without leading zeros. By hand: every request with a condition on its address comes here. */
function ipv4(text: string): number[] | undefined {
  let value = 0;
  let octet = 0;
  let digits = 0;
  let octets = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const code = at === text.length ? DOT : text.charCodeAt(at);
    if (code === DOT) {
      if (digits === 0 || octet > 255) return undefined;
      value = value * 256 + octet;
      octets += 1;
      octet = 0;
      digits = 0;
      continue;
    }
    const digit = code - ZERO;
    if (digit < 0 || digit > 9 || digits === 3 || (digits > 0 && octet === 0)) return undefined;
    octet = octet * 10 + digit;
    digits += 1;
  }
  return octets === 4 ? [value >>> 16, value & 0xffff] : undefined;
}

function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const tail = index === parts.length - 1 && part.includes('.') ? ipv4(part) : undefined;
    if (tail !== undefined) groups.push(...tail);
    else if (GROUP.test(part)) groups.push(Number.parseInt(part, 16));
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
  if (groups === undefined) return undefined;
  const most = version === 6 ? 128 : 32;
  if (slash === -1) return { version, groups, bits: most };
  const prefix = text.slice(slash + 1);
  return PREFIX.test(prefix) && Number(prefix) <= most ? { version, groups, bits: Number(prefix) } : undefined;
}

/** An IPv4 address that came over an IPv6 socket is the IPv4 address. */
function unmapped(range: IpRange): IpRange {
  const { version, groups, bits } = range;
  if (version === 4) return range;
  const mapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  if (!mapped || bits < 96) return range;
  return { version: 4, groups: groups.slice(6), bits: bits - 96 };
}

/** Whether all of `inner` is within `outer`; ranges of the two versions never are. */
export function withinRange(inner: IpRange, outer: IpRange): boolean {
  const small = unmapped(inner);
  const large = unmapped(outer);
  if (small.version !== large.version || small.bits < large.bits) return false;
  for (let index = 0, left = large.bits; left > 0; index += 1, left -= 16) {
    const shift = left < 16 ? 16 - left : 0;
    if ((small.groups[index] ?? 0) >> shift !== (large.groups[index] ?? 0) >> shift) return false;
  }
  return true;
}
