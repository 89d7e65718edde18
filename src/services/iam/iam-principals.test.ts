import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  GetUserCommand,
  ListUsersCommand,
  PutGroupPolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { ACCOUNT, openIam, policyOf, TRUST } from './iam.fixture.js';

const UserName = 'ann';
const ANN = `arn:aws:iam::${ACCOUNT}:user/ann`;

test('a user has inline, managed and group policies, a boundary and tags', async () => {
  const { client, iam } = await openIam();
  await client.send(new CreateUserCommand({ UserName, Tags: [{ Key: 'team', Value: 'red' }] }));
  await client.send(new CreateGroupCommand({ GroupName: 'ops' }));
  await client.send(new AddUserToGroupCommand({ GroupName: 'ops', UserName }));
  const inline = (action: string) => ({ PolicyName: 'exec', PolicyDocument: policyOf(0, action) });
  await client.send(new PutUserPolicyCommand({ UserName, ...inline('a:1') }));
  await client.send(new PutGroupPolicyCommand({ GroupName: 'ops', ...inline('a:2') }));
  const create = new CreatePolicyCommand({ PolicyName: 'own', PolicyDocument: policyOf(0, 'a:3') });
  const PolicyArn = (await client.send(create)).Policy!.Arn!;
  await client.send(new AttachGroupPolicyCommand({ GroupName: 'ops', PolicyArn }));
  await client.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: PolicyArn }));

  const found = async () => iam.principals.policiesOf(ANN);
  expect(await found()).toEqual({
    id: (await client.send(new GetUserCommand({ UserName }))).User!.UserId,
    identity: [
      { name: 'inline policy exec of user ann', document: policyOf(0, 'a:1') },
      { name: 'inline policy exec of group ops', document: policyOf(0, 'a:2') },
      { name: PolicyArn, document: policyOf(0, 'a:3') },
    ],
    boundary: { name: PolicyArn, document: policyOf(0, 'a:3') },
    tags: { team: 'red' },
  });
  expect(await iam.principals.managedPolicy!(PolicyArn)).toEqual({ name: PolicyArn, document: policyOf(0, 'a:3') });
  expect(await iam.principals.managedPolicy!(`${PolicyArn}x`)).toBeUndefined();
  expect(await iam.principals.managedPolicy!('arn:aws:iam::aws:policy/ReadOnlyAccess')).toBeDefined();
  const before = iam.principals.version();
  const version = { PolicyArn, PolicyDocument: policyOf(0, 'a:4') };
  await client.send(new CreatePolicyVersionCommand(version));
  expect((await found())?.boundary?.document).toBe(policyOf(0, 'a:3'));
  await client.send(new CreatePolicyVersionCommand({ ...version, SetAsDefault: true }));
  expect((await found())?.boundary?.document).toBe(policyOf(0, 'a:4'));
  expect(iam.principals.version()).toBe(before + 2);
  await client.send(new ListUsersCommand({}));
  expect(iam.principals.version()).toBe(before + 2);
});

test('a role is found by its ARN until it is deleted; made again, it is another', async () => {
  const { client, iam } = await openIam();
  const RoleName = 'task';
  const make = new CreateRoleCommand({
    RoleName,
    Path: '/a/',
    AssumeRolePolicyDocument: TRUST,
    MaxSessionDuration: 7200,
  });
  const first = (await client.send(make)).Role!;
  const arn = `arn:aws:iam::${ACCOUNT}:role/a/task`;
  expect(await iam.principals.role(arn)).toEqual({
    name: RoleName,
    id: first.RoleId,
    arn,
    trustPolicy: TRUST,
    maxSessionDuration: 7200,
  });
  expect(await iam.principals.policiesOf(arn)).toEqual({ id: first.RoleId, identity: [], tags: {} });
  await client.send(new DeleteRoleCommand({ RoleName }));
  expect(await iam.principals.role(arn)).toBeUndefined();
  expect(await iam.principals.policiesOf(arn)).toBeUndefined();
  await client.send(make);
  expect((await iam.principals.role(arn))!.id).not.toBe(first.RoleId);
  expect(await iam.principals.role(ANN)).toBeUndefined();
});

test('a restart loses nothing', async () => {
  const it = await openIam();
  await it.client.send(new CreateUserCommand({ UserName, Path: '/p/', Tags: [{ Key: 'a', Value: 'b' }] }));
  await it.client.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: policyOf() }));
  const { AccessKey } = await it.client.send(new CreateAccessKeyCommand({ UserName }));
  const before = (await it.client.send(new GetUserCommand({ UserName }))).User;
  await it.close();
  const again = await openIam(it.state);
  expect((await again.clientOf(AccessKey!).send(new GetUserCommand({}))).User).toEqual(before);
  const policies = await again.iam.principals.policiesOf(before!.Arn!);
  expect(policies?.identity).toEqual([{ name: 'inline policy p of user ann', document: policyOf() }]);
});
