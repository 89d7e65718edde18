import { type ConditionOperator, conditionOperator } from './condition-operator.js';
import type { ConditionOutcome, ContextValues } from './policy-api.js';
import type { ConditionElement } from './policy-document.js';
import { anyTest, readyTest, type ValueMatcher, type ValueTest, valueMatcher } from './value-matcher.js';

/** One key of one operator, made ready. */
export interface ConditionMatcher {
  readonly operator: string;
  /** As written. */
  readonly key: string;
  /** In lower case, as the request's are. */
  readonly lookup: string;
  readonly parsed: ConditionOperator;
  readonly values: readonly ValueMatcher[];
  /** Of all values at once, when none of them has a variable. */
  readonly ready: ValueTest | undefined;
  /** The values as a person reads them, when none of them has a variable. */
  readonly wanted: readonly string[] | undefined;
}

/** `variable`: fails, and a variable in it that has no value had a part in that. */
export type ConditionResult = 'holds' | 'fails' | 'variable';

export function compileCondition({ operator, key, values }: ConditionElement, variables: boolean): ConditionMatcher {
  const parsed = conditionOperator(operator);
  // Never "no match": inside a Deny that would allow.
  if (parsed === undefined) throw new Error(`unknown condition operator ${operator}`);
  const matchers = values.map((value) => valueMatcher(parsed, value, variables));
  const ready = readyTest(parsed, values, matchers);
  const wanted = ready && matchers.map(({ text }) => text(NOTHING));
  return { operator, key, lookup: key.toLowerCase(), parsed, values: matchers, ready, wanted };
}

const NOTHING: ContextValues = new Map();

/** Whether the operator holds for a key that the request does not have. */
function holdsAbsent({ ifExists, set, negated }: ConditionOperator): boolean {
  if (ifExists || set === 'all') return true;
  return set === 'any' ? false : negated;
}

/** `actual`: what the context has for the condition's key. */
export function testCondition(
  { parsed, values, ready }: ConditionMatcher,
  actual: readonly string[] | undefined,
  context: ContextValues,
): ConditionResult {
  if (ready !== undefined) return holdsFor(parsed, ready, actual) ? 'holds' : 'fails';
  const tests: ValueTest[] = [];
  let open = false;
  for (const { test } of values) {
    const filled = test(context);
    if (filled === undefined) open = true;
    else tests.push(filled);
  }
  // Nothing is equal to, or like, a value whose variable has none (IAM guide, "Policy variables with no value"): it is
  // one fewer to be equal to, and everything is unequal to it.
  if (holdsFor(parsed, anyTest(tests), actual)) return 'holds';
  return open && !parsed.negated ? 'variable' : 'fails';
}

function holdsFor(operator: ConditionOperator, test: ValueTest, actual: readonly string[] | undefined): boolean {
  const { family, set, negated } = operator;
  if (family === 'null') return test(actual === undefined ? 'true' : 'false');
  if (actual === undefined) return holdsAbsent(operator);
  // Of a key with several values, a negated operator without a prefix wants none of them.
  const every = set === 'all' || (set === 'none' && negated);
  for (const value of actual) {
    const holds = test(value) !== negated;
    if (holds !== every) return holds;
  }
  return every;
}

/** For the reason of a decision. `holds`: when it is known. */
export function conditionOutcome(matcher: ConditionMatcher, context: ContextValues, holds?: boolean): ConditionOutcome {
  const { operator, key, lookup, values } = matcher;
  const actual = context.get(lookup);
  return {
    operator,
    key,
    wanted: matcher.wanted ?? values.map(({ text }) => text(context)),
    actual,
    holds: holds ?? testCondition(matcher, actual, context) === 'holds',
  };
}
