import type { ConditionOutcome, Decision, PolicyRequest, PolicyType, StatementReason } from './policy-api.js';

type Asked = Pick<PolicyRequest, 'principal' | 'action' | 'resource'>;

const KINDS: Readonly<Record<PolicyType, string>> = {
  identity: 'identity-based policy',
  boundary: 'permissions boundary',
  session: 'session policy',
  resource: 'resource-based policy',
};

/** Near misses that are shown; more confuse. */
const SHOWN = 5;

function statementName({ statement, sid, line }: StatementReason): string {
  return `statement ${statement + 1}${sid === undefined || sid === '' ? '' : ` (${sid})`}, line ${line}`;
}

function valueList(values: readonly string[]): string {
  return values.map((value) => `'${value}'`).join(', ');
}

function conditionText({ operator, key, wanted, actual, holds }: ConditionOutcome): string {
  const found =
    actual === undefined ? 'the request does not have it' : `the request has ${valueList(actual) || 'no value'}`;
  return `${holds ? 'holds' : 'fails'}: ${operator} ${key} ${valueList(wanted)}; ${found}`;
}

function reasonLines(reason: StatementReason, { principal, resource }: Asked): string[] {
  const { effect, policy, outcome, conditions } = reason;
  const head = `  ${effect} in ${policy}, ${statementName(reason)}`;
  const shown = conditions.map((condition) => `      ${conditionText(condition)}`);
  switch (outcome) {
    case 'matched':
      return [head, ...shown];
    case 'resource':
      return [`${head}: its Resource does not match ${resource}`];
    case 'principal':
      return [`${head}: its Principal does not name ${principal.arn ?? principal.service ?? 'the caller'}`];
    case 'variable':
      return [`${head}: a policy variable in it has no value in this request`, ...shown];
    case 'condition':
      return [`${head}: its Condition is not met`, ...shown];
  }
}

/** What to change so that the request is allowed; undefined when it is. */
function advice({ decision, policyType, reasons }: Decision, asked: Asked): string | undefined {
  const [first] = reasons;
  if (decision === 'allowed') return undefined;
  if (decision === 'explicitDeny') {
    const where = first === undefined ? 'the Deny' : `${statementName(first)} of ${first.policy}`;
    return `To allow it, narrow or remove ${where}: no Allow outweighs a Deny.`;
  }
  const wanted = `an Allow of ${asked.action} on ${asked.resource}`;
  if (first?.effect !== 'Allow' || first.policyType !== policyType) {
    return `To allow it, add ${wanted} to ${an(KINDS[policyType])}.`;
  }
  const near = `${statementName(first)} of ${first.policy}`;
  switch (first.outcome) {
    case 'condition':
    case 'variable': {
      const failed = first.conditions.filter(({ holds }) => !holds).map(({ key }) => key);
      const keys = failed.length === 0 ? 'what its variables ask for' : [...new Set(failed)].join(', ');
      return `To allow it, let the request meet ${keys} of ${near}, or change that condition.`;
    }
    case 'principal':
      return `To allow it, name the caller in the Principal of ${near}.`;
    default:
      return `To allow it, add ${asked.resource} to the Resource of ${near}, or add ${wanted}.`;
  }
}

function an(words: string): string {
  return /^[aeiou]/.test(words) ? `an ${words}` : `a ${words}`;
}

function verdict({ decision, policyType, reasons }: Decision, { principal, action }: Asked): string {
  switch (decision) {
    case 'allowed':
      if (reasons.length === 0 && principal.isRoot === true) return 'allowed: the root user of the account';
      return `allowed by ${an(KINDS[policyType])}`;
    case 'explicitDeny':
      return `denied by an explicit Deny in ${an(KINDS[policyType])}`;
    case 'implicitDeny':
      return `denied: no ${KINDS[policyType]} allows ${action}`;
  }
}

/** A decision in plain words, of several lines without a final line feed. */
export function explain(asked: Asked, decision: Decision): string {
  const { reasons, missingContextKeys } = decision;
  const who = asked.principal.arn ?? asked.principal.service;
  const lines = [`${asked.action} on ${asked.resource}${who === undefined ? '' : ` for ${who}`}`];
  lines.push(verdict(decision, asked));
  if (reasons.length > 0) lines.push(decision.decision === 'implicitDeny' ? 'nearest statements:' : 'by:');
  for (const reason of reasons.slice(0, SHOWN)) lines.push(...reasonLines(reason, asked));
  if (reasons.length > SHOWN) lines.push(`  and ${reasons.length - SHOWN} more`);
  if (missingContextKeys.length > 0)
    lines.push(`condition keys the request does not have: ${missingContextKeys.join(', ')}`);
  const change = advice(decision, asked);
  if (change !== undefined) lines.push(change);
  return lines.join('\n');
}
