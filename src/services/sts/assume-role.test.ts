import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  AssumeRoleCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { expect, onTestFinished, test } from 'vitest';
import { Endpoint } from '../../platform/aws/endpoint.js';
import { ROOT_KEY_BYTES, Sealer } from '../../platform/crypto/sealer.js';
import { Secret } from '../../platform/aws/secret.js';
import { openSqlite } from '../../platform/store/open-sqlite.js';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import { createAuthorization } from '../authorization/authorization.js';
import type { Principals } from '../principals.js';
import { stsMigrations } from './sts-migrations.js';
import { createStsService } from './sts-service.js';
import { eitherAccessKeys, StsSessions } from './sts-sessions.js';

const accountId = '111122223333';
const ANN = `arn:aws:iam::${accountId}:user/ann`;
const READ = `arn:aws:iam::${accountId}:policy/read`;
const READ_DOCUMENT =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecs:ListClusters","Resource":"*"}]}';
const RoleArn = `arn:aws:iam::${accountId}:role/dev`;

async function open(Condition: object = {}) {
  const database = openSqlite(join(temporaryDirectory(), 'sts.db'), stsMigrations);
  const time = { ahead: 0 };
  const clock = () => Date.now() + time.ahead;
  const sealer = new Sealer(randomBytes(ROOT_KEY_BYTES));
  const sessions = new StsSessions({ database, sealer, clock, random: (length) => randomBytes(length) });
  const Principal = { AWS: [ANN, RoleArn] };
  const statement = { Effect: 'Allow', Principal, Action: ['sts:AssumeRole', 'sts:TagSession'], Condition };
  const trustPolicy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const role = { name: 'dev', id: 'AROA1', arn: RoleArn, trustPolicy, maxSessionDuration: 7200 };
  const principals: Principals = {
    role: (arn) => Promise.resolve(arn === RoleArn ? role : undefined),
    policiesOf: () => Promise.resolve({ identity: [], tags: {} }),
    version: () => 1,
    managedPolicy: (arn) => Promise.resolve(arn === READ ? { name: arn, document: READ_DOCUMENT } : undefined),
  };
  const caller = { accountId, arn: ANN, userId: 'AIDA1', accessKeyId: 'AKIAANN', type: 'user' as const };
  const users = {
    find: (id: string) => Promise.resolve(id === 'AKIAANN' ? { secret: new Secret('s'), caller } : undefined),
  };
  const accessKeys = eitherAccessKeys(users, sessions);
  const endpoint = new Endpoint({
    services: [createStsService({ principals, sessions, accessKeys, accountId, partition: 'aws', clock })],
    routes: [],
    upgrades: [],
    accessKeys,
    authorization: createAuthorization({ principals, clock }),
    region: 'eu-central-1',
    clock,
    log: () => undefined,
  });
  const { url } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
  const client = (accessKeyId = 'AKIAANN', secretAccessKey = 's', sessionToken?: string) =>
    new STSClient({
      endpoint: url,
      region: 'eu-central-1',
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
      maxAttempts: 1,
      systemClockOffset: time.ahead,
    });
  onTestFinished(async () => {
    await endpoint.close();
    await database.close();
  });
  return { client, sessions, time };
}

const RoleSessionName = 'work';

test('a user takes a role and is it, until it expires; a token of another session is of no use', async () => {
  const { client, time } = await open();
  const one = (await client().send(new AssumeRoleCommand({ RoleArn, RoleSessionName }))).Credentials!;
  const two = (await client().send(new AssumeRoleCommand({ RoleArn, RoleSessionName }))).Credentials!;
  const who = (token = one.SessionToken) =>
    client(one.AccessKeyId, one.SecretAccessKey, token).send(new GetCallerIdentityCommand({}));
  expect(await who()).toMatchObject({
    Arn: `arn:aws:sts::${accountId}:assumed-role/dev/work`,
    UserId: 'AROA1:work',
  });
  await expect(who(two.SessionToken)).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  time.ahead = 3600_000;
  await expect(who()).rejects.toMatchObject({ name: expect.stringContaining('ExpiredToken') });
});

test('trust, durations and session policies are held to', async () => {
  const { client } = await open({ StringEquals: { 'sts:ExternalId': 'secret' } });
  const ask = (more: object, by = client()) =>
    by.send(new AssumeRoleCommand({ RoleArn, RoleSessionName, ExternalId: 'secret', ...more }));
  await expect(ask({ ExternalId: 'other' })).rejects.toThrow(
    `User: ${ANN} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
  );
  await expect(ask({ RoleArn: `${RoleArn}x` })).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(ask({ DurationSeconds: 7201 })).rejects.toThrow('MaxSessionDuration set for this role.');
  await expect(ask({ DurationSeconds: 899 })).rejects.toThrow('greater than or equal to 900');
  await expect(ask({ Policy: '{"Statement":' })).rejects.toMatchObject({
    name: expect.stringContaining('MalformedPolicyDocument'),
  });
  const { AccessKeyId, SecretAccessKey, SessionToken } = (await ask({})).Credentials!;
  const chained = client(AccessKeyId, SecretAccessKey, SessionToken);
  await expect(ask({ DurationSeconds: 3601 }, chained)).rejects.toThrow('role chaining');
  expect((await ask({}, chained)).AssumedRoleUser?.AssumedRoleId).toBe('AROA1:work');
});

test('managed policies limit a session, and what they take of the space is told', async () => {
  const { client, sessions } = await open();
  const ask = (more: object) => client().send(new AssumeRoleCommand({ RoleArn, RoleSessionName, ...more }));
  const made = await ask({ PolicyArns: [{ arn: READ }], Policy: READ_DOCUMENT, Tags: [{ Key: 'team', Value: 'red' }] });
  expect(made).toMatchObject({ PackedPolicySize: expect.closeTo(10, -1) });
  expect((await sessions.find(made.Credentials!.AccessKeyId!))?.caller.session?.policies).toEqual([
    { name: `session policy of arn:aws:sts::${accountId}:assumed-role/dev/work`, document: READ_DOCUMENT },
    { name: READ, document: READ_DOCUMENT },
  ]);
  expect(await ask({})).not.toHaveProperty('PackedPolicySize');
  await expect(ask({ PolicyArns: [{ arn: `${READ}x` }] })).rejects.toThrow(`Policy ${READ}x does not exist`);
  await expect(ask({ PolicyArns: [{ arn: 'short' }] })).rejects.toThrow("'policyArns.1.member.arn'");
  await expect(ask({ PolicyArns: Array.from({ length: 11 }, () => ({ arn: READ })) })).rejects.toThrow('equal to 10');
  const long = `${READ_DOCUMENT}${' '.repeat(2030 - READ_DOCUMENT.length)}`;
  await expect(ask({ PolicyArns: [{ arn: READ }], Policy: long })).rejects.toMatchObject({
    name: expect.stringContaining('PackedPolicyTooLarge'),
    message: 'Packed policy consumes 101% of allotted space, please use smaller policy.',
  });
  const Tags = Array.from({ length: 50 }, (_, Key) => ({ Key: `${Key}`, Value: randomBytes(100).toString('hex') }));
  await expect(ask({ Tags })).rejects.toThrow('Packed policy consumes');
});

test('a user has temporary credentials of themselves, takes roles with them, and cannot renew them', async () => {
  const { client, sessions } = await open();
  const ask = (more: object, by = client()) => by.send(new GetSessionTokenCommand(more));
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = (await ask({})).Credentials!;
  expect(Math.round((Expiration!.getTime() - Date.now()) / 60_000)).toBe(12 * 60);
  const again = client(AccessKeyId, SecretAccessKey, SessionToken);
  expect(await again.send(new GetCallerIdentityCommand({}))).toMatchObject({ Arn: ANN, UserId: 'AIDA1' });
  expect((await sessions.find(AccessKeyId!))?.caller).toMatchObject({ type: 'user', temporary: expect.anything() });
  const taken = await again.send(new AssumeRoleCommand({ RoleArn, RoleSessionName, DurationSeconds: 7200 }));
  expect(taken.AssumedRoleUser?.AssumedRoleId).toBe('AROA1:work');
  await expect(ask({}, again)).rejects.toThrow('Cannot call GetSessionToken with session credentials');
  await expect(ask({ DurationSeconds: 899 })).rejects.toThrow('greater than or equal to 900');
  await expect(ask({ DurationSeconds: 129_601 })).rejects.toThrow('less than or equal to 129600');
  await expect(ask({ SerialNumber: ANN.replace('user', 'mfa'), TokenCode: '123456' })).rejects.toThrow('MFA');
  await expect(client().send(new GetAccessKeyInfoCommand({ AccessKeyId: AccessKeyId! }))).rejects.toThrow(
    'is not authorized to perform: sts:GetAccessKeyInfo',
  );
});
