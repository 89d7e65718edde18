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
function ordered(read: (text: string) => number | undefined, comparison: Comparison, wanted: string): ValueTest {
  const bound = read(wanted);
  return (value) => {
    const actual = read(value);
    return actual !== undefined && bound !== undefined && compares(comparison, actual, bound);
  };
}

function plainTest({ family, comparison }: ConditionOperator, wanted: string): ValueTest {
  switch (family) {
    case 'numeric':
      return ordered(numericValue, comparison, wanted);
    case 'date':
      return ordered(dateValue, comparison, wanted);
    case 'ip': {
      const range = parseCidr(wanted);
      return (value) => {
        const address = parseCidr(value);
        return address !== undefined && range !== undefined && withinRange(address, range);
      };
    }
    case 'bool':
    case 'null': {
      const flag = boolValue(wanted);
      return (value) => flag !== undefined && boolValue(value) === flag;
    }
    default:
      return (value) => value === wanted;
  }
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

/** `variables`: whether the document's version has them. */
export function valueMatcher(operator: ConditionOperator, wanted: string, variables: boolean): ValueMatcher {
  const { family, comparison } = operator;
  if (family !== 'string' && family !== 'arn') {
    const test = plainTest(operator, wanted);
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
