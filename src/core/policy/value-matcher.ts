import { ArnPattern } from './arn-pattern.js';
import type { Comparison, ConditionOperator } from './condition-operator.js';
import { boolValue, dateValue, numericValue } from './condition-values.js';
import { fillVariables, hasVariables, variableValue } from './fill-variables.js';
import { parseCidr, withinRange } from './ip-range.js';
import { type PatternToken, patternTokens, tokenText } from './pattern-token.js';
import type { ContextValues } from './policy-api.js';
import { Wildcard } from './wildcard.js';

/** Whether one value of a request is what one value of a policy asks for; negation is not its affair. */
export type ValueTest = (value: string) => boolean;

/** One value of a condition. */
export interface ValueMatcher {
  /** As a person reads it, variables filled in as far as they have values. */
  readonly text: (context: ContextValues) => string;
  /** Of a value without variables. */
  readonly ready?: ValueTest;
  /** Undefined when a variable in it has no value. */
  readonly test: (context: ContextValues) => ValueTest | undefined;
}

function compares(comparison: Comparison, actual: number, wanted: number): boolean {
  switch (comparison) {
    case 'less':
      return actual < wanted;
    case 'less-or-equal':
      return actual <= wanted;
    case 'greater':
      return actual > wanted;
    case 'greater-or-equal':
      return actual >= wanted;
    default:
      return actual === wanted;
  }
}

/** A value of the request that cannot be read is not equal to anything. */
function ordered(
  read: (text: string) => number | undefined,
  comparison: Comparison,
  wanted: readonly string[],
): ValueTest {
  const bounds = wanted.map(read).filter((bound) => bound !== undefined);
  return (value) => {
    const actual = read(value);
    if (actual === undefined) return false;
    for (const bound of bounds) if (compares(comparison, actual, bound)) return true;
    return false;
  };
}

function withinAny(wanted: readonly string[]): ValueTest {
  const ranges = wanted.map(parseCidr).filter((range) => range !== undefined);
  return (value) => {
    const address = parseCidr(value);
    if (address === undefined) return false;
    for (const range of ranges) if (withinRange(address, range)) return true;
    return false;
  };
}

/** Of values that have neither wildcards nor variables. The request's value is read once for all of them. */
function plainTest({ family, comparison }: ConditionOperator, wanted: readonly string[]): ValueTest {
  switch (family) {
    case 'numeric':
      return ordered(numericValue, comparison, wanted);
    case 'date':
      return ordered(dateValue, comparison, wanted);
    case 'ip':
      return withinAny(wanted);
    case 'bool':
    case 'null': {
      const flags = wanted.map(boolValue).filter((flag) => flag !== undefined);
      return (value) => {
        const flag = boolValue(value);
        return flag !== undefined && flags.includes(flag);
      };
    }
    default:
      return equalsAny(wanted);
  }
}

function equalsAny(wanted: readonly string[]): ValueTest {
  const [only] = wanted;
  if (wanted.length === 1) return (value) => value === only;
  const set = new Set(wanted);
  return (value) => set.has(value);
}

function patternTest({ family, comparison }: ConditionOperator, tokens: readonly PatternToken[]): ValueTest {
  if (family === 'arn') {
    const pattern = new ArnPattern(tokens);
    return (value) => pattern.matches(value);
  }
  if (comparison === 'like') {
    const pattern = new Wildcard(tokens);
    return (value) => pattern.matches(value);
  }
  const wanted = tokenText(tokens);
  if (comparison !== 'fold') return (value) => value === wanted;
  const folded = wanted.toLowerCase();
  return (value) => value.toLowerCase() === folded;
}

/** Whether a value is what any of several tests asks for. */
export function anyTest(tests: readonly ValueTest[]): ValueTest {
  const [only] = tests;
  if (only !== undefined && tests.length === 1) return only;
  return (value) => {
    for (const test of tests) if (test(value)) return true;
    return false;
  };
}

/** Of all values of a condition, made one; undefined when one of them has a variable. */
export function readyTest(
  operator: ConditionOperator,
  wanted: readonly string[],
  matchers: readonly ValueMatcher[],
): ValueTest | undefined {
  const { family, comparison } = operator;
  if (family !== 'string' && family !== 'arn') return plainTest(operator, wanted);
  const ready = matchers.map(({ ready: test }) => test).filter((test) => test !== undefined);
  if (ready.length !== matchers.length) return undefined;
  // Without variables the text is what is compared with.
  if (family === 'string' && comparison === 'equals') return equalsAny(matchers.map(({ text }) => text(NOTHING)));
  return anyTest(ready);
}

const NOTHING: ContextValues = new Map();

/** `variables`: whether the document's version has them. */
export function valueMatcher(operator: ConditionOperator, wanted: string, variables: boolean): ValueMatcher {
  const { family, comparison } = operator;
  if (family !== 'string' && family !== 'arn') {
    const test = plainTest(operator, [wanted]);
    return { text: () => wanted, ready: test, test: () => test };
  }
  const tokens = patternTokens(wanted, { wildcards: comparison === 'like', variables });
  if (!hasVariables(tokens)) {
    const test = patternTest(operator, tokens);
    const text = comparison === 'like' ? wanted : tokenText(tokens);
    return { text: () => text, ready: test, test: () => test };
  }
  const [only] = tokens;
  // The commonest by far: one tag of the caller's is to be one of the resource's.
  if (comparison === 'equals' && tokens.length === 1 && only?.kind === 'variable') {
    return {
      text: (context) => variableValue(only, context) ?? wanted,
      test: (context) => {
        const text = variableValue(only, context);
        return text === undefined ? undefined : (value) => value === text;
      },
    };
  }
  return {
    text: (context) => tokenText(tokens.map((token) => fillVariables([token], context)?.[0] ?? token)),
    test: (context) => {
      const filled = fillVariables(tokens, context);
      return filled === undefined ? undefined : patternTest(operator, filled);
    },
  };
}
