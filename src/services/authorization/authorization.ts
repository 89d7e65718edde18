import { decide } from '../../core/policy/decide.js';
import { explain } from '../../core/policy/explain.js';
import type { Decision, NamedPolicy, PolicyPrincipal, PolicyRequest } from '../../core/policy/policy-api.js';
import {
  AccessDenied,
  type AccessQuestion,
  type AccessResource,
  type Authorization,
} from '../../platform/aws/access.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { Caller, RequestContext } from '../../platform/aws/service.js';
import type { AttachedPolicy, IdentityPolicies, Principals } from '../principals.js';
import { contextValues } from './context-values.js';
import { denialText } from './denial-text.js';
import { PolicyCache, UnreadablePolicy } from './policy-cache.js';

/** Identities whose policies are remembered, until something changes. */
export const MAX_REMEMBERED_IDENTITIES = 5_000;

export interface AuthorizationOptions {
  readonly principals: Principals;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** The one door: decides by the policies as they are at the time of the request. */
export function createAuthorization({ principals, clock }: AuthorizationOptions): Authorization {
  const cache = new PolicyCache();
  const known = new Map<string, IdentityPolicies | undefined>();
  let knownVersion = principals.version();

  /** Undefined: there is no such user or role any more, or another one under its name. */
  async function policiesOf(caller: Caller): Promise<IdentityPolicies | undefined> {
    const version = principals.version();
    if (version !== knownVersion) {
      known.clear();
      knownVersion = version;
    }
    const { session, userId } = caller;
    const id = userId.split(':', 1)[0] ?? '';
    const key = `${id} ${session?.roleArn ?? caller.arn}`;
    if (known.has(key)) return known.get(key);
    const found = await ownPolicies(session?.roleArn, caller.arn, id);
    if (principals.version() === version) {
      if (known.size >= MAX_REMEMBERED_IDENTITIES) known.clear();
      known.set(key, found);
    }
    return found;
  }

  async function ownPolicies(roleArn: string | undefined, arn: string, id: string) {
    if (roleArn !== undefined && (await principals.role(roleArn))?.id !== id) return undefined;
    const found = await principals.policiesOf(roleArn ?? arn);
    return found?.id === undefined || found.id === id ? found : undefined;
  }

  function policyRequest(
    question: AccessQuestion,
    resource: AccessResource,
    context: RequestContext,
    own: IdentityPolicies,
  ): PolicyRequest {
    const named = ({ name, document }: AttachedPolicy): NamedPolicy => cache.named(name, document, 'identity');
    const { caller } = context;
    const { policy } = resource;
    const kind = question.action.toLowerCase().startsWith('sts:') ? 'trust' : 'resource';
    return {
      principal: principalOf(caller),
      action: question.action,
      resource: resource.arn,
      context: contextValues(question, resource, context, { principalTags: own.tags, now: clock() }),
      identity: own.identity.map(named),
      ...(own.boundary && { boundary: named(own.boundary) }),
      ...(caller.session?.policies && { session: caller.session.policies.map(named) }),
      ...(policy && { resourcePolicy: { ...cache.named(policy.name, policy.document, kind), rule: policy.rule } }),
    };
  }

  return {
    async require(question, context) {
      const { caller } = context;
      if (caller.temporary !== undefined && context.service === 'iam') throw withoutMfa();
      const own = caller.type === 'root' ? { identity: [], tags: {} } : await policiesOf(caller);
      for (const resource of question.resources) {
        let decision: Decision = REFUSED;
        let reason = `there is no ${caller.session?.roleArn ?? caller.arn} any more`;
        if (own !== undefined) {
          try {
            const request = policyRequest(question, resource, context, own);
            decision = decide(request);
            if (decision.decision !== 'allowed') reason = explain(request, decision);
          } catch (error) {
            if (!(error instanceof UnreadablePolicy)) throw error;
            reason = error.message;
          }
        }
        const access = { action: question.action, resource: resource.arn, decision };
        context.decided?.(access);
        if (decision.decision === 'allowed') continue;
        throw new AccessDenied(denialText(caller.arn, question.action, resource, decision), access, reason);
      }
    },
  };
}

/** IAM does not speak with whoever has temporary credentials of themselves and has shown no second factor. */
function withoutMfa(): AwsError {
  const reason = 'credentials of GetSessionToken without MFA cannot be used for IAM';
  return new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid', {
    ...{ status: 403, reason },
  });
}

/** Where nothing could be asked. */
const REFUSED: Decision = Object.freeze({
  decision: 'implicitDeny',
  policyType: 'identity',
  reasons: [],
  missingContextKeys: [],
});

function principalOf({ arn, accountId, type, session }: Caller): PolicyPrincipal {
  return {
    arn,
    accountId,
    ...(session !== undefined && { roleArn: session.roleArn }),
    ...(type === 'root' && { isRoot: true }),
  };
}
