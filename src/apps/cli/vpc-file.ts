import { readFileSync } from 'node:fs';
import { Network, type VpcConfiguration } from '../../services/network.js';
import { UsageError } from './usage-error.js';

const FORM =
  'takes a file such as {"vpcId": "vpc-…", "subnets": [{"subnetId": "subnet-…", "availabilityZone": "us-east-1a"}], "securityGroupIds": ["sg-…"]}';

/** A VPC as its operator describes it, in JSON. Throws a UsageError that names what is wrong, and what was expected. */
export function readVpcFile(file: string, region: string): VpcConfiguration {
  const fail = (what: string): UsageError => new UsageError(`--vpc: ${file}: ${what}`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw fail((error as Error).message);
  }
  const problem = problemOf(value);
  if (problem !== undefined) throw fail(`${problem}; it ${FORM}`);
  const vpc = value as VpcConfiguration;
  try {
    new Network({ accountId: '', region, vpc });
  } catch (error) {
    if (error instanceof RangeError) throw fail(error.message);
    throw error;
  }
  return vpc;
}

function problemOf(value: unknown): string | undefined {
  if (!isObject(value)) return 'it is no object';
  const strange = strangeIn(value, ['vpcId', 'subnets', 'securityGroupIds'], '');
  if (strange !== undefined) return strange;
  const { vpcId, subnets, securityGroupIds } = value;
  if (vpcId !== undefined && typeof vpcId !== 'string') return 'vpcId is no text';
  if (!Array.isArray(subnets)) return 'subnets is no list';
  for (const [index, subnet] of (subnets as readonly unknown[]).entries()) {
    const place = `subnets[${index}]`;
    if (!isObject(subnet)) return `${place} is no object`;
    const odd = strangeIn(subnet, ['subnetId', 'availabilityZone'], `${place}.`);
    if (odd !== undefined) return odd;
    if (typeof subnet['subnetId'] !== 'string') return `${place}.subnetId is no text`;
    const zone = subnet['availabilityZone'];
    if (zone !== undefined && typeof zone !== 'string') return `${place}.availabilityZone is no text`;
  }
  if (securityGroupIds === undefined) return undefined;
  const isList = Array.isArray(securityGroupIds) && securityGroupIds.every((id) => typeof id === 'string');
  return isList ? undefined : 'securityGroupIds is no list of texts';
}

function strangeIn(value: object, known: readonly string[], place: string): string | undefined {
  const strange = Object.keys(value).find((name) => !known.includes(name));
  return strange === undefined ? undefined : `${place}${strange} is unknown`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
