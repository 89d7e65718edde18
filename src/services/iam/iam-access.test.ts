import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  CreateUserCommand,
  GetAccessKeyLastUsedCommand,
  GetUserCommand,
  ListPoliciesCommand,
  ListRolesCommand,
  ListUsersCommand,
  PutRolePermissionsBoundaryCommand,
  TagUserCommand,
  UntagUserCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { AccessDenied, type AccessQuestion } from '../../platform/aws/access.js';
import { ACCOUNT, failure, openIam, TRUST } from './iam.fixture.js';

const iam = (resource: string): string => `arn:aws:iam::${ACCOUNT}:${resource}`;
const POWER = 'arn:aws:iam::aws:policy/PowerUserAccess';

/** An endpoint that writes down what is asked, and refuses it when told to. */
async function openAsking() {
  const asked: AccessQuestion[] = [];
  const answer = { allow: true };
  const it = await openIam(undefined, {
    authorization: {
      require: (question) => {
        asked.push(question);
        if (answer.allow) return Promise.resolve();
        const decision = {
          decision: 'implicitDeny',
          policyType: 'identity',
          reasons: [],
          missingContextKeys: [],
        } as const;
        const access = { action: question.action, resource: question.resources[0]!.arn, decision };
        return Promise.reject(new AccessDenied('no', access, ''));
      },
    },
  });
  const ask = async (command: unknown): Promise<AccessQuestion[]> => {
    asked.length = 0;
    await it.client.send(command as GetUserCommand).catch(() => undefined);
    return [...asked];
  };
  return { ...it, ask, answer };
}

test('every operation says what it needs', async () => {
  const it = await openIam();
  const { operations } = it.iam.service;
  expect(operations.length).toBeGreaterThanOrEqual(80);
  expect(new Set(operations.map(({ name }) => name)).size).toBe(operations.length);
  for (const { name, access, input } of operations) {
    if (name !== 'GetAccountSummary') expect(input, name).toBeDefined();
    const caller = { accountId: ACCOUNT, arn: it.user.arn, userId: 'AIDA', accessKeyId: 'AKIA', type: 'user' };
    const given = {
      ...{ UserName: 'u', RoleName: 'r', GroupName: 'g', InstanceProfileName: 'i', PolicyName: 'p', Path: '/' },
      ...{ PolicyArn: POWER, AccessKeyId: 'AKIA000000000000', AWSServiceName: 'ecs.amazonaws.com', VersionId: 'v1' },
      ...{ Tags: [], TagKeys: [], DeletionTaskId: 'task/x/y/z/1', PermissionsBoundary: POWER },
    };
    const [question] = await access!(given as never, { caller } as never);
    expect(question!.action).toBe(`iam:${name}`);
    expect(question!.resources, name).toHaveLength(1);
  }
});

describe('the question', () => {
  test('names the whole ARN, the tags, and the boundary that is there', async () => {
    const { client, ask } = await openAsking();
    const create = new CreateUserCommand({
      UserName: 'ann',
      Path: '/dev/',
      PermissionsBoundary: POWER,
      Tags: [{ Key: 'team', Value: 'red' }],
    });
    const conditions = {
      'iam:PermissionsBoundary': POWER,
      'aws:RequestTag/team': 'red',
      'aws:TagKeys': ['team'],
    };
    const resources = [{ arn: iam('user/dev/ann') }];
    expect(await ask(create)).toEqual([
      { action: 'iam:CreateUser', resources, conditions },
      { action: 'iam:TagUser', resources, conditions },
    ]);
    await client.send(new GetUserCommand({ UserName: 'ann' }));
    expect(await ask(new CreateAccessKeyCommand({ UserName: 'ann' }))).toEqual([
      {
        action: 'iam:CreateAccessKey',
        resources: [{ arn: iam('user/dev/ann'), tags: { team: 'red' }, shownAs: 'user ann' }],
        conditions: { 'iam:PermissionsBoundary': POWER },
      },
    ]);
    const tag = await ask(new TagUserCommand({ UserName: 'ann', Tags: [{ Key: 'a', Value: 'b' }] }));
    expect(tag[0]!.conditions).toMatchObject({ 'aws:RequestTag/a': 'b', 'aws:TagKeys': ['a'] });
    const untag = await ask(new UntagUserCommand({ UserName: 'ann', TagKeys: ['a'] }));
    expect(untag[0]!.conditions).toMatchObject({ 'aws:TagKeys': ['a'] });
    const rename = await ask(new UpdateUserCommand({ UserName: 'ann', NewUserName: 'bob', NewPath: '/ops/' }));
    expect(rename.map(({ resources: [one] }) => one!.arn)).toEqual([iam('user/dev/ann'), iam('user/ops/bob')]);
  });

  test('names the policy, the boundary, the service and the role that is passed', async () => {
    const { client, ask } = await openAsking();
    await client.send(new CreateRoleCommand({ RoleName: 'task', AssumeRolePolicyDocument: TRUST }));
    const resources = [{ arn: iam('role/task'), tags: {}, shownAs: 'role task' }];
    expect(await ask(new AttachRolePolicyCommand({ RoleName: 'task', PolicyArn: POWER }))).toEqual([
      { action: 'iam:AttachRolePolicy', resources, conditions: { 'iam:PolicyARN': POWER } },
    ]);
    const bound = new PutRolePermissionsBoundaryCommand({ RoleName: 'task', PermissionsBoundary: POWER });
    expect((await ask(bound))[0]!.conditions).toEqual({ 'iam:PermissionsBoundary': POWER });
    const add = new AddRoleToInstanceProfileCommand({ InstanceProfileName: 'host', RoleName: 'task' });
    expect(await ask(add)).toMatchObject([
      { action: 'iam:AddRoleToInstanceProfile', resources: [{ arn: iam('instance-profile/host') }] },
      { action: 'iam:PassRole', resources, conditions: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
    ]);
    const linked = new CreateServiceLinkedRoleCommand({ AWSServiceName: 'ecs.amazonaws.com' });
    expect(await ask(linked)).toEqual([
      {
        action: 'iam:CreateServiceLinkedRole',
        resources: [{ arn: iam('role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS') }],
        conditions: { 'iam:AWSServiceName': 'ecs.amazonaws.com' },
      },
    ]);
  });

  test('of lists is on the path that is listed', async () => {
    const { ask } = await openAsking();
    const listed = async (command: unknown): Promise<string> => (await ask(command))[0]!.resources[0]!.arn;
    expect(await listed(new ListUsersCommand({}))).toBe(iam('user/'));
    expect(await listed(new ListRolesCommand({ PathPrefix: '/app/' }))).toBe(iam('role/app/'));
    expect(await listed(new ListPoliciesCommand({}))).toBe('policy path /');
    expect(await listed(new GetAccessKeyLastUsedCommand({ AccessKeyId: 'AKIA000000000000' }))).toBe(
      'access key AKIA000000000000',
    );
  });
});

test('who is refused does not learn what is there', async () => {
  const { client, answer } = await openAsking();
  await client.send(new CreateUserCommand({ UserName: 'ann', Path: '/secret/' }));
  answer.allow = false;
  const there = await failure(client.send(new GetUserCommand({ UserName: 'ann' })));
  const absent = await failure(client.send(new GetUserCommand({ UserName: 'bob' })));
  expect(there).toMatchObject({ code: 'AccessDenied', status: 403 });
  expect(absent).toEqual(there);
});
