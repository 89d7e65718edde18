import {
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteUserCommand,
  ListUsersCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { accountId, BEA, openSts, policy, roleArn, RoleSessionName, trust, UserName } from './sts.fixture.js';

const RoleName = 'dev';
const RoleArn = roleArn(RoleName);

test('a trust policy that names the account needs the identity policy too; one that names the user suffices', async () => {
  const { admin, stsOf, bea } = await openSts();
  const take = () => stsOf(bea).send(new AssumeRoleCommand({ RoleArn, RoleSessionName }));
  await admin.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust(BEA) }));
  expect((await take()).AssumedRoleUser?.Arn).toContain(`assumed-role/${RoleName}/work`);
  await admin.send(new DeleteRoleCommand({ RoleName }));
  const root = trust(`arn:aws:iam::${accountId}:root`);
  await admin.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: root }));
  await expect(take()).rejects.toThrow('is not authorized to perform: sts:AssumeRole');
  const own = { PolicyName: 'p', PolicyDocument: policy('sts:AssumeRole', { Resource: RoleArn }) };
  await admin.send(new PutUserPolicyCommand({ UserName, ...own }));
  expect((await take()).Credentials?.AccessKeyId).toMatch(/^ASIA/);
});

test('PolicyArns limit a role; what the role loses, its sessions lose at once', async () => {
  const { admin, iamOf, stsOf, bea } = await openSts();
  await admin.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust(BEA) }));
  await admin.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: policy('iam:ListUsers') }));
  const list = async (...names: string[]) => {
    const PolicyArns = names.map((name) => ({ arn: `arn:aws:iam::aws:policy/${name}` }));
    const asked = new AssumeRoleCommand({ RoleArn, RoleSessionName, ...(names.length > 0 && { PolicyArns }) });
    const client = iamOf((await stsOf(bea).send(asked)).Credentials!);
    return () => client.send(new ListUsersCommand({}));
  };
  const whole = await list();
  await whole();
  await (
    await list('AdministratorAccess')
  )();
  await expect((await list('service-role/AmazonECSTaskExecutionRolePolicy'))()).rejects.toThrow(
    'no session policy allows the iam:ListUsers action',
  );
  await admin.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: policy('iam:GetUser') }));
  await expect(whole()).rejects.toThrow('no identity-based policy allows the iam:ListUsers action');
});

test('a user or role that is deleted, or made again, leaves its sessions nothing', async () => {
  const { admin, iamOf, stsOf, bea } = await openSts();
  const make = async () => {
    await admin.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust('*') }));
    await admin.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: policy('iam:ListUsers') }));
  };
  await make();
  const role = (await stsOf(bea).send(new AssumeRoleCommand({ RoleArn, RoleSessionName }))).Credentials!;
  const own = (await stsOf(bea).send(new GetSessionTokenCommand({}))).Credentials!;
  await iamOf(role).send(new ListUsersCommand({}));
  await admin.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'p' }));
  await admin.send(new DeleteRoleCommand({ RoleName }));
  await expect(iamOf(role).send(new ListUsersCommand({}))).rejects.toThrow('is not authorized');
  await make();
  await expect(iamOf(role).send(new ListUsersCommand({}))).rejects.toThrow('is not authorized');
  const again = () => stsOf(own).send(new AssumeRoleCommand({ RoleArn, RoleSessionName }));
  await again();
  await admin.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: bea.AccessKeyId }));
  await admin.send(new DeleteUserCommand({ UserName }));
  await expect(again()).rejects.toThrow('is not authorized');
  await admin.send(new CreateUserCommand({ UserName }));
  await expect(again()).rejects.toThrow('is not authorized');
});

test('credentials of GetSessionToken take roles, and IAM does not know them', async () => {
  const { admin, iamOf, stsOf, bea } = await openSts();
  await admin.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust(BEA) }));
  await admin.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: policy('iam:*') }));
  const own = (await stsOf(bea).send(new GetSessionTokenCommand({}))).Credentials!;
  await iamOf(bea).send(new ListUsersCommand({}));
  await expect(iamOf(own).send(new ListUsersCommand({}))).rejects.toMatchObject({
    name: expect.stringContaining('InvalidClientTokenId'),
  });
  const taken = await stsOf(own).send(new AssumeRoleCommand({ RoleArn, RoleSessionName }));
  expect(taken.AssumedRoleUser?.Arn).toContain(RoleName);
});
