import type { EvaluationResult, Statement } from '@aws-sdk/client-iam';
import { decide } from '../../core/policy/decide.js';
import type { Decision, NamedPolicy, PolicyRequest, StatementReason } from '../../core/policy/policy-api.js';
import type { SimulatedCaller } from './simulated-caller.js';
import type { SimulatedPolicy } from './simulated-policy.js';

/** Everything but the action and the resource. */
export interface Simulation {
  readonly caller: SimulatedCaller | undefined;
  readonly context: PolicyRequest['context'];
  readonly identity: readonly SimulatedPolicy[];
  readonly boundary: SimulatedPolicy | undefined;
  readonly resourcePolicy: SimulatedPolicy | undefined;
  /** Account whose `resourcePolicy` it is, and which resources belong to that do not say so. */
  readonly owner: string | undefined;
}

/** One action on one resource. `named`: the resource was asked for by name. */
export function simulateAction(
  simulation: Simulation,
  action: string,
  resource: string,
  named: boolean,
): EvaluationResult & { readonly EvalDecision: Decision['decision'] } {
  const request = requestOf(simulation, action, resource);
  const { decision, reasons, missingContextKeys } = weigh(simulation, request);
  const matched = reasons.filter(({ outcome }) => outcome === 'matched').map((reason) => statement(simulation, reason));
  const shared = {
    EvalResourceName: resource,
    MatchedStatements: matched,
    MissingContextValues: [...missingContextKeys],
    ...(request.boundary !== undefined && {
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: allowedBy(request.boundary, request) },
    }),
  };
  return {
    EvalActionName: action,
    EvalDecision: decision,
    ...shared,
    ...(named && { ResourceSpecificResults: [{ ...shared, EvalResourceDecision: decision }] }),
  };
}

function requestOf(simulation: Simulation, action: string, resource: string): PolicyRequest {
  const { caller, context, identity, boundary, resourcePolicy } = simulation;
  // A key's policy has to allow; those of other resources may (ecs-api 7.1).
  const rule = action.toLowerCase().startsWith('kms:') ? 'must-allow' : 'grants';
  return {
    principal: caller?.principal ?? {},
    action,
    resource,
    context,
    identity,
    ...(boundary !== undefined && { boundary }),
    ...(resourcePolicy !== undefined && { resourcePolicy: { ...resourcePolicy, rule } }),
  };
}

/** Across accounts both sides have to allow; within one, what {@link decide} says. */
function weigh({ owner }: Simulation, request: PolicyRequest): Decision {
  const { resourcePolicy, ...own } = request;
  const whole = decide(request);
  if (resourcePolicy === undefined || owner === undefined || owner === request.principal.accountId) return whole;
  if (whole.decision !== 'allowed') return whole;
  const byCaller = decide(own);
  if (byCaller.decision !== 'allowed') return byCaller;
  // An Allow for the whole account of the caller is enough of the owner.
  const byOwner = decide({ ...request, resourcePolicy: { ...resourcePolicy, rule: 'must-allow' } });
  return byOwner.decision === 'allowed' ? whole : byOwner;
}

function allowedBy(boundary: NamedPolicy, { principal, action, resource, context }: PolicyRequest): boolean {
  return decide({ principal, action, resource, context, identity: [boundary] }).decision === 'allowed';
}

function statement(simulation: Simulation, { policy, position }: StatementReason): Statement {
  const { identity, boundary, resourcePolicy } = simulation;
  const source = [...identity, boundary, resourcePolicy].find((one) => one?.name === policy);
  return {
    ...(source && { SourcePolicyId: source.sourceId, SourcePolicyType: source.sourceType }),
    ...(position && {
      StartPosition: { Line: position.line, Column: position.column },
      EndPosition: { Line: position.endLine, Column: position.endColumn },
    }),
  };
}
