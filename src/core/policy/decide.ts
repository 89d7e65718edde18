import { conditionOutcome } from './condition-matcher.js';
import { type ConsideredStatement, Evaluation } from './evaluate-policies.js';
import type { Decision, PolicyRequest, PolicyType, ResourcePolicy, StatementReason } from './policy-api.js';

/** Reasons that are told of a refusal; a person reads the first few, and each costs its conditions' texts. */
export const MAX_REASONS = 20;

/** Decides as ecs-api 7.1 has it. Pure: everything it goes by is in the request. */
export function decide(request: PolicyRequest): Decision {
  const evaluation = new Evaluation(request);
  for (const policy of request.identity) evaluation.consider('identity', policy);
  if (request.boundary !== undefined) evaluation.consider('boundary', request.boundary);
  for (const policy of request.session ?? []) evaluation.consider('session', policy);
  if (request.resourcePolicy !== undefined) evaluation.consider('resource', request.resourcePolicy);

  const [deny] = evaluation.denies;
  if (deny !== undefined) return answer('explicitDeny', deny.type, request, evaluation.denies, evaluation);
  const { allowed, type } = weigh(request, evaluation);
  if (!allowed) return answer('implicitDeny', type, request, byNearness(evaluation.near, type), evaluation);
  const deciding = evaluation.allows.filter((allow) => allow.type === type);
  const others = evaluation.allows.filter((allow) => allow.type !== type);
  return answer('allowed', type, request, [...deciding, ...others], evaluation);
}

/** Without a Deny: what allows, or which kind of policy fails to. */
function weigh(request: PolicyRequest, evaluation: Evaluation): { allowed: boolean; type: PolicyType } {
  const { principal, boundary, session, resourcePolicy } = request;
  const grant = resourcePolicy === undefined ? 'none' : resourceGrant(resourcePolicy, evaluation);
  if (grant === 'unlimited') return { allowed: true, type: 'resource' };
  // The root user too: of a key whose policy does not name it, it has nothing.
  if (grant === 'refused') return { allowed: false, type: 'resource' };
  if (principal.isRoot === true) return { allowed: true, type: 'identity' };
  const byIdentity = evaluation.allowOf('identity') !== undefined;
  if (!byIdentity && grant !== 'limited') return { allowed: false, type: 'identity' };
  if (boundary !== undefined && evaluation.allowOf('boundary') === undefined)
    return { allowed: false, type: 'boundary' };
  if (session !== undefined && evaluation.allowOf('session') === undefined) return { allowed: false, type: 'session' };
  return { allowed: true, type: byIdentity ? 'identity' : 'resource' };
}

/**
 * What the resource's policy gives. `unlimited`: it names the very user, session or service. `limited`: it allows, within
 * boundary and session policies. `none`: the identity's policies decide. `refused`: it had to allow and does not.
 */
function resourceGrant({ rule }: ResourcePolicy, { allows }: Evaluation): 'unlimited' | 'limited' | 'none' | 'refused' {
  const namings = allows.filter(({ type }) => type === 'resource').map(({ naming }) => naming);
  if (namings.includes('exact')) return 'unlimited';
  if (namings.includes('role') || namings.includes('anyone')) return 'limited';
  return rule === 'must-allow' && !namings.includes('account') ? 'refused' : 'none';
}

const NEARNESS: Readonly<Record<StatementReason['outcome'], number>> = {
  matched: 0,
  condition: 1,
  variable: 2,
  principal: 3,
  resource: 4,
};

/** An Allow of the kind that is lacking first; a Deny that did not apply is of no use to who was refused. */
function byNearness(near: readonly ConsideredStatement[], type: PolicyType): ConsideredStatement[] {
  const rank = ({ type: own, outcome, statement }: ConsideredStatement): number =>
    (statement.effect === 'Deny' ? 20 : 0) + (own === type ? 0 : 10) + NEARNESS[outcome];
  return [...near].sort((a, b) => rank(a) - rank(b));
}

function answer(
  decision: Decision['decision'],
  policyType: PolicyType,
  request: PolicyRequest,
  considered: readonly ConsideredStatement[],
  { missing }: Evaluation,
): Decision {
  const reasons = considered.slice(0, MAX_REASONS).map((one) => reason(one, request));
  return { decision, policyType, reasons, missingContextKeys: [...missing.values()] };
}

function reason({ type, policy, statement, outcome }: ConsideredStatement, request: PolicyRequest): StatementReason {
  const { index, sid, effect, position, conditions } = statement;
  return {
    policyType: type,
    policy,
    statement: index,
    ...(sid !== undefined && { sid }),
    effect,
    line: position.line,
    position,
    outcome,
    conditions: conditions.map((condition) => conditionOutcome(condition, request.context)),
  };
}
