import { ActionMatcher } from './action-matcher.js';
import { CompiledPolicy } from './compiled-policy.js';
import type { CompiledStatement } from './compiled-statement.js';
import { compileCondition } from './condition-matcher.js';
import { requirePolicy } from './parse-policy.js';
import type { PolicyDocument, PolicyKind, PolicyStatement } from './policy-document.js';
import { PrincipalMatcher } from './principal-matcher.js';
import { ResourceMatcher } from './resource-matcher.js';

function compileStatement(statement: PolicyStatement, index: number, variables: boolean): CompiledStatement {
  const { sid, effect, position, principal, action, resource, conditions } = statement;
  return {
    index,
    sid,
    effect,
    position,
    principal: principal && new PrincipalMatcher(principal),
    action: new ActionMatcher(action),
    resource: resource && new ResourceMatcher(resource, variables),
    conditions: conditions.map((condition) => compileCondition(condition, variables)),
  };
}

/** Makes a document ready to be asked; keep the result as long as the document. */
export function compilePolicy({ version, statements }: PolicyDocument): CompiledPolicy {
  return new CompiledPolicy(statements.map((one, index) => compileStatement(one, index, version === '2012-10-17')));
}

/** The text of a policy, made ready. Throws a `MalformedPolicy`, whose message is AWS's for MalformedPolicyDocument. */
export function compilePolicyText(text: string, kind: PolicyKind): CompiledPolicy {
  return compilePolicy(requirePolicy(text, kind));
}
