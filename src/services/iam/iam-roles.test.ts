import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteServiceLinkedRoleCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  ListInstanceProfilesCommand,
  ListInstanceProfilesForRoleCommand,
  ListInstanceProfileTagsCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagInstanceProfileCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { ACCOUNT, failure, openIam, policyOf, TRUST } from './iam.fixture.js';

const RoleName = 'task';
const BOUNDARY = 'arn:aws:iam::aws:policy/PowerUserAccess';

describe('roles', () => {
  test('are made, shown, changed and deleted', async () => {
    const { client } = await openIam();
    const { Role } = await client.send(
      new CreateRoleCommand({
        RoleName,
        Path: '/app/',
        AssumeRolePolicyDocument: TRUST,
        Description: 'für Tasks',
        MaxSessionDuration: 7200,
        PermissionsBoundary: BOUNDARY,
        Tags: [{ Key: 'a', Value: 'b' }],
      }),
    );
    expect(Role).toMatchObject({
      RoleName,
      RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
      Arn: `arn:aws:iam::${ACCOUNT}:role/app/task`,
      Description: 'für Tasks',
      MaxSessionDuration: 7200,
      PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: BOUNDARY },
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    expect(Role!.AssumeRolePolicyDocument).toMatch(/^%7B%22Version%22%3A%222012-10-17%22/);
    expect(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).toBe(TRUST);
    const got = (await client.send(new GetRoleCommand({ RoleName }))).Role;
    expect(got).toEqual({ ...Role, RoleLastUsed: {} });
    const { Roles } = await client.send(new ListRolesCommand({}));
    expect(Roles).toMatchObject([{ RoleName, RoleId: Role!.RoleId, Description: 'für Tasks' }]);
    expect(Roles![0]).not.toHaveProperty('Tags');

    await client.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 3600 }));
    await client.send(new UpdateRoleDescriptionCommand({ RoleName, Description: '' }));
    const trust = TRUST.replace('ecs-tasks', 'ec2');
    await client.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust }));
    await client.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'c', Value: '' }] }));
    expect((await client.send(new ListRoleTagsCommand({ RoleName, MaxItems: 1 }))).Tags).toHaveLength(1);
    await client.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
    const changed = (await client.send(new GetRoleCommand({ RoleName }))).Role!;
    expect(changed).toMatchObject({ MaxSessionDuration: 3600, Description: '' });
    expect(changed).not.toHaveProperty('PermissionsBoundary');
    expect(decodeURIComponent(changed.AssumeRolePolicyDocument!)).toBe(trust);
    expect(await failure(client.send(new DeleteRolePermissionsBoundaryCommand({ RoleName })))).toMatchObject({
      code: 'NoSuchEntity',
    });
    await client.send(new DeleteRoleCommand({ RoleName }));
    expect(await failure(client.send(new GetRoleCommand({ RoleName })))).toEqual({
      code: 'NoSuchEntity',
      status: 404,
      message: 'The role with name task cannot be found.',
    });
  });

  test('what is wrong with them', async () => {
    const { client } = await openIam();
    const create = (more: object): Promise<unknown> =>
      client.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST, ...more }));
    expect(await failure(create({ AssumeRolePolicyDocument: '{' }))).toMatchObject({
      code: 'MalformedPolicyDocument',
      status: 400,
    });
    expect(await failure(create({ PermissionsBoundary: 'arn:aws:iam::aws:policy/None' }))).toEqual({
      code: 'NoSuchEntity',
      status: 404,
      message: 'Scope ARN: arn:aws:iam::aws:policy/None does not exist or is not attachable.',
    });
    expect(await failure(create({ PermissionsBoundary: `arn:aws:iam::${ACCOUNT}:user/ann` }))).toMatchObject({
      code: 'InvalidInput',
    });
    expect(await failure(create({ MaxSessionDuration: 60 }))).toEqual({
      code: 'ValidationError',
      status: 400,
      message:
        "1 validation error detected: Value '60' at 'maxSessionDuration' failed to satisfy constraint: " +
        'Member must have value greater than or equal to 3600',
    });
    const long = TRUST.replace('"Effect"', `"Sid":"${'x'.repeat(2048)}","Effect"`);
    expect(await failure(create({ AssumeRolePolicyDocument: long }))).toEqual({
      code: 'LimitExceeded',
      status: 409,
      message: 'Cannot exceed quota for ACLSizePerRole: 2048',
    });
    // White space is free.
    await create({ AssumeRolePolicyDocument: JSON.stringify(JSON.parse(TRUST), null, 10).padEnd(5000) });
    expect(await failure(create({}))).toEqual({
      code: 'EntityAlreadyExists',
      status: 409,
      message: 'Role with name task already exists.',
    });
    await client.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: policyOf() }));
    expect(await failure(client.send(new DeleteRoleCommand({ RoleName })))).toEqual({
      code: 'DeleteConflict',
      status: 409,
      message: 'Cannot delete entity, must delete policies first.',
    });
    await client.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: BOUNDARY }));
  });
});

test('instance profiles have one role', async () => {
  const { client } = await openIam();
  const InstanceProfileName = 'host';
  const { InstanceProfile } = await client.send(new CreateInstanceProfileCommand({ InstanceProfileName }));
  expect(InstanceProfile).toMatchObject({
    InstanceProfileId: expect.stringMatching(/^AIPA[A-Z2-7]{17}$/),
    Arn: `arn:aws:iam::${ACCOUNT}:instance-profile/host`,
    Roles: [],
  });
  for (const name of [RoleName, 'other']) {
    await client.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: TRUST }));
  }
  await client.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }));
  const second = client.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: 'other' }));
  expect(await failure(second)).toEqual({
    code: 'LimitExceeded',
    status: 409,
    message: 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1',
  });
  // The checker reads the role's ARN here (ecs-api 9, 18).
  const got = await client.send(new GetInstanceProfileCommand({ InstanceProfileName }));
  expect(got.InstanceProfile!.Roles![0]!.Arn).toBe(`arn:aws:iam::${ACCOUNT}:role/task`);
  expect((await client.send(new ListInstanceProfilesForRoleCommand({ RoleName }))).InstanceProfiles).toHaveLength(1);
  expect((await client.send(new ListInstanceProfilesCommand({}))).InstanceProfiles).toEqual([got.InstanceProfile]);
  await client.send(new TagInstanceProfileCommand({ InstanceProfileName, Tags: [{ Key: 'a', Value: 'b' }] }));
  expect((await client.send(new ListInstanceProfileTagsCommand({ InstanceProfileName }))).Tags).toHaveLength(1);
  const conflict = {
    code: 'DeleteConflict',
    status: 409,
    message: 'Cannot delete entity, must remove roles from instance profile first.',
  };
  expect(await failure(client.send(new DeleteRoleCommand({ RoleName })))).toEqual(conflict);
  expect(await failure(client.send(new DeleteInstanceProfileCommand({ InstanceProfileName })))).toEqual(conflict);
  await client.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
  await client.send(new DeleteInstanceProfileCommand({ InstanceProfileName }));
  expect(await failure(client.send(new GetInstanceProfileCommand({ InstanceProfileName })))).toEqual({
    code: 'NoSuchEntity',
    status: 404,
    message: 'Instance Profile host cannot be found.',
  });
});

test('the service-linked role of ECS is only its own to change', async () => {
  const { client, iam } = await openIam();
  const AWSServiceName = 'ecs.amazonaws.com';
  const { Role } = await client.send(new CreateServiceLinkedRoleCommand({ AWSServiceName }));
  expect(Role!.Arn).toBe(`arn:aws:iam::${ACCOUNT}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`);
  const { identity } = (await iam.principals.policiesOf(Role!.Arn!))!;
  expect(identity.map(({ name }) => name)).toEqual([
    'arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy',
  ]);
  expect(await failure(client.send(new CreateServiceLinkedRoleCommand({ AWSServiceName })))).toEqual({
    code: 'InvalidInput',
    status: 400,
    message: 'Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix.',
  });
  const protectedRole = {
    code: 'UnmodifiableEntity',
    status: 400,
    message:
      "Cannot perform the operation on the protected role 'AWSServiceRoleForECS' - this role is only modifiable by AWS",
  };
  const linked = { RoleName: 'AWSServiceRoleForECS' };
  for (const command of [
    new DeleteRoleCommand(linked),
    new UpdateAssumeRolePolicyCommand({ ...linked, PolicyDocument: TRUST }),
    new UpdateRoleCommand({ ...linked, Description: 'mine' }),
    new PutRolePolicyCommand({ ...linked, PolicyName: 'p', PolicyDocument: policyOf() }),
    new AttachRolePolicyCommand({ ...linked, PolicyArn: BOUNDARY }),
    new PutRolePermissionsBoundaryCommand({ ...linked, PermissionsBoundary: BOUNDARY }),
    new TagRoleCommand({ ...linked, Tags: [{ Key: 'a', Value: 'b' }] }),
  ]) {
    expect(await failure(client.send(command as never))).toEqual(protectedRole);
  }
  const { DeletionTaskId } = await client.send(new DeleteServiceLinkedRoleCommand(linked));
  const status = await client.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }));
  expect(status.Status).toBe('SUCCEEDED');
  expect(await failure(client.send(new GetRoleCommand(linked)))).toMatchObject({ code: 'NoSuchEntity' });
  const unknown = client.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: 'constructor' }));
  expect(await failure(unknown)).toMatchObject({ code: 'InvalidInput' });
});
