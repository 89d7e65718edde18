import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicyText } from './compile-policy.js';
import { contextKeys } from './context-keys.js';
import { parsePolicy, requirePolicy } from './parse-policy.js';
import type { PolicyKind } from './policy-document.js';
import { MalformedPolicy } from './policy-problem.js';

const allow = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
const condition = (Condition: unknown): object => ({ ...allow, Condition });
const trust = { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' };

describe('a policy is refused', () => {
  it.each<[unknown, PolicyKind, string, string]>([
    [{ ...allow, Effect: 'allow' }, 'identity', 'Statement.Effect', 'Syntax errors in policy.'],
    [{ ...allow, Effect: undefined }, 'identity', 'Statement', 'Syntax errors in policy.'],
    [{ ...allow, Resources: '*' }, 'identity', 'Statement.Resources', 'Syntax errors in policy.'],
    [{ ...allow, NotAction: 'a:b' }, 'identity', 'Statement.NotAction', 'Syntax errors in policy.'],
    [{ ...allow, Resource: undefined }, 'identity', 'Statement', 'Policy statement must contain resources.'],
    [{ ...allow, Resource: [] }, 'identity', 'Statement.Resource', 'Policy statement must contain resources.'],
    [{ ...allow, Action: [] }, 'identity', 'Statement.Action', 'Policy statement must contain actions.'],
    [{ ...allow, Principal: '*' }, 'identity', 'Statement.Principal', 'Has prohibited field Principal'],
    [{ ...trust, Resource: '*' }, 'trust', 'Statement.Resource', 'Has prohibited field Resource'],
    [
      { ...trust, Action: 's3:GetObject' },
      'trust',
      'Statement.Action',
      'AssumeRole policy may only specify STS AssumeRole actions.',
    ],
    [
      { ...trust, Principal: { AWS: 'arn:aws:iam::1:user/*' } },
      'trust',
      'Statement.Principal.AWS',
      'Invalid principal in policy: "AWS":"arn:aws:iam::1:user/*"',
    ],
    [allow, 'resource', 'Statement', 'Missing required field Principal'],
    [
      { ...allow, Action: 'GetObject' },
      'identity',
      'Statement.Action',
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
    ],
    [{ ...allow, Action: 'a:b:c' }, 'identity', 'Statement.Action', 'Actions/Condition can contain only one colon.'],
    [
      { ...allow, Resource: 'bucket' },
      'identity',
      'Statement.Resource',
      'Resource bucket must be in ARN format or "*".',
    ],
    [
      { ...allow, Resource: 'arn:nope:s3:::b' },
      'identity',
      'Statement.Resource',
      'Partition "nope" is not valid for resource "arn:nope:s3:::b".',
    ],
    [
      { ...allow, Resource: 'arn:aws:s3:::${aws:username' },
      'identity',
      'Statement.Resource',
      'Syntax errors in policy.',
    ],
    [
      [
        { ...allow, Sid: 'A' },
        { ...allow, Sid: 'A' },
      ],
      'identity',
      'Statement[1].Sid',
      'Statement IDs (SID) in a single policy must be unique.',
    ],
    [[], 'identity', 'Statement', 'Syntax errors in policy.'],
    [condition({ StringEqual: {} }), 'identity', 'Statement.Condition.StringEqual', 'Syntax errors in policy.'],
    [
      condition({ NullIfExists: { 'a:b': 'true' } }),
      'identity',
      'Statement.Condition.NullIfExists',
      'Syntax errors in policy.',
    ],
    [
      condition({ StringEquals: { 'a:b': [] } }),
      'identity',
      'Statement.Condition.StringEquals.a:b',
      'Syntax errors in policy.',
    ],
    [
      condition({ StringEquals: { 'a:b': [null] } }),
      'identity',
      'Statement.Condition.StringEquals.a:b[0]',
      'Syntax errors in policy.',
    ],
    [
      condition({ NumericEquals: { 'a:b': 'x' } }),
      'identity',
      'Statement.Condition.NumericEquals.a:b',
      'Syntax errors in policy.',
    ],
    [
      condition({ DateEquals: { 'a:b': '2026-02-30' } }),
      'identity',
      'Statement.Condition.DateEquals.a:b',
      'Syntax errors in policy.',
    ],
    [
      condition({ IpAddress: { 'a:b': '203.0.113.0/33' } }),
      'identity',
      'Statement.Condition.IpAddress.a:b',
      'Syntax errors in policy.',
    ],
    [condition({ Bool: { 'a:b': 'yes' } }), 'identity', 'Statement.Condition.Bool.a:b', 'Syntax errors in policy.'],
    [
      condition({ BinaryEquals: { 'a:b': '?' } }),
      'identity',
      'Statement.Condition.BinaryEquals.a:b',
      'Syntax errors in policy.',
    ],
  ])('%j (%s) at %s', (Statement, kind, path, aws) => {
    const { problems } = parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement }), kind);
    expect(problems).toMatchObject([{ path, aws }]);
  });

  it.each([
    ['{"Version": "2012-10-17", "Statement": [],}', 1, 43],
    ['{\n  // why\n}', 2, 3],
    ['{"a": 01}', 1, 8],
    ['', 1, 1],
    ['{} {}', 1, 4],
    ['{"a": "\n"}', 1, 8],
  ])('%j, at line %d, column %d', (text, line, column) => {
    expect(parsePolicy(text, 'identity').problems).toMatchObject([{ line, column, aws: 'Syntax errors in policy.' }]);
  });

  it('with every problem told, and the first as AWS words it', () => {
    const text = '{"Version": "2013", "Statement": [\n{"Effect": "Allow", "Effect": "Deny", "Action": 1},\n 7]}';
    const { problems } = parsePolicy(text, 'identity');
    expect(problems?.map(({ path, line }) => [path, line])).toEqual([
      ['Version', 1],
      ['Statement[0].Effect', 2],
      ['Statement[0].Action', 2],
      ['Statement[0]', 2],
      ['Statement[1]', 3],
    ]);
    expect(() => requirePolicy(text, 'identity')).toThrow(MalformedPolicy);
    expect(() => requirePolicy(text, 'identity')).toThrow('Policy document must be version 2012-10-17 or greater.');
  });
});

describe('the parser', () => {
  it('never throws, whatever the text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parsePolicy(text, 'identity')));
    fc.assert(fc.property(fc.json(), (text) => void parsePolicy(text, 'resource')));
  });

  it('reads what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (Id, sid) => {
        const statement = { ...allow, Sid: sid, Principal: '*' };
        const { document } = parsePolicy(JSON.stringify({ Id, Statement: statement }, undefined, 1), 'resource');
        expect(document).toMatchObject({ id: Id, statements: [{ sid }] });
      }),
    );
  });

  it('survives bombs', () => {
    expect(parsePolicy('['.repeat(100_000), 'identity').problems).toHaveLength(1);
    expect(parsePolicy(`{"Statement": ${'{"a":'.repeat(100_000)}`, 'identity').problems).toHaveLength(1);
    const many = JSON.stringify({ Statement: Array(20_000).fill(allow) });
    expect(compilePolicyText(many, 'identity').statements).toHaveLength(20_000);
    const wrong = JSON.stringify({ Statement: Array(20_000).fill({}) });
    expect(parsePolicy(wrong, 'identity').problems).toHaveLength(100);
  });

  it('tells the context keys, those of variables too', () => {
    const text = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        ...allow,
        Resource: 'arn:aws:s3:::${aws:username}',
        ...{ Condition: { Bool: { 'aws:SecureTransport': true } } },
      },
    });
    expect(contextKeys(requirePolicy(text, 'identity'))).toEqual(['aws:username', 'aws:SecureTransport']);
  });
});
