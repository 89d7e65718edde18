import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteUserCommand,
  IAMClient,
  ListUsersCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, type Credentials, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, onTestFinished, test } from 'vitest';
import { Endpoint } from '../../platform/aws/endpoint.js';
import { ROOT_KEY_BYTES, Sealer } from '../../platform/crypto/sealer.js';
import { openSqlite } from '../../platform/store/open-sqlite.js';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import { createAuthorization } from '../authorization/authorization.js';
import { createIamDirectory, iamMigrations } from '../iam/iam-directory.js';
import { stsMigrations } from './sts-migrations.js';
import { createStsService } from './sts-service.js';
import { eitherAccessKeys, StsSessions } from './sts-sessions.js';

const accountId = '111122223333';
const UserName = 'bea';
const BEA = `arn:aws:iam::${accountId}:user/${UserName}`;
const RoleName = 'dev';
const RoleArn = `arn:aws:iam::${accountId}:role/${RoleName}`;
const RoleSessionName = 'work';
const policy = (Action: string, more: object = { Resource: '*' }) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, ...more }] });
const trust = (AWS: string) => policy('sts:AssumeRole', { Principal: { AWS } });

/** IAM, STS and the door as they are in the whole. */
async function open() {
  const database = openSqlite(join(temporaryDirectory(), 'state.db'), [...iamMigrations, ...stsMigrations]);
  const parts = {
    ...{ database, accountId, partition: 'aws', clock: Date.now },
    ...{ random: (length: number) => randomBytes(length), sealer: new Sealer(randomBytes(ROOT_KEY_BYTES)) },
  };
  const iam = createIamDirectory(parts);
  const { user } = await iam.bootstrap();
  const { principals } = iam;
  const sessions = new StsSessions(parts);
  const accessKeys = eitherAccessKeys(iam.accessKeys, sessions);
  const endpoint = new Endpoint({
    services: [iam.service, createStsService({ ...parts, principals, sessions, accessKeys })],
    ...{ routes: [], upgrades: [], accessKeys, region: 'eu-central-1', clock: Date.now, log: () => undefined },
    authorization: createAuthorization({ principals, clock: Date.now }),
  });
  const { url } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    await endpoint.close();
    await iam.close();
    await database.close();
  });
  const configuration = (key: Partial<Credentials>) => ({
    ...{ endpoint: url, region: 'eu-central-1', maxAttempts: 1 },
    credentials: {
      ...{ accessKeyId: key.AccessKeyId ?? '', secretAccessKey: key.SecretAccessKey ?? '' },
      ...(key.SessionToken !== undefined && { sessionToken: key.SessionToken }),
    },
  });
  const iamOf = (key: Partial<Credentials>) => new IAMClient(configuration(key));
  const stsOf = (key: Partial<Credentials>) => new STSClient(configuration(key));
  const admin = iamOf({ AccessKeyId: user.accessKeyId, SecretAccessKey: user.secret.reveal() });
  await admin.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await admin.send(new CreateAccessKeyCommand({ UserName }));
  return { admin, iamOf, stsOf, bea: AccessKey! };
}

test('a trust policy that names the account needs the identity policy too; one that names the user suffices', async () => {
  const { admin, stsOf, bea } = await open();
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
  const { admin, iamOf, stsOf, bea } = await open();
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
  const { admin, iamOf, stsOf, bea } = await open();
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
  const { admin, iamOf, stsOf, bea } = await open();
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
