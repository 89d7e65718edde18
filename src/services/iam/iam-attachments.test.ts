import {
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeleteUserCommand,
  DetachUserPolicyCommand,
  GetAccountAuthorizationDetailsCommand,
  GetAccountSummaryCommand,
  GetPolicyCommand,
  ListAttachedUserPoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { failure, openIam, policyOf, TRUST } from './iam.fixture.js';

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

describe('attachments', () => {
  test('ten for each, listed from both sides, gone before what they hang on', async () => {
    const { client } = await openIdentities();
    const PolicyArn = aws('ReadOnlyAccess');
    await client.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
    await client.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
    await client.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    await client.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
    expect((await client.send(new ListAttachedUserPoliciesCommand({ UserName }))).AttachedPolicies).toEqual([
      { PolicyName: 'ReadOnlyAccess', PolicyArn },
    ]);
    const entities = await client.send(new ListEntitiesForPolicyCommand({ PolicyArn }));
    expect(entities).toMatchObject({
      PolicyUsers: [{ UserName }],
      PolicyRoles: [{ RoleName }],
      PolicyGroups: [{ GroupName }],
    });
    const roles = await client.send(new ListEntitiesForPolicyCommand({ PolicyArn, EntityFilter: 'Role' }));
    expect(roles).toMatchObject({ PolicyUsers: [], PolicyRoles: [{ RoleName }], PolicyGroups: [] });
    expect((await client.send(new GetPolicyCommand({ PolicyArn }))).Policy!.AttachmentCount).toBe(3);

    const arns: string[] = [];
    for (let index = 0; index < 10; index++) {
      const create = new CreatePolicyCommand({ PolicyName: `p${index}`, PolicyDocument: policyOf() });
      arns.push((await client.send(create)).Policy!.Arn!);
    }
    for (const arn of arns.slice(0, 9)) await client.send(new AttachUserPolicyCommand({ UserName, PolicyArn: arn }));
    expect(await failure(client.send(new AttachUserPolicyCommand({ UserName, PolicyArn: arns[9] })))).toEqual({
      code: 'LimitExceeded',
      status: 409,
      message: 'Cannot exceed quota for PoliciesPerUser: 10',
    });
    expect(await failure(client.send(new DeletePolicyCommand({ PolicyArn: arns[0] })))).toEqual({
      code: 'DeleteConflict',
      status: 409,
      message: 'Cannot delete a policy attached to entities.',
    });
    expect(await failure(client.send(new DeleteUserCommand({ UserName })))).toMatchObject({
      code: 'DeleteConflict',
      message: 'Cannot delete entity, must detach all policies first.',
    });
    await client.send(new DetachUserPolicyCommand({ UserName, PolicyArn }));
    expect(await failure(client.send(new DetachUserPolicyCommand({ UserName, PolicyArn })))).toEqual({
      code: 'NoSuchEntity',
      status: 404,
      message: `Policy ${PolicyArn} was not found.`,
    });
  });

  test('of what is not there, and of what is only for services', async () => {
    const { client } = await openIdentities();
    const attach = (PolicyArn: string): Promise<unknown> =>
      client.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    expect(await failure(attach(aws('Nothing')))).toEqual({
      code: 'NoSuchEntity',
      status: 404,
      message: `Policy ${aws('Nothing')} does not exist or is not attachable.`,
    });
    expect(await failure(attach(aws('aws-service-role/AmazonECSServiceRolePolicy')))).toEqual({
      code: 'PolicyNotAttachable',
      status: 400,
      message: 'Cannot attach a Service Role Policy to a Customer Role.',
    });
  });
});

test('a policy that bounds someone is in use', async () => {
  const { client } = await openIdentities();
  const create = new CreatePolicyCommand({ PolicyName: 'bound', PolicyDocument: policyOf() });
  const PolicyArn = (await client.send(create)).Policy!.Arn!;
  await client.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: PolicyArn }));
  const bounded = { PolicyArn, PolicyUsageFilter: 'PermissionsBoundary' } as const;
  expect((await client.send(new ListEntitiesForPolicyCommand(bounded))).PolicyUsers).toMatchObject([{ UserName }]);
  expect(await failure(client.send(new DeletePolicyCommand({ PolicyArn })))).toMatchObject({ code: 'DeleteConflict' });
  const filter = { PolicyUsageFilter: 'PermissionsBoundary' } as const;
  expect((await client.send(new ListPoliciesCommand(filter))).Policies).toMatchObject([
    { PolicyName: 'bound', PermissionsBoundaryUsageCount: 1 },
  ]);
});

test('the account as a whole', async () => {
  const { client } = await openIdentities();
  await client.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: policyOf() }));
  const { SummaryMap } = await client.send(new GetAccountSummaryCommand({}));
  expect(SummaryMap).toMatchObject({ Users: 3, Roles: 1, Groups: 1, AccessKeysPerUserQuota: 2 });
  const details = await client.send(
    new GetAccountAuthorizationDetailsCommand({ Filter: ['User', 'Role', 'Group', 'LocalManagedPolicy'] }),
  );
  expect(details.UserDetailList!.map((user) => user.UserName)).toEqual(['ann', 'gangway-admin', 'gangway-host']);
  expect(decodeURIComponent(details.UserDetailList![0]!.UserPolicyList![0]!.PolicyDocument!)).toBe(policyOf());
  expect(details.RoleDetailList).toMatchObject([{ RoleName }]);
  expect(details.Policies).toEqual([]);
  const first = await client.send(new GetAccountAuthorizationDetailsCommand({ MaxItems: 2 }));
  expect(first.IsTruncated).toBe(true);
});
