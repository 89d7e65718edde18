import type { AccessResource } from '../../platform/aws/access.js';
import type { Decision, PolicyType } from '../../core/policy/policy-api.js';

const KINDS: Readonly<Record<PolicyType, { readonly a: string; readonly no: string }>> = {
  identity: { a: 'an identity-based policy', no: 'no identity-based policy' },
  boundary: { a: 'a permissions boundary', no: 'no permissions boundary' },
  session: { a: 'a session policy', no: 'no session policy' },
  resource: { a: 'a resource-based policy', no: 'no resource-based policy' },
};

/** What the caller is told (ecs-api 7.6). A role's trust policy is not spoken of. */
export function denialText(
  callerArn: string,
  action: string,
  resource: Pick<AccessResource, 'arn' | 'shownAs'>,
  { decision, policyType }: Pick<Decision, 'decision' | 'policyType'>,
): string {
  const shown = resource.shownAs ?? resource.arn;
  const on = resource.arn === '*' ? '' : ` on resource: ${shown}`;
  const refused = `User: ${callerArn} is not authorized to perform: ${action}${on}`;
  if (policyType === 'resource' && action.toLowerCase().startsWith('sts:')) return refused;
  const { a, no } = KINDS[policyType];
  return decision === 'explicitDeny'
    ? `${refused} with an explicit deny in ${a}`
    : `${refused} because ${no} allows the ${action} action`;
}
