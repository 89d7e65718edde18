import { describe, expect, it } from 'vitest';
import { explain } from './explain.js';
import type { PolicyRequest, ResourcePolicy } from './policy-api.js';
import { ACCOUNT, ANN, ask, contextOf, policyOf, TASK } from './policy.fixture.js';

const allow = { Effect: 'Allow', Action: 'ecs:ExecuteCommand', Resource: '*' };
const asked = { principal: ANN, action: 'ecs:ExecuteCommand', resource: TASK };
const told = (statement: unknown, request: Partial<PolicyRequest> = {}): string[] =>
  explain({ ...asked, ...request }, ask(statement, request)).split('\n');
const mustAllow = (Principal: unknown): ResourcePolicy => ({
  ...policyOf({ ...allow, Principal }, 'resource'),
  rule: 'must-allow',
});
const HEAD = `ecs:ExecuteCommand on ${TASK} for ${ANN.arn}`;

describe('an explanation', () => {
  it('names the statement that allows', () => {
    const Condition = { Bool: { 'aws:SecureTransport': 'true' } };
    const context = contextOf({ 'aws:SecureTransport': 'true' });
    expect(told({ ...allow, Sid: 'Mine', Condition }, { context })).toEqual([
      HEAD,
      'allowed by an identity-based policy',
      'by:',
      '  Allow in policy, statement 1 (Mine), line 1',
      "      holds: Bool aws:SecureTransport 'true'; the request has 'true'",
    ]);
  });

  it('names the root user, whom nothing has to allow', () => {
    const principal = { arn: `arn:aws:iam::${ACCOUNT}:root`, accountId: ACCOUNT, isRoot: true };
    expect(told(allow, { principal, identity: [] })).toEqual([
      `ecs:ExecuteCommand on ${TASK} for ${principal.arn}`,
      'allowed: the root user of the account',
    ]);
  });

  it('names the Deny, and what it asks', () => {
    const Condition = { StringEquals: { 'ecs:container-name': ['proxy', 'db'] } };
    const context = contextOf({ 'ecs:container-name': 'db' });
    expect(told([allow, { ...allow, Effect: 'Deny', Condition }], { context })).toEqual([
      HEAD,
      'denied by an explicit Deny in an identity-based policy',
      'by:',
      '  Deny in policy, statement 2, line 1',
      "      holds: StringEquals ecs:container-name 'proxy' or 'db'; the request has 'db'",
      'To allow it, narrow or remove statement 2, line 1 of policy, or make a request that is not so: ' +
        "ecs:container-name is 'proxy' or 'db'. No Allow outweighs a Deny.",
    ]);
    expect(told({ ...allow, Effect: 'Deny' }).at(-1)).toBe(
      'To allow it, narrow or remove statement 1, line 1 of policy. No Allow outweighs a Deny.',
    );
  });

  it('of a request that nothing comes near says what to add, and where', () => {
    expect(told({ ...allow, Action: 'ecs:RunTask' })).toEqual([
      HEAD,
      'denied: no identity-based policy allows ecs:ExecuteCommand',
      `To allow it, add an Allow of ecs:ExecuteCommand on ${TASK} to an identity-based policy.`,
    ]);
    const nothing = policyOf({ ...allow, Action: 'ecs:RunTask' });
    expect(told(allow, { boundary: nothing }).slice(1)).toEqual([
      'denied: no permissions boundary allows ecs:ExecuteCommand',
      `To allow it, add an Allow of ecs:ExecuteCommand on ${TASK} to a permissions boundary.`,
    ]);
    expect(told(allow, { session: [nothing] }).at(-1)).toContain('to a session policy.');
  });

  it('of another Resource names it', () => {
    const text = told({ ...allow, Resource: 'arn:aws:ecs:*:*:cluster/*' });
    expect(text).toContain(`  Allow in policy, statement 1, line 1: its Resource does not match ${TASK}`);
    expect(text.at(-1)).toBe(
      `To allow it, add ${TASK} to the Resource of statement 1, line 1 of policy, ` +
        `or add an Allow of ecs:ExecuteCommand on ${TASK}.`,
    );
  });

  it('of a variable in the Resource says that it has no value', () => {
    const text = told({ ...allow, Resource: `arn:aws:ecs:*:*:task/\${aws:username}/*` });
    expect(text).toContain(
      '  Allow in policy, statement 1, line 1: a policy variable in it has no value in this request',
    );
    expect(text.at(-1)).toContain('give the variables in the Resource of statement 1, line 1 of policy a value');
  });

  it('of another Principal names the caller', () => {
    const text = told(allow, { resourcePolicy: mustAllow({ AWS: `${ANN.arn}x` }) });
    expect(text[1]).toBe('denied: no resource-based policy allows ecs:ExecuteCommand');
    expect(text).toContain(`  Allow in policy, statement 1, line 1: its Principal does not name ${ANN.arn}`);
    expect(text.at(-1)).toBe('To allow it, name the caller in the Principal of statement 1, line 1 of policy.');
  });

  it('shows the nearest five, and how many more there are', () => {
    const text = told(Array.from({ length: 9 }, () => ({ ...allow, Resource: 'arn:aws:ecs:*:*:cluster/*' })));
    expect(text.filter((line) => line.includes('its Resource'))).toHaveLength(5);
    expect(text).toContain('  and 4 more');
  });

  it.each<[object, Record<string, string | string[]>, string]>([
    [{ StringEquals: { 'k:a': '${k:b}' } }, { 'k:a': 'bob', 'k:b': 'ann' }, "k:a is 'ann' (the request has 'bob')"],
    [{ StringEquals: { 'k:a': '${k:b}' } }, { 'k:a': 'bob' }, "k:a is '${k:b}' (the request has 'bob')"],
    [{ StringNotEquals: { 'k:a': ['x', 'y'] } }, { 'k:a': 'x' }, "k:a is not 'x' or 'y' (the request has 'x')"],
    [{ StringLike: { 'k:a': 'x*' } }, {}, "k:a is like 'x*' (the request does not have it)"],
    [
      { StringEqualsIgnoreCase: { 'k:a': 'x' } },
      { 'k:a': 'y' },
      "k:a is, without regard to case, 'x' (the request has 'y')",
    ],
    [
      { StringEqualsIfExists: { 'k:a': 'x' } },
      { 'k:a': 'y' },
      "k:a is 'x', if it is there at all (the request has 'y')",
    ],
    [{ NumericLessThan: { 'k:a': '5' } }, { 'k:a': '7' }, "k:a is less than '5' (the request has '7')"],
    [{ NumericGreaterThanEquals: { 'k:a': '5' } }, { 'k:a': '4' }, "k:a is not less than '5' (the request has '4')"],
    [
      { DateLessThan: { 'k:a': '2026-11-25' } },
      { 'k:a': '2026-11-26' },
      "k:a is before '2026-11-25' (the request has '2026-11-26')",
    ],
    [
      { IpAddress: { 'k:a': '10.0.0.0/8' } },
      { 'k:a': '11.0.0.1' },
      "k:a is in '10.0.0.0/8' (the request has '11.0.0.1')",
    ],
    [{ Null: { 'k:a': 'true' } }, { 'k:a': 'x' }, "k:a is absent (the request has 'x')"],
    [{ Null: { 'k:a': 'false' } }, {}, 'k:a is there (the request does not have it)'],
    [
      { 'ForAllValues:StringEquals': { 'k:a': ['x', 'y'] } },
      { 'k:a': ['x', 'z'] },
      "every value of k:a is 'x' or 'y' (the request has 'x' and 'z')",
    ],
    [{ 'ForAnyValue:StringEquals': { 'k:a': 'x' } }, { 'k:a': [] }, "a value of k:a is 'x' (the request has no value)"],
    [
      { StringEquals: { 'k:a': 'x', 'k:b': 'y' }, Bool: { 'k:c': 'true' } },
      { 'k:a': 'x', 'k:b': 'z' },
      "k:b is 'y' (the request has 'z'), and k:c is 'true' (the request does not have it)",
    ],
  ])('of a condition %j that %j does not meet says what it has to be', (Condition, values, advice) => {
    expect(told({ ...allow, Condition }, { context: contextOf(values) }).at(-1)).toBe(
      `To allow it, make a request of which this is so: ${advice}; ` +
        'or change the Condition of statement 1, line 1 of policy.',
    );
  });

  it('lists the condition keys that the request lacks', () => {
    const Condition = { StringEquals: { 'ecs:ResourceTag/owner': 'ann' } };
    expect(told({ ...allow, Condition })).toContain('condition keys the request does not have: ecs:ResourceTag/owner');
  });
});
