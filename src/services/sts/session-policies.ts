import { deflateRawSync } from 'node:zlib';
import type { AssumeRoleRequest } from '@aws-sdk/client-sts';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { AttachedPolicy, Principals } from '../principals.js';
import { invalid } from './check-assume-role.js';

/** Characters of `Policy` and `PolicyArns` together, and bytes of them and the tags when packed. */
const ALLOTTED = 2048;

/**
 * The session's limits as they are now: a managed policy that is changed later does not change a session that was made
 * before. Throws ValidationError for one that is not there.
 */
export async function sessionPolicies(
  principals: Principals,
  { Policy, PolicyArns = [] }: AssumeRoleRequest,
  sessionArn: string,
): Promise<AttachedPolicy[]> {
  const policies: AttachedPolicy[] = [];
  if (Policy !== undefined) policies.push({ name: `session policy of ${sessionArn}`, document: Policy });
  for (const { arn = '' } of PolicyArns) {
    const found = await principals.managedPolicy?.(arn);
    if (found === undefined) throw invalid(`Policy ${arn} does not exist or is not attachable.`);
    policies.push(found);
  }
  return policies;
}

/**
 * Per cent of what is allotted; 0 when there is nothing to pack. How AWS packs is not known: deflated, policies and tags
 * shrink about as much. Throws PackedPolicyTooLarge.
 */
export function packedPolicySize(
  { Policy = '', PolicyArns = [] }: AssumeRoleRequest,
  tags: Readonly<Record<string, string>>,
): number {
  const arns = PolicyArns.map(({ arn = '' }) => arn);
  const text = [Policy, ...arns].join('');
  if (text === '' && Object.keys(tags).length === 0) return 0;
  const packed = deflateRawSync(JSON.stringify([Policy, arns, tags]), { level: 9 }).length;
  const percent = Math.ceil((Math.max(packed, text.length > ALLOTTED ? text.length : 0) / ALLOTTED) * 100);
  if (percent > 100) {
    const message = `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`;
    throw new AwsError('PackedPolicyTooLarge', message);
  }
  return percent;
}
