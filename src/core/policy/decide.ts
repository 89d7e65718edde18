import { conditionOutcome } from './condition-matcher.js';
import { type ConsideredStatement, Evaluation } from './evaluate-policies.js';
import type {
  ConditionOutcome,
  Decision,
  PolicyRequest,
  PolicyType,
  ResourcePolicy,
  StatementReason,
} from './policy-api.js';

/** Reasons that are told of a refusal; a person reads the first few, and each costs its conditions' texts. */
export const MAX_REASONS = 20;

/** Decides as ecs-api 7.1 has it. Pure: everything it goes by is in the request. */
export function decide(request: PolicyRequest): Decision {
  const evaluation = new Evaluation(request);
  for (const policy of request.identity) evaluation.consider('identity', policy);
  if (request.boundary !== undefined) evaluation.consider('boundary', request.boundary);
  for (const policy of request.session ?? []) evaluation.consider('session', policy);
  if (request.resourcePolicy !== undefined) evaluation.consider('resource', request.resourcePolicy);

  const deny = evaluation.denies[0];
  if (deny !== undefined) return answer('explicitDeny', deny.type, request, evaluation.denies, evaluation);
  const { allowed, type } = weigh(request, evaluation);
  if (!allowed) return answer('implicitDeny', type, request, byNearness(evaluation.near, type), evaluation);
  return answer('allowed', type, request, decidingFirst(evaluation.allows, type), evaluation);
}

/** Without a Deny: what allows, or which kind of policy fails to. */
function weigh(request: PolicyRequest, evaluation: Evaluation): { allowed: boolean; type: PolicyType } {
  const { principal, boundary, session, resourcePolicy } = request;
  const grant = resourcePolicy === undefined ? 'none' : resourceGrant(resourcePolicy, evaluation);
  if (grant === 'unlimited') return { allowed: true, type: 'resource' };
  // The root user too: of a key whose policy does not name it, it has nothing.
  if (grant === 'refused') return { allowed: false, type: 'resource' };
  if (principal.isRoot === true) return { allowed: true, type: 'identity' };
  const byIdentity = evaluation.allowedBy('identity');
  if (!byIdentity && grant !== 'limited') return { allowed: false, type: 'identity' };
  if (boundary !== undefined && !evaluation.allowedBy('boundary')) return { allowed: false, type: 'boundary' };
  if (session !== undefined && !evaluation.allowedBy('session')) return { allowed: false, type: 'session' };
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
function byNearness(near: ConsideredStatement[], type: PolicyType): readonly ConsideredStatement[] {
  return near.length < 2 ? near : near.sort((a, b) => distance(a, type) - distance(b, type));
}

function distance({ type: own, outcome, statement }: ConsideredStatement, type: PolicyType): number {
  return (statement.effect === 'Deny' ? 20 : 0) + (own === type ? 0 : 10) + NEARNESS[outcome];
}

function decidingFirst(allows: readonly ConsideredStatement[], type: PolicyType): readonly ConsideredStatement[] {
  if (allows.length < 2) return allows;
  return [...allows.filter((allow) => allow.type === type), ...allows.filter((allow) => allow.type !== type)];
}

function answer(
  decision: Decision['decision'],
  policyType: PolicyType,
  request: PolicyRequest,
  considered: readonly ConsideredStatement[],
  evaluation: Evaluation,
): Decision {
  const reasons: StatementReason[] = [];
  for (const one of considered) {
    if (reasons.length === MAX_REASONS) break;
    reasons.push(reason(one, request));
  }
  return { decision, policyType, reasons, missingContextKeys: evaluation.missing() };
}

function reason(
  { type, policy, statement, outcome }: ConsideredStatement,
  { context }: PolicyRequest,
): StatementReason {
  const { index, sid, effect, position } = statement;
  // All hold in a statement that applied.
  const holds = outcome === 'matched' ? true : undefined;
  const conditions: ConditionOutcome[] = [];
  for (const condition of statement.conditions) conditions.push(conditionOutcome(condition, context, holds));
  const { line } = position;
  const common = { policyType: type, policy, statement: index, effect, line, position, outcome, conditions };
  return sid === undefined ? common : { ...common, sid };
}
