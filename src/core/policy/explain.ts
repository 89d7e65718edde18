import { demandText, foundText, valueList } from './explain-condition.js';
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

function conditionText(condition: ConditionOutcome): string {
  const { operator, key, wanted, holds } = condition;
  return `${holds ? 'holds' : 'fails'}: ${operator} ${key} ${valueList(wanted)}; ${foundText(condition)}`;
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
    const asks = first?.conditions.map(demandText) ?? [];
    const unless = asks.length === 0 ? '' : `, or make a request that is not so: ${asks.join(', and ')}`;
    return `To allow it, narrow or remove ${where}${unless}. No Allow outweighs a Deny.`;
  }
  const wanted = `an Allow of ${asked.action} on ${asked.resource}`;
  if (first?.effect !== 'Allow' || first.policyType !== policyType) {
    return `To allow it, add ${wanted} to ${an(KINDS[policyType])}.`;
  }
  const near = `${statementName(first)} of ${first.policy}`;
  switch (first.outcome) {
    case 'condition':
    case 'variable': {
      const failed = first.conditions.filter(({ holds }) => !holds);
      if (failed.length === 0) {
        return `To allow it, give the variables in the Resource of ${near} a value, or add ${wanted}.`;
      }
      const asks = failed.map((condition) => `${demandText(condition)} (${foundText(condition)})`).join(', and ');
      return `To allow it, make a request of which this is so: ${asks}; or change the Condition of ${near}.`;
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
