import { compilePolicyText } from './compile-policy.js';
import { decide } from './decide.js';
import type { Decision, NamedPolicy, PolicyRequest } from './policy-api.js';
import type { PolicyKind } from './policy-document.js';

export const ACCOUNT = '123456789012';
export const ANN = { arn: `arn:aws:iam::${ACCOUNT}:user/ann`, accountId: ACCOUNT };
export const SESSION = {
  arn: `arn:aws:sts::${ACCOUNT}:assumed-role/ops/ann`,
  roleArn: `arn:aws:iam::${ACCOUNT}:role/ops`,
  accountId: ACCOUNT,
};
export const TASK = `arn:aws:ecs:eu-west-1:${ACCOUNT}:task/blue/0123456789abcdef0123456789abcdef`;

/** Of one statement, or several. */
export function policyOf(statement: unknown, kind: PolicyKind = 'identity', version = '2012-10-17'): NamedPolicy {
  const text = JSON.stringify({ Version: version, Statement: statement });
  return { name: 'policy', policy: compilePolicyText(text, kind) };
}

export function contextOf(values: Readonly<Record<string, string | readonly string[]>>): PolicyRequest['context'] {
  return new Map(
    Object.entries(values).map(([key, value]) => [key.toLowerCase(), typeof value === 'string' ? [value] : value]),
  );
}

/** Asks for ecs:ExecuteCommand on a task, as a user, with one identity policy. */
export function ask(statement: unknown, request: Partial<PolicyRequest> = {}): Decision {
  return decide({
    principal: ANN,
    action: 'ecs:ExecuteCommand',
    resource: TASK,
    context: new Map(),
    identity: [policyOf(statement)],
    ...request,
  });
}
