import type { PolicyPrincipal } from '../../core/policy/policy-api.js';
import { invalidInput } from '../iam/iam-error.js';
import type { IdentityPolicies, Principals } from '../principals.js';
import { type EntityArn, parseEntityArn } from './entity-arn.js';

/** Who is taken to ask. */
export interface SimulatedCaller {
  readonly principal: PolicyPrincipal;
  /** What is known of the caller; keys in lower case. */
  readonly context: ReadonlyMap<string, readonly string[]>;
}

/** `CallerArn`. Only a user can be that, also one of another account. Throws InvalidInput. */
export function requireCallerArn(arn: string): EntityArn {
  const caller = parseEntityArn(arn);
  if (caller?.kind === 'user') return caller;
  throw invalidInput(`Invalid Caller Arn: ${arn} is not the ARN of an IAM user.`);
}

/** Of a user there may be only the ARN: who is not in this account is not known here. */
export async function knownCaller(principals: Principals, caller: EntityArn): Promise<SimulatedCaller> {
  return simulatedCaller(caller, await principals.policiesOf(caller.arn));
}

export function simulatedCaller(
  entity: EntityArn,
  known: Pick<IdentityPolicies, 'id' | 'tags'> | undefined,
): SimulatedCaller {
  const { arn, accountId, kind, name } = entity;
  const context = new Map<string, readonly string[]>([['aws:principalaccount', [accountId]]]);
  // A group never asks itself: which of its users does is open.
  if (kind === 'group') return { principal: { accountId }, context };
  context.set('aws:principalarn', [arn]);
  context.set('aws:principaltype', [kind === 'user' ? 'User' : 'AssumedRole']);
  if (kind === 'user') {
    context.set('aws:username', [name]);
    // Of a role it ends with the name of a session, which there is none of.
    if (known?.id !== undefined) context.set('aws:userid', [known.id]);
  }
  for (const [key, value] of Object.entries(known?.tags ?? {})) {
    context.set(`aws:principaltag/${key}`.toLowerCase(), [value]);
  }
  return { principal: { arn, accountId, ...(kind === 'role' && { roleArn: arn }) }, context };
}
