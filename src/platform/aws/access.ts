import type { Decision } from '../../core/policy/policy-api.js';
import { AwsError } from './aws-error.js';
import type { RequestContext } from './service.js';

/** What an action is done to. */
export interface AccessResource {
  /** `*` for an action without resource-level permissions. */
  readonly arn: string;
  /**
   * What a refusal calls it instead: where AWS does not print the ARN (`user ann`), or where the ARN itself would tell
   * what a refused caller must not learn.
   */
  readonly shownAs?: string;
  /** Become `aws:ResourceTag/k`, and the service's own name for it. */
  readonly tags?: Readonly<Record<string, string>>;
  /** The policy that stands on the resource itself. */
  readonly policy?: { readonly name: string; readonly document: string; readonly rule: 'grants' | 'must-allow' };
}

/** One action, on each of its resources: every one must be allowed on its own (ecs-api 7.2). */
export interface AccessQuestion {
  /** For example `ecs:ExecuteCommand`. */
  readonly action: string;
  readonly resources: readonly AccessResource[];
  /** Condition keys beside the global ones, for example `ecs:container-name`. */
  readonly conditions?: Readonly<Record<string, string | readonly string[]>>;
}

/**
 * What a request asks for, from its decoded input: the table beside the operations. Looks things up silently: whether
 * they are there is not for a caller to learn before the policy has allowed it.
 */
export type Access<Input> = (
  input: Input,
  context: RequestContext,
) => readonly AccessQuestion[] | Promise<readonly AccessQuestion[]>;

/** A question and its answer for one resource, for the audit. */
export interface DecidedAccess {
  readonly action: string;
  readonly resource: string;
  readonly decision: Decision;
}

/** The one door. Declared here because the endpoint and every service ask it; IAM answers. */
export interface Authorization {
  /** Throws {@link AccessDenied}. Each answer also goes to `context.decided`. */
  require(question: AccessQuestion, context: RequestContext): Promise<void>;
}

/** Refused by policy. The message is AWS's (ecs-api 7.6); its code follows the protocol. */
export class AccessDenied extends AwsError {
  readonly access: DecidedAccess;

  constructor(message: string, access: DecidedAccess, reason: string) {
    super('AccessDeniedException', message, { reason });
    this.access = access;
  }
}

/**
 * Refused whatever the policies say, in the words of one that does not allow it; the answer goes to the audit. `reason`
 * is for the operator.
 */
export function refusedByRule(
  { caller, decided }: RequestContext,
  action: string,
  resource: string,
  reason: string,
): AccessDenied {
  const decision: Decision = {
    decision: 'implicitDeny',
    policyType: 'identity',
    reasons: [],
    missingContextKeys: [],
  };
  const access: DecidedAccess = { action, resource, decision };
  decided?.(access);
  const on = resource === '*' ? '' : ` on resource: ${resource}`;
  return new AccessDenied(
    `User: ${caller.arn} is not authorized to perform: ${action}${on} because no identity-based policy allows the ${action} action`,
    access,
    reason,
  );
}
