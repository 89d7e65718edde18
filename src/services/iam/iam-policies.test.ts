import {
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteGroupCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetGroupPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRolePolicyCommand,
  GetUserPolicyCommand,
  ListPoliciesCommand,
  ListPolicyTagsCommand,
  ListPolicyVersionsCommand,
  ListUserPoliciesCommand,
  paginateListPolicies,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  SetDefaultPolicyVersionCommand,
  TagPolicyCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { ACCOUNT, type Answer, failure, openIam, policyOf, TRUST } from './iam.fixture.js';

const UserName = 'ann';
const RoleName = 'task';
const GroupName = 'ops';
const aws = (name: string): string => `arn:aws:iam::aws:policy/${name}`;

async function openIdentities() {
  const it = await openIam();
  await it.client.send(new CreateUserCommand({ UserName }));
  await it.client.send(new CreateGroupCommand({ GroupName }));
  await it.client.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST }));
  return it;
}

describe('inline policies', () => {
  test('are put, read as they were written, listed and deleted', async () => {
    const { client } = await openIdentities();
    const document = JSON.stringify(JSON.parse(policyOf(0, 'ecs:Describe*')), null, 2).replace('\n', '\r\n');
    const policy = { PolicyName: "it'll(do)".replaceAll(/[^\w]/g, '-'), PolicyDocument: document };
    await client.send(new PutUserPolicyCommand({ UserName, ...policy }));
    await client.send(new PutRolePolicyCommand({ RoleName, ...policy }));
    await client.send(new PutGroupPolicyCommand({ GroupName, ...policy }));
    const { PolicyName } = policy;
    const user = await client.send(new GetUserPolicyCommand({ UserName, PolicyName }));
    expect(user).toMatchObject({ UserName, PolicyName });
    // RFC 3986: not even `*` stands for itself.
    expect(user.PolicyDocument).toMatch(/^[A-Za-z0-9\-._~%]+$/);
    for (const { PolicyDocument } of [
      user,
      await client.send(new GetRolePolicyCommand({ RoleName, PolicyName })),
      await client.send(new GetGroupPolicyCommand({ GroupName, PolicyName })),
    ]) {
      expect(decodeURIComponent(PolicyDocument!)).toBe(document);
    }
    expect((await client.send(new ListUserPoliciesCommand({ UserName }))).PolicyNames).toEqual([PolicyName]);
    const blocked = { code: 'DeleteConflict', message: 'Cannot delete entity, must delete policies first.' };
    expect(await failure(client.send(new DeleteUserCommand({ UserName })))).toMatchObject(blocked);
    expect(await failure(client.send(new DeleteGroupCommand({ GroupName })))).toMatchObject(blocked);
    await client.send(new DeleteUserPolicyCommand({ UserName, PolicyName }));
    expect(await failure(client.send(new DeleteUserPolicyCommand({ UserName, PolicyName })))).toEqual({
      code: 'NoSuchEntity',
      status: 404,
      message: `The user policy with name ${PolicyName} cannot be found.`,
    });
  });

  test.each([
    ['user', 2048],
    ['role', 10_240],
    ['group', 5120],
  ] as const)('of a %s have %i characters together', async (kind, limit) => {
    const { client } = await openIdentities();
    const put = (PolicyName: string, size: number): Promise<unknown> => {
      const policy = { PolicyName, PolicyDocument: `  ${policyOf(size)}\n\n` };
      if (kind === 'user') return client.send(new PutUserPolicyCommand({ UserName, ...policy }));
      if (kind === 'role') return client.send(new PutRolePolicyCommand({ RoleName, ...policy }));
      return client.send(new PutGroupPolicyCommand({ GroupName, ...policy }));
    };
    await put('a', 200);
    await put('b', limit - 200);
    const name = { user: UserName, role: RoleName, group: GroupName }[kind];
    expect(await failure(put('a', 201))).toEqual({
      code: 'LimitExceeded',
      status: 409,
      message: `Maximum policy size of ${limit} bytes exceeded for ${kind} ${name}`,
    });
    await put('b', limit - 200);
  });

  test('refused ones change nothing', async () => {
    const { client, iam, user } = await openIdentities();
    const version = iam.principals.version();
    const put = (PolicyDocument: string): Promise<unknown> =>
      client.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }));
    expect(await failure(put('{"Version":'))).toMatchObject({ code: 'MalformedPolicyDocument', status: 400 });
    expect(await failure(put('[]'))).toMatchObject({ code: 'MalformedPolicyDocument' });
    expect(await failure(put('{"a":"\u2028"}'))).toEqual({
      code: 'ValidationError',
      status: 400,
      message: 'The specified value for policyDocument is invalid. It must contain only printable ASCII characters.',
    });
    expect((await client.send(new ListUserPoliciesCommand({ UserName }))).PolicyNames).toEqual([]);
    expect(iam.principals.version()).toBe(version);
    expect(await iam.principals.policiesOf(user.arn)).toBeDefined();
  });
});

describe('managed policies', () => {
  test('have up to five versions, of which one counts', async () => {
    const { client } = await openIam();
    const { Policy } = await client.send(
      new CreatePolicyCommand({
        PolicyName: 'exec',
        Path: '/team/',
        Description: 'd',
        PolicyDocument: policyOf(0, 'a:1'),
        Tags: [{ Key: 'k', Value: 'v' }],
      }),
    );
    const PolicyArn = `arn:aws:iam::${ACCOUNT}:policy/team/exec`;
    expect(Policy).toMatchObject({
      PolicyName: 'exec',
      PolicyId: expect.stringMatching(/^ANPA[A-Z2-7]{17}$/),
      Arn: PolicyArn,
      DefaultVersionId: 'v1',
      AttachmentCount: 0,
      PermissionsBoundaryUsageCount: 0,
      IsAttachable: true,
      Description: 'd',
      Tags: [{ Key: 'k', Value: 'v' }],
    });
    const create = (action: string, SetAsDefault?: boolean): Promise<Answer> =>
      client.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: policyOf(0, action), SetAsDefault }));
    expect((await create('a:2', true)).PolicyVersion).toMatchObject({ VersionId: 'v2', IsDefaultVersion: true });
    for (const action of ['a:3', 'a:4', 'a:5']) await create(action);
    expect(await failure(create('a:6'))).toMatchObject({
      code: 'LimitExceeded',
      status: 409,
      message: expect.stringContaining('up to 5 versions'),
    });
    const { Versions } = await client.send(new ListPolicyVersionsCommand({ PolicyArn }));
    expect(Versions!.map(({ VersionId }) => VersionId)).toEqual(['v5', 'v4', 'v3', 'v2', 'v1']);
    const remove = (VersionId: string): Promise<unknown> =>
      client.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
    expect(await failure(remove('v2'))).toEqual({
      code: 'DeleteConflict',
      status: 409,
      message: 'Cannot delete the default version of a policy.',
    });
    await remove('v5');
    // Numbers are not used again.
    expect((await create('a:6')).PolicyVersion.VersionId).toBe('v6');
    await client.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v6' }));
    const { PolicyVersion } = await client.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v6' }));
    expect(decodeURIComponent(PolicyVersion!.Document!)).toBe(policyOf(0, 'a:6'));
    expect(PolicyVersion!.IsDefaultVersion).toBe(true);
    expect((await client.send(new GetPolicyCommand({ PolicyArn }))).Policy!.DefaultVersionId).toBe('v6');
    expect(await failure(remove('v5'))).toMatchObject({ code: 'NoSuchEntity' });
    expect(await failure(client.send(new DeletePolicyCommand({ PolicyArn })))).toMatchObject({
      code: 'DeleteConflict',
    });
    for (const version of ['v1', 'v2', 'v3', 'v4']) await remove(version);
    await client.send(new TagPolicyCommand({ PolicyArn, Tags: [{ Key: 'K', Value: 'w' }] }));
    expect((await client.send(new ListPolicyTagsCommand({ PolicyArn }))).Tags).toEqual([{ Key: 'K', Value: 'w' }]);
    await client.send(new DeletePolicyCommand({ PolicyArn }));
    expect(await failure(client.send(new GetPolicyCommand({ PolicyArn })))).toEqual({
      code: 'NoSuchEntity',
      status: 404,
      message: `Policy ${PolicyArn} was not found.`,
    });
  });

  test('have 6144 characters, white space not counted, and names of their own', async () => {
    const { client } = await openIam();
    const create = (PolicyName: string, PolicyDocument: string): Promise<unknown> =>
      client.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
    await create('a', `${policyOf(6144)}     `);
    expect(await failure(create('b', policyOf(6145)))).toEqual({
      code: 'LimitExceeded',
      status: 409,
      message: 'Cannot exceed quota for PolicySize: 6144',
    });
    expect(await failure(create('A', policyOf()))).toEqual({
      code: 'EntityAlreadyExists',
      status: 409,
      message: 'A policy called A already exists. Duplicate names are not allowed.',
    });
  });

  test("AWS's own are read and attached, not changed", async () => {
    const { client } = await openIam();
    const PolicyArn = aws('AdministratorAccess');
    const { Policy } = await client.send(new GetPolicyCommand({ PolicyArn }));
    expect(Policy).toMatchObject({ PolicyName: 'AdministratorAccess', DefaultVersionId: 'v1', AttachmentCount: 1 });
    const { PolicyVersion } = await client.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
    expect(JSON.parse(decodeURIComponent(PolicyVersion!.Document!))).toEqual({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    });
    const names: string[] = [];
    for await (const page of paginateListPolicies({ client, pageSize: 7 }, { Scope: 'AWS' })) {
      names.push(...page.Policies!.map(({ PolicyName }) => PolicyName!));
    }
    expect(names).toContain('AmazonECSTaskExecutionRolePolicy');
    expect(new Set(names).size).toBe(names.length);
    const attached = await client.send(new ListPoliciesCommand({ OnlyAttached: true }));
    expect(attached.Policies!.map(({ PolicyName }) => PolicyName)).toEqual([
      'AdministratorAccess',
      'AmazonEC2ContainerServiceforEC2Role',
      'GangwayContainerHost',
    ]);
    expect(await failure(client.send(new DeletePolicyCommand({ PolicyArn })))).toMatchObject({
      code: 'AccessDenied',
      status: 403,
    });
    const create = new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: policyOf() });
    expect(await failure(client.send(create))).toMatchObject({ code: 'AccessDenied' });
    expect(await failure(client.send(new GetPolicyCommand({ PolicyArn: 'arn:aws:s3:::bucket-name' })))).toEqual({
      code: 'InvalidInput',
      status: 400,
      message: 'ARN arn:aws:s3:::bucket-name is not valid.',
    });
  });
});
