import {
  AddRoleToInstanceProfileCommand,
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteGroupCommand,
  DeleteInstanceProfileCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  DetachGroupPolicyCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  GetAccessKeyLastUsedCommand,
  GetGroupCommand,
  GetInstanceProfileCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  type IAMClient,
  ListAccessKeysCommand,
  ListAttachedGroupPoliciesCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListGroupsForUserCommand,
  ListInstanceProfilesForRoleCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
  ListRolePoliciesCommand,
  ListRoleTagsCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  RemoveUserFromGroupCommand,
  TagInstanceProfileCommand,
  TagPolicyCommand,
  TagRoleCommand,
  TagUserCommand,
  UntagRoleCommand,
  UpdateAccessKeyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { accountEndpoint, ACCOUNT } from '../account-endpoint.fixture.js';
import { expectNoDifference, policy, refusal, set, untilGone } from './difference.fixture.js';

const RoleName = 'app-task';
const trust = (Service: string) => policy({ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' });
const TRUST = trust('ecs-tasks.amazonaws.com');
const CHANNELS = policy({
  ...{ Effect: 'Allow', Resource: '*' },
  Action: ['ssmmessages:OpenDataChannel', 'ssmmessages:CreateControlChannel'],
});
const LOGS = policy({ Effect: 'Allow', Resource: '*', Action: 'logs:DescribeLogGroups' });
const MANAGED = 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy';

const decoded = (document: string | undefined): string => decodeURIComponent(document ?? '');

const createRole = (iam: IAMClient) => iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST }));

test('aws_iam_role', async () => {
  const { iam } = await accountEndpoint();
  const read = async () => {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    const { PolicyNames } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    return {
      ...{ arn: Role?.Arn, name: Role?.RoleName, path: Role?.Path, description: Role?.Description },
      max_session_duration: Role?.MaxSessionDuration,
      assume_role_policy: decoded(Role?.AssumeRolePolicyDocument),
      permissions_boundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn,
      tags: set(Role?.Tags),
      ...{ inline_policy: PolicyNames, managed_policy_arns: AttachedPolicies?.map(({ PolicyArn }) => PolicyArn) },
    };
  };
  const Tags = [
    { Key: 'team', Value: 'ops' },
    { Key: 'env', Value: '' },
  ];
  await iam.send(
    new CreateRoleCommand({
      ...{ RoleName, AssumeRolePolicyDocument: TRUST, Path: '/service/', Description: 'for tasks' },
      ...{ MaxSessionDuration: 7200, Tags },
    }),
  );
  const created = {
    ...{ arn: `arn:aws:iam::${ACCOUNT}:role/service/${RoleName}`, name: RoleName, path: '/service/' },
    ...{ description: 'for tasks', max_session_duration: 7200, assume_role_policy: TRUST, tags: set(Tags) },
    ...{ inline_policy: [], managed_policy_arns: [] },
  };
  expectNoDifference(created, await read());
  expect(await refusal(createRole(iam))).toBe('EntityAlreadyExistsException');

  const both = policy({
    ...{ Effect: 'Allow', Action: 'sts:AssumeRole' },
    Principal: { Service: ['ecs-tasks.amazonaws.com', 'ec2.amazonaws.com'] },
  });
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: both }));
  await iam.send(new UpdateRoleDescriptionCommand({ RoleName, Description: 'for tasks and hosts' }));
  await iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 3600 }));
  await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: MANAGED }));
  await iam.send(new UntagRoleCommand({ RoleName, TagKeys: ['env'] }));
  await iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'team', Value: 'sec' }] }));
  const updated = {
    ...created,
    ...{ description: 'for tasks and hosts', max_session_duration: 3600, assume_role_policy: both },
    ...{ permissions_boundary: MANAGED, tags: [{ Key: 'team', Value: 'sec' }] },
  };
  expectNoDifference(updated, await read());
  expect((await iam.send(new ListRoleTagsCommand({ RoleName }))).Tags).toEqual(updated.tags);
  await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
  expectNoDifference({ ...updated, permissions_boundary: undefined }, await read());

  expect((await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName }))).InstanceProfiles).toEqual([]);
  await iam.send(new DeleteRoleCommand({ RoleName }));
  await untilGone(() => iam.send(new GetRoleCommand({ RoleName })), 'NoSuchEntityException');
});

test('aws_iam_role: force_detach_policies takes away what hangs on it first', async () => {
  const { iam } = await accountEndpoint();
  await createRole(iam);
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: CHANNELS }));
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: MANAGED }));
  const InstanceProfileName = 'hosts';
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }));
  await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }));
  const remove = () => iam.send(new DeleteRoleCommand({ RoleName }));
  expect(await refusal(remove())).toBe('DeleteConflictException');
  const { InstanceProfiles = [] } = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName }));
  for (const { InstanceProfileName: name } of InstanceProfiles) {
    await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName: name, RoleName }));
  }
  const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  for (const { PolicyArn } of AttachedPolicies) await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  expect(await refusal(remove())).toBe('DeleteConflictException');
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  for (const PolicyName of PolicyNames) await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  await remove();
  expect(await refusal(remove())).toBe('NoSuchEntityException');
});

test('aws_iam_role_policy', async () => {
  const { iam } = await accountEndpoint();
  await createRole(iam);
  const PolicyName = 'exec';
  const read = () => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
  for (const document of [CHANNELS, LOGS]) {
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: document }));
    const { PolicyDocument, ...names } = await read();
    expectNoDifference(
      { role: RoleName, name: PolicyName, policy: document },
      { role: names.RoleName, name: names.PolicyName, policy: decoded(PolicyDocument) },
    );
  }
  await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  await untilGone(read, 'NoSuchEntityException');
});

test('aws_iam_policy: five versions at most, the oldest makes room', async () => {
  const { iam } = await accountEndpoint();
  const Tags = [{ Key: 'team', Value: 'ops' }];
  const { Policy: made } = await iam.send(
    new CreatePolicyCommand({ PolicyName: 'exec', Path: '/app/', Description: 'exec', PolicyDocument: CHANNELS, Tags }),
  );
  const PolicyArn = made?.Arn ?? '';
  const read = async () => {
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
    const VersionId = Policy?.DefaultVersionId ?? '';
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
    return {
      ...{ arn: Policy?.Arn, name: Policy?.PolicyName, path: Policy?.Path, description: Policy?.Description },
      ...{ policy: decoded(PolicyVersion?.Document), attachments: Policy?.AttachmentCount, tags: Policy?.Tags },
    };
  };
  const created = {
    ...{ arn: `arn:aws:iam::${ACCOUNT}:policy/app/exec`, name: 'exec', path: '/app/', description: 'exec' },
    ...{ policy: CHANNELS, attachments: 0, tags: Tags },
  };
  expectNoDifference(created, await read());

  const versions = async () => (await iam.send(new ListPolicyVersionsCommand({ PolicyArn }))).Versions ?? [];
  for (let number = 2; number <= 7; number++) {
    const found = await versions();
    if (found.length === 5) {
      const [oldest] = found
        .filter(({ IsDefaultVersion }) => IsDefaultVersion !== true)
        .sort((one, other) => Number(one.CreateDate) - Number(other.CreateDate) || number);
      expect(await refusal(newVersion(LOGS))).toBe('LimitExceededException');
      await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: oldest?.VersionId }));
    }
    const document = number % 2 === 0 ? LOGS : CHANNELS;
    await newVersion(document);
    expectNoDifference({ ...created, policy: document }, await read());
  }
  await iam.send(new TagPolicyCommand({ PolicyArn, Tags: [{ Key: 'team', Value: 'sec' }] }));
  expect((await read()).tags).toEqual([{ Key: 'team', Value: 'sec' }]);

  expect(await refusal(iam.send(new DeletePolicyCommand({ PolicyArn })))).toBe('DeleteConflictException');
  for (const { VersionId, IsDefaultVersion } of await versions()) {
    if (IsDefaultVersion !== true) await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
  }
  await iam.send(new DeletePolicyCommand({ PolicyArn }));
  await untilGone(() => iam.send(new GetPolicyCommand({ PolicyArn })), 'NoSuchEntityException');

  function newVersion(PolicyDocument: string) {
    return iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
  }
});

test('aws_iam_role_policy_attachment', async () => {
  const { iam } = await accountEndpoint();
  await createRole(iam);
  const attached = async () =>
    (await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies?.map(
      ({ PolicyArn }) => PolicyArn,
    );
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: MANAGED }));
  // Again, as after a create whose answer was lost.
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: MANAGED }));
  expectNoDifference({ policy_arns: [MANAGED] }, { policy_arns: await attached() });
  // AWS::IAM::ManagedPolicy
  const { PolicyRoles } = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn: MANAGED }));
  expect(PolicyRoles?.map(({ RoleName: name }) => name)).toEqual([RoleName]);
  await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: MANAGED }));
  expect(await attached()).toEqual([]);
  const again = iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: MANAGED }));
  expect(await refusal(again)).toBe('NoSuchEntityException');
});

test('aws_iam_instance_profile', async () => {
  const { iam } = await accountEndpoint();
  await createRole(iam);
  const InstanceProfileName = 'hosts';
  const read = async () => {
    const { InstanceProfile: found } = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName }));
    return {
      ...{ arn: found?.Arn, name: found?.InstanceProfileName, path: found?.Path },
      ...{ role: found?.Roles?.[0]?.RoleName, tags: set(found?.Tags) },
    };
  };
  const Tags = [{ Key: 'team', Value: 'ops' }];
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName, Path: '/', Tags }));
  await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }));
  const created = {
    ...{ arn: `arn:aws:iam::${ACCOUNT}:instance-profile/hosts`, name: 'hosts', path: '/', role: RoleName, tags: Tags },
  };
  expectNoDifference(created, await read());

  const other = 'app-hosts';
  await iam.send(new CreateRoleCommand({ RoleName: other, AssumeRolePolicyDocument: trust('ec2.amazonaws.com') }));
  const add = () => iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: other }));
  expect(await refusal(add())).toBe('LimitExceededException');
  await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
  await add();
  await iam.send(new TagInstanceProfileCommand({ InstanceProfileName, Tags: [{ Key: 'team', Value: 'sec' }] }));
  expectNoDifference({ ...created, role: other, tags: [{ Key: 'team', Value: 'sec' }] }, await read());

  const remove = () => iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName }));
  expect(await refusal(remove())).toBe('DeleteConflictException');
  await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName: other }));
  await remove();
  await untilGone(read, 'NoSuchEntityException');
});

test('aws_iam_user, aws_iam_user_policy, aws_iam_user_policy_attachment', async () => {
  const { iam } = await accountEndpoint();
  const read = async (UserName: string) => {
    const { User } = await iam.send(new GetUserCommand({ UserName }));
    const boundary = User?.PermissionsBoundary?.PermissionsBoundaryArn;
    return { arn: User?.Arn, name: User?.UserName, path: User?.Path, permissions_boundary: boundary, tags: User?.Tags };
  };
  const Tags = [{ Key: 'username', Value: 'ann' }];
  await iam.send(new CreateUserCommand({ UserName: 'ann', Path: '/', PermissionsBoundary: MANAGED, Tags }));
  const created = { arn: `arn:aws:iam::${ACCOUNT}:user/ann`, name: 'ann', path: '/', permissions_boundary: MANAGED };
  expectNoDifference({ ...created, tags: Tags }, await read('ann'));
  await iam.send(new UpdateUserCommand({ UserName: 'ann', NewUserName: 'anna', NewPath: '/ops/' }));
  await iam.send(new TagUserCommand({ UserName: 'anna', Tags: [{ Key: 'username', Value: 'anna' }] }));
  expectNoDifference(
    {
      ...{ ...created, arn: `arn:aws:iam::${ACCOUNT}:user/ops/anna`, name: 'anna', path: '/ops/' },
      tags: [{ Key: 'username', Value: 'anna' }],
    },
    await read('anna'),
  );
  const UserName = 'anna';

  const PolicyName = 'exec';
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument: LOGS }));
  const { PolicyDocument } = await iam.send(new GetUserPolicyCommand({ UserName, PolicyName }));
  expectNoDifference({ policy: LOGS }, { policy: decoded(PolicyDocument) });
  await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: MANAGED }));
  const { AttachedPolicies } = await iam.send(new ListAttachedUserPoliciesCommand({ UserName }));
  expect(AttachedPolicies).toMatchObject([{ PolicyArn: MANAGED }]);

  expect(await refusal(iam.send(new DeleteUserCommand({ UserName })))).toBe('DeleteConflictException');
  await iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn: MANAGED }));
  await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName }));
  expect((await iam.send(new ListGroupsForUserCommand({ UserName }))).Groups).toEqual([]);
  await iam.send(new DeleteUserCommand({ UserName }));
  await untilGone(() => read(UserName), 'NoSuchEntityException');
});

test('aws_iam_access_key', async () => {
  const { iam } = await accountEndpoint();
  const UserName = 'deployer';
  await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const AccessKeyId = AccessKey?.AccessKeyId ?? '';
  const read = async () =>
    (await iam.send(new ListAccessKeysCommand({ UserName }))).AccessKeyMetadata?.map((key) => ({
      ...{ id: key.AccessKeyId, status: key.Status, user: key.UserName },
    }));
  expectNoDifference({ keys: [{ id: AccessKeyId, status: 'Active', user: UserName }] }, { keys: await read() });
  await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Inactive' }));
  expectNoDifference({ keys: [{ id: AccessKeyId, status: 'Inactive', user: UserName }] }, { keys: await read() });
  // Import knows the key's id alone.
  expect((await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }))).UserName).toBe(UserName);
  await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
  expect(await read()).toEqual([]);
  const again = iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
  expect(await refusal(again)).toBe('NoSuchEntityException');
});

test('aws_iam_group, aws_iam_group_membership, aws_iam_group_policy_attachment', async () => {
  const { iam } = await accountEndpoint();
  const GroupName = 'operators';
  await iam.send(new CreateGroupCommand({ GroupName, Path: '/' }));
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  await iam.send(new AddUserToGroupCommand({ GroupName, UserName: 'ann' }));
  await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn: MANAGED }));
  const { Group, Users } = await iam.send(new GetGroupCommand({ GroupName }));
  const { AttachedPolicies } = await iam.send(new ListAttachedGroupPoliciesCommand({ GroupName }));
  expectNoDifference(
    { name: GroupName, path: '/', users: ['ann'], policies: [MANAGED] },
    {
      ...{ name: Group?.GroupName, path: Group?.Path, users: Users?.map(({ UserName }) => UserName) },
      policies: AttachedPolicies?.map(({ PolicyArn }) => PolicyArn),
    },
  );
  await iam.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn: MANAGED }));
  await iam.send(new RemoveUserFromGroupCommand({ GroupName, UserName: 'ann' }));
  await iam.send(new DeleteGroupCommand({ GroupName }));
  await untilGone(() => iam.send(new GetGroupCommand({ GroupName })), 'NoSuchEntityException');
});

test('data aws_iam_policy by name, data aws_iam_role', async () => {
  const { iam } = await accountEndpoint();
  const found: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await iam.send(new ListPoliciesCommand({ Marker, MaxItems: 5 }));
    found.push(...(page.Policies ?? []).map(({ Arn = '' }) => Arn));
    Marker = page.IsTruncated === true ? page.Marker : undefined;
  } while (Marker !== undefined);
  expect(found).toContain(MANAGED);
  expect(new Set(found).size).toBe(found.length);
  await createRole(iam);
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  expect(Role).toMatchObject({
    Arn: `arn:aws:iam::${ACCOUNT}:role/${RoleName}`,
    RoleId: expect.stringMatching(/^AROA/),
  });
});
