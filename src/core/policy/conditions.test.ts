import { describe, expect, it } from 'vitest';
import { ask, contextOf } from './policy.fixture.js';

const allow = { Effect: 'Allow', Action: 'ecs:ExecuteCommand', Resource: '*' };
const ARN = 'arn:aws:ecs:eu-west-1:123456789012:cluster/blue';

type Row = [operator: string, wanted: unknown, actual: string | string[] | undefined, holds: boolean];

const rows: Row[] = [
  ['StringEquals', 'a', 'a', true],
  ['StringEquals', 'a', 'A', false],
  ['StringEquals', ['b', 'a'], 'a', true],
  ['StringEquals', 'a*', 'ab', false],
  ['StringEquals', 'a', undefined, false],
  ['StringEqualsIfExists', 'a', undefined, true],
  ['StringEqualsIfExists', 'a', 'b', false],
  ['StringEquals', '${k:other}', 'filled', true],
  ['StringEquals', '${k:none}', 'x', false],
  // "Inverted condition operators like StringNotEquals or StringNotLike do match against a null value" (IAM guide).
  ['StringNotEquals', '${k:none}', 'x', true],
  ['StringNotEquals', '${k:none}', undefined, true],
  ['StringNotLike', 'a${k:none}*', 'a', true],
  ['ArnNotLike', 'arn:aws:ecs:*:*:${k:none}', ARN, true],
  ['StringNotEquals', ['${k:none}', 'x'], 'x', false],
  ['StringEqualsIfExists', '${k:none}', undefined, true],
  ['StringEqualsIfExists', '${k:none}', 'x', false],
  ['ForAllValues:StringEquals', '${k:none}', [], true],
  ['ForAllValues:StringEquals', '${k:none}', ['x'], false],
  ['ForAnyValue:StringNotEquals', '${k:none}', ['x'], true],
  ['StringEquals', ['${k:none}', 'x'], 'x', true],
  ['StringEquals', "${k:none, 'x'}", 'x', true],
  ['StringEquals', 'a${*}${?}${$}', 'a*?$', true],
  ['StringEqualsIgnoreCase', 'a${*}', 'A*', true],
  ['StringEquals', true, 'true', true],
  ['StringEquals', 1, '1', true],
  ['StringNotEquals', 'a', 'b', true],
  ['StringNotEquals', ['a', 'b'], 'b', false],
  ['StringNotEquals', 'a', undefined, true],
  ['StringNotEquals', 'a', ['b', 'a'], false],
  ['StringEqualsIgnoreCase', 'a', 'A', true],
  ['StringNotEqualsIgnoreCase', 'a', 'A', false],
  ['StringLike', 'a*c', 'abbc', true],
  ['StringLike', 'a?c', 'abbc', false],
  ['StringLike', 'a${*}c', 'abc', false],
  ['StringLike', '${k:other}*', 'filledx', true],
  ['StringNotLike', 'a*', 'abc', false],
  ['StringNotLike', 'a*', undefined, true],
  ['NumericEquals', '10', '10.0', true],
  ['NumericEquals', 10, '11', false],
  ['NumericNotEquals', '10', '11', true],
  ['NumericNotEquals', '10', undefined, true],
  ['NumericLessThan', '10', '9.5', true],
  ['NumericLessThan', '10', '10', false],
  ['NumericLessThanEquals', '10', '10', true],
  ['NumericGreaterThan', '10', '9', false],
  ['NumericGreaterThanEquals', '10', '10', true],
  ['NumericLessThan', '10', 'few', false],
  ['DateLessThan', '2026-11-25T00:00:00Z', '2026-11-24T23:59:59Z', true],
  ['DateGreaterThan', '2026-11-25T00:00:00Z', '2026-11-24T23:59:59Z', false],
  ['DateEquals', '2026-11-25T01:00:00+01:00', '2026-11-25T00:00:00Z', true],
  ['DateEquals', '1764028800', '2025-11-25T00:00:00Z', true],
  ['DateNotEquals', '2026-11-25', '2026-11-25T00:00:00Z', false],
  ['DateLessThanEquals', '2026-11-25', '2026-11-25', true],
  ['DateGreaterThanEquals', '2026-11-25', undefined, false],
  ['Bool', 'true', 'true', true],
  ['Bool', true, 'TRUE', true],
  ['Bool', 'false', 'true', false],
  ['Bool', 'false', undefined, false],
  ['BoolIfExists', 'true', undefined, true],
  ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ5', true],
  ['BinaryEquals', 'QmluYXJ5', 'QmluYXI=', false],
  ['IpAddress', '203.0.113.0/24', '203.0.113.77', true],
  ['IpAddress', '203.0.113.0/25', '203.0.113.200', false],
  ['IpAddress', '203.0.113.7', '203.0.113.7', true],
  ['IpAddress', '203.0.113.0/24', '::ffff:203.0.113.9', true],
  ['IpAddress', '2001:db8::/33', '2001:db8:7fff::1', true],
  ['IpAddress', '2001:db8::/33', '2001:db8:8000::1', false],
  ['IpAddress', '0.0.0.0/0', '2001:db8::1', false],
  ['IpAddress', '0.0.0.0/0', '203.0.113.7', true],
  ['IpAddress', '128.0.0.0/1', '203.0.113.7', true],
  ['IpAddress', '203.0.113.7', '203.0.113.007', false],
  ['IpAddress', '203.0.113.7', '203.0.113.7.', false],
  ['IpAddress', '203.0.113.7', '203.0.113', false],
  ['IpAddress', '203.0.113.7', '203.0.113.263', false],
  ['IpAddress', '2001:db8::1', '2001:DB8:0::1', true],
  ['NotIpAddress', '203.0.113.7', '2001:db8::1', true],
  ['NotIpAddress', '203.0.113.0/24', '198.51.100.1', true],
  ['NotIpAddress', '203.0.113.0/24', undefined, true],
  ['ArnEquals', ARN, ARN, true],
  ['ArnEquals', 'arn:aws:ecs:*:*:cluster/*', ARN, true],
  ['ArnLike', 'arn:aws:*:cluster/blue', ARN, false],
  ['ArnLike', 'arn:aws:ecs:*:123456789012:cluster/b?ue', ARN, true],
  ['ArnLike', 'arn:aws:ecs:*', ARN, true],
  ['ArnLike', '*', ARN, true],
  ['ArnNotLike', 'arn:aws:ecs:*:*:cluster/*', ARN, false],
  ['ArnNotEquals', 'arn:aws:ecs:*:*:task/*', ARN, true],
  ['ArnNotLike', ARN, undefined, true],
  ['ArnLikeIfExists', ARN, undefined, true],
  ['Null', 'true', undefined, true],
  ['Null', 'true', 'x', false],
  ['Null', false, 'x', true],
  ['Null', 'false', undefined, false],
  ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b'], true],
  ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], false],
  ['ForAllValues:StringEquals', 'a', undefined, true],
  ['ForAllValues:StringEquals', 'a', [], true],
  ['ForAllValues:StringNotEquals', 'a', ['b', 'c'], true],
  ['ForAnyValue:StringEquals', ['a', 'b'], ['c', 'b'], true],
  ['ForAnyValue:StringEquals', 'a', ['c', 'b'], false],
  ['ForAnyValue:StringEquals', 'a', undefined, false],
  ['ForAnyValue:StringEquals', 'a', [], false],
  ['ForAnyValue:StringNotEquals', 'a', ['a', 'b'], true],
  ['ForAnyValue:StringNotEquals', 'a', undefined, false],
  ['ForAnyValue:StringLikeIfExists', 'a', undefined, true],
];

describe('a condition', () => {
  it.each(rows)('%s %j of %j: %s', (operator, wanted, actual, holds) => {
    const context = contextOf({ 'k:other': 'filled', ...(actual !== undefined && { 'k:key': actual }) });
    const decision = ask({ ...allow, Condition: { [operator]: { 'K:Key': wanted } } }, { context });
    expect(decision.decision).toBe(holds ? 'allowed' : 'implicitDeny');
  });

  it('needs every operator and every key', () => {
    const Condition = { StringEquals: { 'k:a': '1', 'k:b': '2' }, Bool: { 'k:c': 'true' } };
    const all = { 'k:a': '1', 'k:b': '2', 'k:c': 'true' };
    expect(ask({ ...allow, Condition }, { context: contextOf(all) }).decision).toBe('allowed');
    for (const key of Object.keys(all)) {
      expect(ask({ ...allow, Condition }, { context: contextOf({ ...all, [key]: 'no' }) }).decision).toBe(
        'implicitDeny',
      );
    }
  });
});
