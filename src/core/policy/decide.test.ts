import { describe, expect, it } from 'vitest';
import type { PolicyRequest, ResourcePolicy } from './policy-api.js';
import { ACCOUNT, ANN, ask, contextOf, policyOf, SESSION, TASK } from './policy.fixture.js';

const allow = { Effect: 'Allow', Action: 'ecs:ExecuteCommand', Resource: '*' };
const deny = { ...allow, Effect: 'Deny' };
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const ROOT_USER = { arn: ROOT, accountId: ACCOUNT, isRoot: true };
const grants = (Principal: unknown, more: object = {}): ResourcePolicy => ({
  ...policyOf({ ...allow, Principal, ...more }, 'resource'),
  rule: 'grants',
});
const mustAllow = (Principal: unknown, more: object = {}): ResourcePolicy => ({
  ...grants(Principal, more),
  rule: 'must-allow',
});
const nothing = policyOf({ ...allow, Action: 'sqs:SendMessage' });

describe('a decision', () => {
  it.each<[string, unknown, Partial<PolicyRequest>, string, string]>([
    ['an Allow allows', allow, {}, 'allowed', 'identity'],
    ['a Deny outweighs an Allow', [allow, deny], {}, 'explicitDeny', 'identity'],
    ['the order of statements is nothing', [deny, allow], {}, 'explicitDeny', 'identity'],
    ['nothing allows', { ...allow, Action: 'ecs:RunTask' }, {}, 'implicitDeny', 'identity'],
    [
      'the root user needs no Allow',
      { ...allow, Action: 'ecs:RunTask' },
      { principal: ROOT_USER },
      'allowed',
      'identity',
    ],
    ['a Deny holds for the root user', deny, { principal: ROOT_USER }, 'explicitDeny', 'identity'],
    ['a boundary must allow too', allow, { boundary: nothing }, 'implicitDeny', 'boundary'],
    ['a boundary that allows', allow, { boundary: policyOf(allow) }, 'allowed', 'identity'],
    [
      'a boundary alone allows nothing',
      { ...allow, Action: 'ecs:RunTask' },
      { boundary: policyOf(allow) },
      'implicitDeny',
      'identity',
    ],
    ['a Deny in the boundary', allow, { boundary: policyOf(deny) }, 'explicitDeny', 'boundary'],
    ['a session policy must allow too', allow, { session: [nothing] }, 'implicitDeny', 'session'],
    ['one of two session policies is enough', allow, { session: [nothing, policyOf(allow)] }, 'allowed', 'identity'],
    ['no session policies is not none', allow, { session: [] }, 'implicitDeny', 'session'],
    ['a Deny in a session policy', allow, { session: [policyOf([allow, deny])] }, 'explicitDeny', 'session'],
    ['a bucket may grant', [], { identity: [], resourcePolicy: grants({ AWS: ANN.arn }) }, 'allowed', 'resource'],
    ['a bucket may grant to anyone', [], { identity: [], resourcePolicy: grants('*') }, 'allowed', 'resource'],
    [
      'a bucket that names the account hands on',
      [],
      { identity: [], resourcePolicy: grants({ AWS: ACCOUNT }) },
      'implicitDeny',
      'identity',
    ],
    [
      'a bucket that names another',
      [],
      { identity: [], resourcePolicy: grants({ AWS: `${ANN.arn}x` }) },
      'implicitDeny',
      'identity',
    ],
    [
      'a bucket that is silent leaves it to the identity',
      allow,
      { resourcePolicy: grants({ AWS: `${ANN.arn}x` }) },
      'allowed',
      'identity',
    ],
    ['a Deny of the bucket', allow, { resourcePolicy: grants('*', { Effect: 'Deny' }) }, 'explicitDeny', 'resource'],
    [
      'the exact user is not limited by a boundary',
      [],
      { identity: [], boundary: nothing, resourcePolicy: grants({ AWS: ANN.arn }) },
      'allowed',
      'resource',
    ],
    [
      'anyone is limited by a boundary',
      [],
      { identity: [], boundary: nothing, resourcePolicy: grants('*') },
      'implicitDeny',
      'boundary',
    ],
    [
      'the exact session is not limited by a session policy',
      [],
      { principal: SESSION, identity: [], session: [nothing], resourcePolicy: grants({ AWS: SESSION.arn }) },
      'allowed',
      'resource',
    ],
    [
      'a role is limited by a session policy',
      [],
      { principal: SESSION, identity: [], session: [nothing], resourcePolicy: grants({ AWS: SESSION.roleArn }) },
      'implicitDeny',
      'session',
    ],
    [
      'a role without one is granted',
      [],
      { principal: SESSION, identity: [], resourcePolicy: grants({ AWS: SESSION.roleArn }) },
      'allowed',
      'resource',
    ],
    [
      'a Deny of the boundary holds for the exact user',
      [],
      { identity: [], boundary: policyOf(deny), resourcePolicy: grants({ AWS: ANN.arn }) },
      'explicitDeny',
      'boundary',
    ],
    [
      'a key that names the account leaves it to the identity',
      allow,
      { resourcePolicy: mustAllow({ AWS: ROOT }) },
      'allowed',
      'identity',
    ],
    [
      'and then the identity must allow',
      [],
      { identity: [], resourcePolicy: mustAllow({ AWS: ROOT }) },
      'implicitDeny',
      'identity',
    ],
    [
      'a key that is silent refuses',
      allow,
      { resourcePolicy: mustAllow({ AWS: `${ANN.arn}x` }) },
      'implicitDeny',
      'resource',
    ],
    [
      'a key that names the user suffices',
      [],
      { identity: [], resourcePolicy: mustAllow({ AWS: ANN.arn }) },
      'allowed',
      'resource',
    ],
    [
      'a key that names a role suffices',
      [],
      { principal: SESSION, identity: [], resourcePolicy: mustAllow({ AWS: SESSION.roleArn }) },
      'allowed',
      'resource',
    ],
    [
      'a key that names the account allows the root user',
      [],
      { principal: ROOT_USER, identity: [], resourcePolicy: mustAllow({ AWS: ACCOUNT }) },
      'allowed',
      'resource',
    ],
    [
      'a key that does not refuses the root user',
      allow,
      { principal: ROOT_USER, resourcePolicy: mustAllow({ AWS: ANN.arn }) },
      'implicitDeny',
      'resource',
    ],
    [
      'a key that allows anyone allows the root user',
      [],
      { principal: ROOT_USER, identity: [], resourcePolicy: mustAllow('*') },
      'allowed',
      'identity',
    ],
    [
      'a bucket that does not name the root user does not refuse it',
      [],
      { principal: ROOT_USER, identity: [], resourcePolicy: grants({ AWS: ANN.arn }) },
      'allowed',
      'identity',
    ],
    [
      'a service must be named',
      [],
      {
        principal: { service: 'ecs-tasks.amazonaws.com' },
        identity: [],
        resourcePolicy: mustAllow({ Service: 'ecs-tasks.amazonaws.com' }),
      },
      'allowed',
      'resource',
    ],
    [
      'another service is not',
      [],
      {
        principal: { service: 'ecs.amazonaws.com' },
        identity: [],
        resourcePolicy: mustAllow({ Service: 'ecs-tasks.amazonaws.com' }),
      },
      'implicitDeny',
      'resource',
    ],
    [
      'NotPrincipal excepts from a Deny who is named',
      allow,
      { resourcePolicy: grants(undefined, { Effect: 'Deny', NotPrincipal: { AWS: ANN.arn } }) },
      'allowed',
      'identity',
    ],
    [
      'and nobody who has a boundary, whoever is named',
      allow,
      {
        boundary: policyOf(allow),
        resourcePolicy: grants(undefined, { Effect: 'Deny', NotPrincipal: { AWS: ANN.arn } }),
      },
      'explicitDeny',
      'resource',
    ],
    [
      'and not whose account is named',
      allow,
      { resourcePolicy: grants(undefined, { Effect: 'Deny', NotPrincipal: { AWS: ROOT } }) },
      'explicitDeny',
      'resource',
    ],
  ])('%s', (_, statement, request, decision, policyType) => {
    const identity = Array.isArray(statement) && statement.length === 0 ? [] : [policyOf(statement)];
    expect(ask(allow, { identity, ...request })).toMatchObject({ decision, policyType });
  });

  it('a trust policy hands on to the account, or names', () => {
    const trust = (Principal: unknown): ResourcePolicy => ({
      ...policyOf({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }, 'trust'),
      rule: 'must-allow',
    });
    const asked = { action: 'sts:AssumeRole', resource: SESSION.roleArn };
    const may = { ...allow, Action: 'sts:AssumeRole' };
    expect(ask(may, { ...asked, resourcePolicy: trust({ AWS: ROOT }) }).decision).toBe('allowed');
    expect(ask(allow, { ...asked, resourcePolicy: trust({ AWS: ROOT }) }).policyType).toBe('identity');
    expect(ask(allow, { ...asked, resourcePolicy: trust({ AWS: ANN.arn }) }).decision).toBe('allowed');
    expect(ask(may, { ...asked, resourcePolicy: trust({ Service: 'ec2.amazonaws.com' }) }).policyType).toBe('resource');
  });

  it('says what came near, and which keys were missing', () => {
    const tagged = {
      ...allow,
      Sid: 'Mine',
      Condition: { StringEquals: { 'ecs:ResourceTag/owner': '${aws:username}' } },
    };
    const context = contextOf({ 'aws:username': 'ann', 'ecs:ResourceTag/owner': 'bob' });
    const decision = ask([{ ...allow, Resource: 'arn:aws:ecs:*:*:cluster/*' }, tagged], { context });
    expect(decision.reasons).toMatchObject([
      {
        sid: 'Mine',
        statement: 1,
        outcome: 'condition',
        conditions: [{ key: 'ecs:ResourceTag/owner', wanted: ['ann'], actual: ['bob'], holds: false }],
      },
      { statement: 0, outcome: 'resource' },
    ]);
    expect(decision.missingContextKeys).toEqual([]);
    expect(ask(tagged).missingContextKeys).toEqual(['ecs:ResourceTag/owner']);
    expect(ask(tagged).reasons[0]?.outcome).toBe('variable');
  });
});

describe('a statement matches', () => {
  it.each<[object, Partial<PolicyRequest>, boolean]>([
    [{ Action: '*' }, {}, true],
    [{ Action: 'ecs:*' }, {}, true],
    [{ Action: 'ECS:executecommand' }, {}, true],
    [{ Action: 'ecs:Exec*' }, {}, true],
    [{ Action: 'ecs:ExecuteComman?' }, {}, true],
    [{ Action: 'ecs:ExecuteCommand?' }, {}, false],
    [{ Action: 'e*:ExecuteCommand' }, {}, true],
    [{ Action: 'ecs:Describe*' }, {}, false],
    [{ Action: ['s3:*', 'ecs:E*d'] }, {}, true],
    [{ Action: undefined, NotAction: 'iam:*' }, {}, true],
    [{ Action: undefined, NotAction: ['iam:*', 'ecs:*'] }, {}, false],
    [{ Resource: TASK }, {}, true],
    [{ Resource: TASK.toUpperCase().replace('ARN:AWS', 'arn:aws') }, {}, false],
    [{ Resource: `arn:aws:ecs:*:${ACCOUNT}:task/blue/*` }, {}, true],
    [{ Resource: `arn:aws:ecs:*:${ACCOUNT}:task/green/*` }, {}, false],
    [{ Resource: 'arn:aws:ecs:*blue*' }, {}, true],
    [{ Resource: 'arn:aws:ecs:*:*:*' }, { resource: '*' }, false],
    [{ Resource: '*' }, { resource: '*' }, true],
    [{ Resource: 'arn:aws:s3:::b/demo*' }, { resource: 'arn:aws:s3:::b/demo*' }, true],
    [{ Resource: 'arn:aws:s3:::b/demo' }, { resource: 'arn:aws:s3:::b/demo*' }, false],
    [{ Resource: undefined, NotResource: 'arn:aws:s3:::*' }, {}, true],
    [{ Resource: undefined, NotResource: TASK }, {}, false],
    [{ Resource: 'arn:aws:s3:::b/${aws:username}/*' }, { resource: 'arn:aws:s3:::b/ann/x' }, false],
    [
      { Resource: 'arn:aws:s3:::b/${aws:username}/*' },
      { resource: 'arn:aws:s3:::b/ann/x', context: contextOf({ 'aws:username': 'ann' }) },
      true,
    ],
    [
      { Resource: 'arn:aws:s3:::b/${aws:username}/*' },
      { resource: 'arn:aws:s3:::b/ann/x', context: contextOf({ 'aws:username': '*' }) },
      false,
    ],
    [{ Resource: "arn:aws:s3:::b/${aws:username, 'none'}" }, { resource: 'arn:aws:s3:::b/none' }, true],
    [{ Resource: 'arn:aws:s3:::b/${*}${?}${$}' }, { resource: 'arn:aws:s3:::b/*?$' }, true],
    [{ Resource: 'arn:aws:s3:::b/${*}' }, { resource: 'arn:aws:s3:::b/x' }, false],
  ])('%j, asked with %j: %s', (element, request, matches) => {
    expect(ask({ ...allow, ...element }, request).decision).toBe(matches ? 'allowed' : 'implicitDeny');
  });

  it('a variable without a value is like nothing: what is unequal to it is denied, what is within it is not', () => {
    const Condition = { StringNotEquals: { 'ecs:ResourceTag/team': '${aws:PrincipalTag/team}' } };
    const guarded = [allow, { ...deny, Condition }];
    const tags = { 'ecs:ResourceTag/team': 'blue', 'aws:PrincipalTag/team': 'blue' };
    expect(ask(guarded, { context: contextOf(tags) }).decision).toBe('allowed');
    expect(ask(guarded, { context: contextOf({ 'ecs:ResourceTag/team': 'blue' }) }).decision).toBe('explicitDeny');
    const own = { ...deny, Resource: undefined, NotResource: 'arn:aws:s3:::b/${aws:username}/*' };
    const mine = { resource: 'arn:aws:s3:::b/ann/x' };
    expect(ask([allow, own], { ...mine, context: contextOf({ 'aws:username': 'ann' }) }).decision).toBe('allowed');
    expect(ask([allow, own], mine).decision).toBe('explicitDeny');
  });

  it('a variable is text in documents of 2008, and a Resource with one that has no value matches none', () => {
    const Resource = 'arn:aws:s3:::b/${aws:username}';
    const old = { identity: [policyOf({ ...allow, Resource }, 'identity', '2008-10-17')], resource: Resource };
    expect(ask(allow, old).decision).toBe('allowed');
    expect(ask([allow, { ...deny, Resource }], { resource: 'arn:aws:s3:::b/ann' }).decision).toBe('allowed');
  });
});
