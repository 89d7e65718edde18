/** What the policy engine is asked, and what it answers. All of it is plain data: no clock, no store, no Node. */
import type { CompiledPolicy } from './compiled-policy.js';
import type { StatementPosition } from './policy-document.js';

/**
 * Condition keys of a request. Names are in lower case; a key that is not there is absent from the request, which is
 * not the same as an empty list.
 */
export type ContextValues = ReadonlyMap<string, readonly string[]>;

/** Who asks, as `Principal` elements name them. */
export interface PolicyPrincipal {
  /** `arn:aws:iam::A:user/x`, `arn:aws:sts::A:assumed-role/ROLE/SESSION`, `arn:aws:iam::A:root`; of a service: absent. */
  readonly arn?: string;
  /** Of a role session, the role's own ARN: a `Principal` may name either. */
  readonly roleArn?: string;
  readonly accountId?: string;
  /** `ecs-tasks.amazonaws.com` when AWS itself asks. */
  readonly service?: string;
  /** The account's root user: needs no Allow but that of a policy that `must-allow`. */
  readonly isRoot?: boolean;
}

/** A policy and where it stands, for the reason of a decision. */
export interface NamedPolicy {
  /** For example `arn:aws:iam::aws:policy/ReadOnlyAccess`, or `inline policy exec of user ann`. */
  readonly name: string;
  readonly policy: CompiledPolicy;
}

/**
 * The policy on the resource itself. `grants`: its Allow alone suffices within the account (a bucket's). `must-allow`:
 * without its Allow nothing is allowed (a key's, a role's trust policy), to the root user neither, and where it names
 * the account (root) it hands the decision to the identity's policies.
 */
export interface ResourcePolicy extends NamedPolicy {
  readonly rule: 'grants' | 'must-allow';
}

/** One action on one resource. */
export interface PolicyRequest {
  readonly principal: PolicyPrincipal;
  /** For example `ecs:ExecuteCommand`. */
  readonly action: string;
  /** Literal: wildcards in it are not expanded. `*` for an action without resource-level permissions. */
  readonly resource: string;
  readonly context: ContextValues;
  /** Inline, managed and group policies of the identity. */
  readonly identity: readonly NamedPolicy[];
  readonly boundary?: NamedPolicy;
  /** Absent: not a session with session policies. */
  readonly session?: readonly NamedPolicy[];
  readonly resourcePolicy?: ResourcePolicy;
}

/** Which kind of policy decided. */
export type PolicyType = 'identity' | 'boundary' | 'session' | 'resource';

/** One condition that was looked at. */
export interface ConditionOutcome {
  readonly operator: string;
  readonly key: string;
  /** Of the policy, variables filled in. */
  readonly wanted: readonly string[];
  /** Of the request; undefined when the key is absent from it. */
  readonly actual: readonly string[] | undefined;
  readonly holds: boolean;
}

/** A statement that had a part in the decision. */
export interface StatementReason {
  readonly policyType: PolicyType;
  readonly policy: string;
  /** Index in the policy, from 0. */
  readonly statement: number;
  readonly sid?: string;
  readonly effect: 'Allow' | 'Deny';
  /** Line of the statement in the document, from 1. */
  readonly line: number;
  /** All of where it stands, as the simulator's `MatchedStatements` tell it. */
  readonly position?: StatementPosition;
  /**
   * `matched`: applied. The others say what kept it from applying; only statements whose action matched are listed.
   */
  readonly outcome: 'matched' | 'resource' | 'principal' | 'condition' | 'variable';
  readonly conditions: readonly ConditionOutcome[];
}

export interface Decision {
  readonly decision: 'allowed' | 'explicitDeny' | 'implicitDeny';
  /** What the refusal is worded after (ecs-api 7.6); of an allowed request, what allowed it. */
  readonly policyType: PolicyType;
  /** The deciding statement first, then those that came near. */
  readonly reasons: readonly StatementReason[];
  /** Condition keys that a statement asked for and the request does not have. */
  readonly missingContextKeys: readonly string[];
}
