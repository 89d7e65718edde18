import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { patternTokens } from './pattern-token.js';
import { ask, contextOf, policyOf } from './policy.fixture.js';
import { Wildcard } from './wildcard.js';

const wildcard = (pattern: string): Wildcard =>
  new Wildcard(patternTokens(pattern, { wildcards: true, variables: false }));

/** The plainest matcher there is. */
function naive(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern[0] === '*') return naive(pattern.slice(1), text) || (text !== '' && naive(pattern, text.slice(1)));
  return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && naive(pattern.slice(1), text.slice(1));
}

const statement = fc.record({
  Effect: fc.constantFrom('Allow', 'Deny'),
  Action: fc.constantFrom('*', 'ecs:*', 'ecs:ExecuteCommand', 'ecs:RunTask', 's3:Get*'),
  Resource: fc.constantFrom('*', 'arn:aws:ecs:*:*:task/blue/*', 'arn:aws:ecs:*:*:cluster/*'),
  Condition: fc.constantFrom(
    {},
    { StringEquals: { 'k:a': '1' } },
    { StringNotLike: { 'k:a': '1' } },
    { Null: { 'k:b': true } },
  ),
});
const statements = fc.array(statement, { minLength: 1, maxLength: 6 });
const context = fc.constantFrom({}, { 'k:a': '1' }, { 'k:a': '2', 'k:b': 'x' }).map(contextOf);
const matching = { Effect: 'Deny', Action: 'ecs:Execute*', Resource: '*' };

describe('whatever the policies', () => {
  it('a Deny always wins', () => {
    fc.assert(
      fc.property(statements, context, fc.nat(6), (list, values, at) => {
        const with1 = [...list.slice(0, at), matching, ...list.slice(at)];
        expect(ask(with1, { context: values }).decision).toBe('explicitDeny');
      }),
    );
  });

  it('adding a Deny never allows more', () => {
    fc.assert(
      fc.property(statements, statement, context, (list, more, values) => {
        const before = ask(list, { context: values }).decision;
        const after = ask([...list, { ...more, Effect: 'Deny' }], { context: values }).decision;
        if (before !== 'allowed') expect(after).not.toBe('allowed');
      }),
    );
  });

  it('widening an Allow never allows less', () => {
    fc.assert(
      fc.property(
        statements,
        fc.nat(5),
        context,
        fc.constantFrom({ Action: '*' }, { Resource: '*' }, { Condition: {} }),
        (list, at, values, wider) => {
          const before = ask(list, { context: values }).decision;
          const widened = list.map((one, index) =>
            index === at && one.Effect === 'Allow' ? { ...one, ...wider } : one,
          );
          if (before === 'allowed') expect(ask(widened, { context: values }).decision).toBe('allowed');
        },
      ),
    );
  });

  it('the order of keys, statements and policies never matters', () => {
    fc.assert(
      fc.property(statements, context, (list, values) => {
        const turned = list.map((one) => Object.fromEntries(Object.entries(one).reverse())).reverse();
        const apart = list.map((one) => policyOf(one));
        const decision = ask(list, { context: values }).decision;
        expect(ask(turned, { context: values }).decision).toBe(decision);
        expect(ask(matching, { context: values, identity: apart }).decision).toBe(decision);
      }),
    );
  });
});

describe('a pattern', () => {
  it('matches what the plainest matcher matches', () => {
    const letters = (unit: string): fc.Arbitrary<string> =>
      fc.string({ unit: fc.constantFrom(...unit.split(/(?:)/)), maxLength: 9 });
    fc.assert(
      fc.property(letters('ab*?'), letters('ab'), (pattern, text) => {
        expect(wildcard(pattern).matches(text)).toBe(naive(pattern, text));
      }),
      { numRuns: 5000 },
    );
  });

  // Trying every way takes more than 10^50 steps for the least of these, so that no clock is needed: it ends, or never.
  it.each([
    ['stars before what is there', `${'*a'.repeat(90)}*b`],
    ['and single characters', `${'*a?'.repeat(60)}*b`],
    ['and what is nearly there', `${'*aa*a'.repeat(40)}*b*`],
    ['only single characters', `${'*?'.repeat(90)}b`],
  ])('of hostile stars ends: %s', (_, pattern) => {
    const text = 'a'.repeat(200);
    expect(wildcard(pattern).matches(text)).toBe(false);
    expect(wildcard(pattern).matches(`${text}b`)).toBe(true);
  });

  it('of single characters between stars looks at each place of the text at most once for each of its own', () => {
    // Places that are looked at: a run that is not there fails at its last character.
    const reads = { count: 0 };
    const counted = { length: 2000, charCodeAt: () => ((reads.count += 1), 0x61), startsWith: () => true };
    const pattern = `*${'?'.repeat(200)}b*`;
    expect(wildcard(pattern).matches(counted as unknown as string)).toBe(false);
    expect(reads.count).toBeGreaterThan(2000);
    expect(reads.count).toBeLessThanOrEqual(counted.length * pattern.length);
  });
});
