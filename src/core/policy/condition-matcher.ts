import { type ConditionOperator, conditionOperator } from './condition-operator.js';
import type { ConditionOutcome, ContextValues } from './policy-api.js';
import type { ConditionElement } from './policy-document.js';
import { type ValueMatcher, type ValueTest, valueMatcher } from './value-matcher.js';

/** One key of one operator, made ready. */
export interface ConditionMatcher {
  readonly operator: string;
  /** As written. */
  readonly key: string;
  /** In lower case, as the request's are. */
  readonly lookup: string;
  readonly parsed: ConditionOperator;
  readonly values: readonly ValueMatcher[];
  /** Of all values, when none of them has a variable. */
  readonly tests: readonly ValueTest[] | undefined;
}

/** `variable`: a variable in it has no value, so that the statement does not apply, whatever its effect. */
export type ConditionResult = 'holds' | 'fails' | 'variable';

export function compileCondition({ operator, key, values }: ConditionElement, variables: boolean): ConditionMatcher {
  const parsed = conditionOperator(operator);
  // Never "no match": inside a Deny that would allow.
  if (parsed === undefined) throw new Error(`unknown condition operator ${operator}`);
  const matchers = values.map((value) => valueMatcher(parsed, value, variables));
  const ready = matchers.map(({ ready }) => ready).filter((test) => test !== undefined);
  const tests = ready.length === matchers.length ? ready : undefined;
  return { operator, key, lookup: key.toLowerCase(), parsed, values: matchers, tests };
}

/** Whether the operator holds for a key that the request does not have. */
function holdsAbsent({ ifExists, set, negated }: ConditionOperator): boolean {
  if (ifExists || set === 'all') return true;
  return set === 'any' ? false : negated;
}

export function testCondition(
  { lookup, parsed, values, tests: ready }: ConditionMatcher,
  context: ContextValues,
): ConditionResult {
  const actual = context.get(lookup);
  if (parsed.family === 'null') {
    const absent = actual === undefined ? 'true' : 'false';
    return values.some(({ test }) => test(context)?.(absent)) ? 'holds' : 'fails';
  }
  if (ready !== undefined) {
    const holds = actual === undefined ? holdsAbsent(parsed) : holdsFor(parsed, ready, actual);
    return holds ? 'holds' : 'fails';
  }
  const tests: ValueTest[] = [];
  let open = false;
  for (const { test } of values) {
    const filled = test(context);
    if (filled === undefined) open = true;
    else tests.push(filled);
  }
  // One of several values without its variable is one fewer to be equal to; not to be unequal to.
  if (open && (parsed.negated || tests.length === 0)) return 'variable';
  const holds = actual === undefined ? holdsAbsent(parsed) : holdsFor(parsed, tests, actual);
  return holds ? 'holds' : open ? 'variable' : 'fails';
}

function holdsFor(
  { set, negated }: ConditionOperator,
  tests: readonly ValueTest[],
  actual: readonly string[],
): boolean {
  const one = (value: string): boolean => {
    for (const test of tests) if (test(value)) return !negated;
    return negated;
  };
  // Of a key with several values, a negated operator without a prefix wants none of them.
  if (set === 'all' || (set === 'none' && negated)) return actual.every(one);
  return actual.some(one);
}

/** For the reason of a decision. */
export function conditionOutcome(matcher: ConditionMatcher, context: ContextValues): ConditionOutcome {
  return {
    operator: matcher.operator,
    key: matcher.key,
    wanted: matcher.values.map(({ text }) => text(context)),
    actual: context.get(matcher.lookup),
    holds: testCondition(matcher, context) === 'holds',
  };
}
