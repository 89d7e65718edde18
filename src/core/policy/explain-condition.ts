import { type ConditionOperator, conditionOperator } from './condition-operator.js';
import type { ConditionOutcome } from './policy-api.js';

/** `'a', 'b' or 'c'`. */
export function valueList(values: readonly string[], last = 'or'): string {
  const quoted = values.map((value) => `'${value}'`);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} ${last} ${quoted.at(-1) ?? ''}`;
}

function comparisonText({ family, comparison, negated }: ConditionOperator): string {
  const is = negated ? 'is not' : 'is';
  if (family === 'ip') return `${is} in`;
  if (family === 'numeric' || family === 'date') {
    const before = family === 'date' ? 'before' : 'less than';
    const after = family === 'date' ? 'after' : 'greater than';
    if (comparison === 'less') return `is ${before}`;
    if (comparison === 'less-or-equal') return `is not ${after}`;
    if (comparison === 'greater') return `is ${after}`;
    if (comparison === 'greater-or-equal') return `is not ${before}`;
  }
  if (comparison === 'like') return `${is} like`;
  return comparison === 'fold' ? `${is}, without regard to case,` : is;
}

/** What a condition asks of the request, as a clause: `ecs:container-name is 'app' or 'web'`. */
export function demandText({ operator, key, wanted }: ConditionOutcome): string {
  const parsed = conditionOperator(operator);
  if (parsed === undefined) return `${key} meets ${operator} ${valueList(wanted)}`;
  const { family, set, ifExists } = parsed;
  if (family === 'null') {
    // Both values: holds whatever the request has.
    return `${key} ${wanted.some((value) => value.toLowerCase() === 'true') ? 'is absent' : 'is there'}`;
  }
  const subject = set === 'all' ? `every value of ${key}` : set === 'any' ? `a value of ${key}` : key;
  return `${subject} ${comparisonText(parsed)} ${valueList(wanted)}${ifExists ? ', if it is there at all' : ''}`;
}

/** What the request has instead, for who reads {@link demandText} first. */
export function foundText({ actual }: ConditionOutcome): string {
  if (actual === undefined) return 'the request does not have it';
  return `the request has ${actual.length === 0 ? 'no value' : valueList(actual, 'and')}`;
}
