import type { Principals } from '../principals.js';
import { type EntityArn, noSuchIdentity, requireEntityArn } from './entity-arn.js';
import { type SimulatedPolicy, storedPolicy } from './simulated-policy.js';

/** A user, group or role of the account, and what holds for it. */
export interface EntityPolicies {
  readonly entity: EntityArn;
  readonly id: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly identity: readonly SimulatedPolicy[];
  readonly boundary: SimulatedPolicy | undefined;
}

/** Throws InvalidInput, NoSuchEntity and PolicyEvaluation. */
export async function requireEntityPolicies(principals: Principals, arn: string): Promise<EntityPolicies> {
  const entity = requireEntityArn(arn);
  const found = await principals.policiesOf(arn);
  if (found === undefined) throw noSuchIdentity(entity);
  const { id, tags, identity, boundary } = found;
  return {
    entity,
    id,
    tags,
    identity: identity.map(storedPolicy),
    boundary: boundary && storedPolicy(boundary),
  };
}
