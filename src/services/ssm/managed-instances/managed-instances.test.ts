import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  AddTagsToResourceCommand,
  CreateActivationCommand,
  DeleteActivationCommand,
  DeregisterManagedInstanceCommand,
  DescribeActivationsCommand,
  DescribeInstanceInformationCommand,
  ListTagsForResourceCommand,
  paginateDescribeActivations,
  RemoveTagsFromResourceCommand,
  SSMClient,
  UpdateManagedInstanceRoleCommand,
} from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { requestRecord } from '../../cloudtrail/request-record.js';
import { MAX_ACTIVATION_MS, PING_LOST_MS } from './managed-instance.js';
import { publicKeyText } from './public-key.js';
import { accountId, FINGERPRINT, KEY, openManaged, OTHER_KEY, region } from './managed-instances.fixture.js';

const HOUR_MS = 60 * 60_000;
/** Of 2048 bits, with an exponent of 40. */
const SLOW_KEY = publicKeyText(
  createPublicKey({
    key: {
      ...createPublicKey(KEY).export({ format: 'jwk' }),
      e: Buffer.from([0xff, 1, 2, 3, 5]).toString('base64url'),
    },
    format: 'jwk',
  }),
);
const publicKeyOf = (key: KeyObject): string =>
  createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');
const host = (key = KEY) => ({ PublicKey: publicKeyOf(key), PublicKeyType: 'Rsa', Fingerprint: FINGERPRINT });

async function setUp() {
  const it = await openManaged();
  await it.role('hosts');
  const join = async (key = KEY, more: object = {}): Promise<string> =>
    (await it.unsigned('RegisterManagedInstance', { ...(await it.activate()), ...host(key), ...more }))[
      'InstanceId'
    ] as string;
  const token = (id: string, key = KEY) =>
    it.as(id, key)('RequestManagedInstanceRoleToken', { Fingerprint: FINGERPRINT });
  const clientOf = async (id: string, key = KEY): Promise<SSMClient> => {
    const given = await token(id, key);
    return new SSMClient({
      ...{ endpoint: it.url, region, maxAttempts: 1 },
      credentials: {
        accessKeyId: given['AccessKeyId'] as string,
        secretAccessKey: given['SecretAccessKey'] as string,
        sessionToken: given['SessionToken'] as string,
      },
    });
  };
  const information = async () =>
    (await it.client.send(new DescribeInstanceInformationCommand({}))).InstanceInformationList ?? [];
  return { ...it, join, token, clientOf, information };
}

test('a host joins with an activation, takes its role, and is shown', async () => {
  const { client, activate, unsigned, token, information } = await setUp();
  const Tags = [{ Key: 'rack', Value: '7' }];
  const activation = await activate({ Description: 'd', DefaultInstanceName: 'edge', RegistrationLimit: 2, Tags });
  expect(activation.ActivationCode).toMatch(/^[A-Za-z0-9+/]{20}$/);
  const { InstanceId } = await unsigned('RegisterManagedInstance', { ...activation, ...host() });
  expect(InstanceId).toMatch(/^mi-[0-9a-f]{17}$/);
  const given = await token(InstanceId as string);
  expect(given).toMatchObject({ AccessKeyId: expect.stringMatching(/^ASIA/) as string, UpdateKeyPair: false });
  // Epoch seconds, as Go's SDK reads them: one hour.
  expect(given['TokenExpirationDate']).toBeCloseTo(Date.now() / 1000 + 3600, -1);
  const { ActivationList } = await client.send(new DescribeActivationsCommand({}));
  expect(ActivationList).toEqual([
    {
      ...{ ActivationId: activation.ActivationId, Description: 'd', DefaultInstanceName: 'edge', IamRole: 'hosts' },
      ...{ RegistrationLimit: 2, RegistrationsCount: 1, Expired: false, Tags },
      ExpirationDate: expect.any(Date) as Date,
      CreatedDate: expect.any(Date) as Date,
    },
  ]);
  const [{ ExpirationDate, CreatedDate }] = ActivationList as [{ ExpirationDate: Date; CreatedDate: Date }];
  expect(ExpirationDate.getTime() - CreatedDate.getTime()).toBe(24 * HOUR_MS);
  expect(await information()).toMatchObject([
    {
      ...{ InstanceId, PingStatus: 'ConnectionLost', IamRole: 'hosts', Name: 'edge', ResourceType: 'ManagedInstance' },
      ActivationId: activation.ActivationId,
    },
  ]);
  expect(
    (
      await client.send(
        new ListTagsForResourceCommand({ ResourceType: 'ManagedInstance', ResourceId: InstanceId as string }),
      )
    ).TagList,
  ).toEqual(Tags);
});

test('an activation is good once, unless it says more; the same host may ask again', async () => {
  const { activate, unsigned, token } = await setUp();
  const activation = await activate();
  const first = await unsigned('RegisterManagedInstance', { ...activation, ...host() });
  // The answer was lost on the way.
  expect(await unsigned('RegisterManagedInstance', { ...activation, ...host() })).toEqual(first);
  await expect(unsigned('RegisterManagedInstance', { ...activation, ...host(OTHER_KEY) })).rejects.toMatchObject({
    ...{ code: 'RegistrationLimitExceeded', status: 400 },
  });
  await expect(token(first['InstanceId'] as string)).resolves.toHaveProperty('AccessKeyId');
  const two = await activate({ RegistrationLimit: 2 });
  const another = { ...two, ...host() };
  await expect(unsigned('RegisterManagedInstance', another)).rejects.toMatchObject({
    code: 'InstanceAlreadyRegistered',
  });
  const copied = { ...activation, ...host(), Fingerprint: 'another machine' };
  await expect(unsigned('RegisterManagedInstance', copied)).rejects.toMatchObject({
    code: 'InstanceAlreadyRegistered',
  });
});

test('twenty hosts that come at once with an activation for three: three join', async () => {
  const { activate, unsigned, client } = await setUp();
  const activation = await activate({ RegistrationLimit: 3 });
  const keys = Array.from({ length: 20 }, () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
  const answers = await Promise.allSettled(
    keys.map((key) => unsigned('RegisterManagedInstance', { ...activation, ...host(key) })),
  );
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  const { ActivationList } = await client.send(new DescribeActivationsCommand({}));
  expect(ActivationList?.[0]?.RegistrationsCount).toBe(3);
}, 60_000);

test.each([
  ['another code', { ActivationCode: 'A'.repeat(20) }, 'InvalidActivation'],
  ['another id', { ActivationId: '00000000-0000-4000-8000-000000000000' }, 'InvalidActivation'],
  ['an id that is none', { ActivationId: 'x' }, 'ValidationException'],
  ['no code', { ActivationCode: undefined }, 'ValidationException'],
  ['no fingerprint', { Fingerprint: undefined }, 'ValidationException'],
  ['no key', { PublicKey: undefined }, 'ValidationException'],
  ['a key that is none', { PublicKey: 'A'.repeat(400) }, 'InvalidPublicKey'],
  ['a key of another type', { PublicKeyType: 'Dsa' }, 'ValidationException'],
  [
    'a key that says more than it is',
    { PublicKey: publicKeyOf(generateKeyPairSync('ed25519').privateKey).padEnd(400, '=') },
    'InvalidPublicKey',
  ],
  [
    'a short RSA key',
    { PublicKey: publicKeyOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey).padEnd(400, '=') },
    'InvalidPublicKey',
  ],
  ['a key whose exponent makes it slow', { PublicKey: SLOW_KEY }, 'InvalidPublicKey'],
  ['text where a key belongs', { PublicKey: 7 }, 'SerializationException'],
])('whoever comes with %s does not join', async (_name, change, code) => {
  const { activate, unsigned, information } = await setUp();
  const request = { ...(await activate()), ...host(), ...change };
  await expect(unsigned('RegisterManagedInstance', request)).rejects.toMatchObject({ code, status: 400 });
  expect(await information()).toEqual([]);
});

test('an activation that has expired, or was taken back, lets nobody join; who has joined stays', async () => {
  const { activate, unsigned, client, time, token } = await setUp();
  const activation = await activate({ RegistrationLimit: 9 });
  const { InstanceId } = await unsigned('RegisterManagedInstance', { ...activation, ...host() });
  time.ahead = 24 * HOUR_MS;
  const late = { ...activation, ...host(OTHER_KEY) };
  await expect(unsigned('RegisterManagedInstance', late)).rejects.toMatchObject({ code: 'ActivationExpired' });
  await expect(token(InstanceId as string)).resolves.toHaveProperty('AccessKeyId');
  time.ahead = 0;
  const { ActivationId } = activation;
  await client.send(new DeleteActivationCommand({ ActivationId }));
  await expect(unsigned('RegisterManagedInstance', late)).rejects.toMatchObject({ code: 'InvalidActivation' });
  await expect(client.send(new DeleteActivationCommand({ ActivationId }))).rejects.toMatchObject({
    name: 'InvalidActivationId',
  });
  await expect(token(InstanceId as string)).resolves.toHaveProperty('AccessKeyId');
});

test.each([
  ['no such role', { IamRole: 'nobody' }],
  ['a role of tasks', { IamRole: 'tasks' }],
])('an activation with %s is refused in the words that Terraform waits for', async (_name, change) => {
  const { client, role } = await setUp();
  await role('tasks', {}, 'ecs-tasks.amazonaws.com');
  await expect(client.send(new CreateActivationCommand(change))).rejects.toMatchObject({
    name: 'ValidationException',
    message: `Nonexistent role or missing ssm service principal in trust policy: arn:aws:iam::${accountId}:role/${change.IamRole}`,
  });
});

test('a trust policy as AWS’s guide has it, with account and ARN, is enough', async () => {
  const { role, activate } = await setUp();
  await role('careful', {}, 'ssm.amazonaws.com', {
    Condition: {
      StringEquals: { 'aws:SourceAccount': accountId },
      ArnEquals: { 'aws:SourceArn': `arn:aws:ssm:${region}:${accountId}:*` },
    },
  });
  await expect(activate({ IamRole: 'careful' })).resolves.toBeDefined();
});

test.each([
  [-1, false],
  [1_000, true],
  [MAX_ACTIVATION_MS - 60_000, true],
  [MAX_ACTIVATION_MS + 60_000, false],
])('an expiration date %d ms ahead: %s', async (ahead, good) => {
  const { activate } = await setUp();
  const made = activate({ ExpirationDate: new Date(Date.now() + ahead) });
  if (good) await expect(made).resolves.toBeDefined();
  else await expect(made).rejects.toMatchObject({ name: 'ValidationException' });
});

test('only the host’s own key speaks for it', async () => {
  const { join, token, as } = await setUp();
  const [first, second] = [await join(), await join(OTHER_KEY)];
  await expect(token(first, OTHER_KEY)).rejects.toMatchObject({ code: 'InvalidSignatureException', status: 400 });
  await expect(token('mi-0123456789abcdef0')).rejects.toMatchObject({
    ...{ code: 'InvalidInstanceId', message: 'Not existing InstanceId mi-0123456789abcdef0', status: 400 },
  });
  await expect(
    as(second, OTHER_KEY)('RequestManagedInstanceRoleToken', { Fingerprint: 'other' }),
  ).rejects.toMatchObject({
    code: 'MachineFingerprintDoesNotMatch',
  });
});

test('a host that was deregistered gets nothing more', async () => {
  const { join, token, client, information } = await setUp();
  const InstanceId = await join();
  await client.send(new DeregisterManagedInstanceCommand({ InstanceId }));
  await expect(token(InstanceId)).rejects.toMatchObject({ code: 'InvalidInstanceId' });
  expect(await information()).toEqual([]);
  await expect(client.send(new DeregisterManagedInstanceCommand({ InstanceId }))).rejects.toMatchObject({
    name: 'InvalidInstanceId',
  });
});

test('a role that is gone, or no longer trusts Systems Manager, is not given; another can be', async () => {
  const { join, token, client, dropRole, role } = await setUp();
  const InstanceId = await join();
  await dropRole('hosts');
  await expect(token(InstanceId)).rejects.toMatchObject({ code: 'AccessDeniedException' });
  await role('new');
  await client.send(new UpdateManagedInstanceRoleCommand({ InstanceId, IamRole: 'new' }));
  await expect(token(InstanceId)).resolves.toHaveProperty('AccessKeyId');
});

test('a host renews its key: the new one holds, the old one does not', async () => {
  const { join, token, as } = await setUp();
  const id = await join();
  const change = { NewPublicKey: publicKeyOf(OTHER_KEY), NewPublicKeyType: 'Rsa' };
  await as(id)('UpdateManagedInstancePublicKey', change);
  await expect(token(id)).rejects.toMatchObject({ code: 'InvalidSignatureException' });
  await expect(token(id, OTHER_KEY)).resolves.toHaveProperty('AccessKeyId');
  const second = await join();
  await expect(as(second)('UpdateManagedInstancePublicKey', change)).rejects.toMatchObject({
    code: 'PublicKeyAlreadyRegistered',
  });
});

test('a host is online while it pings, and pings for itself alone', async () => {
  const { join, clientOf, information, time, url, client, clock } = await setUp();
  const [first, second] = [await join(), await join(OTHER_KEY)];
  const { AwsClient } = await import('../../../platform/aws/aws-client.js');
  const { Secret } = await import('../../../platform/aws/secret.js');
  const own = await (await clientOf(first)).config.credentials();
  const pinging = new AwsClient({
    ...{ endpoint: url, region, attempts: 1, clock },
    credentials: () =>
      Promise.resolve({
        accessKeyId: own.accessKeyId,
        secretAccessKey: new Secret(own.secretAccessKey),
        sessionToken: new Secret(own.sessionToken ?? ''),
      }),
  });
  const ping = (InstanceId: string) =>
    pinging.json('ssm', 'AmazonSSM', 'UpdateInstanceInformation', {
      InstanceId,
      AgentVersion: '3.3.1.0',
      IPAddress: '10.0.0.1',
    });
  await ping(first);
  await expect(ping(second)).rejects.toMatchObject({ code: 'InvalidInstanceId' });
  const byId = async () => Object.fromEntries((await information()).map((one) => [one.InstanceId, one]));
  expect((await byId())[first]).toMatchObject({ PingStatus: 'Online', AgentVersion: '3.3.1.0', IPAddress: '10.0.0.1' });
  expect((await byId())[second]).toMatchObject({ PingStatus: 'ConnectionLost' });
  time.ahead = PING_LOST_MS + 1_000;
  expect((await byId())[first]).toMatchObject({ PingStatus: 'ConnectionLost' });
  time.ahead = 0;
  const online = { Key: 'PingStatus', Values: ['Online'] };
  const filtered = await client.send(new DescribeInstanceInformationCommand({ Filters: [online] }));
  expect(filtered.InstanceInformationList?.map((one) => one.InstanceId)).toEqual([first]);
  pinging.close();
});

test('nothing else is open to who signs nothing, or as a host; and a host’s operations to nobody else', async () => {
  const { unsigned, as, join, client, audited } = await setUp();
  const id = await join();
  const anonymous = { code: 'MissingAuthenticationTokenException', status: 400 };
  await expect(unsigned('DescribeActivations', {})).rejects.toMatchObject(anonymous);
  await expect(unsigned('RequestManagedInstanceRoleToken', { Fingerprint: 'x' })).rejects.toMatchObject(anonymous);
  for (const operation of ['DescribeActivations', 'CreateActivation', 'NoSuchOperation']) {
    await expect(as(id)(operation, {})).rejects.toMatchObject({ code: 'UnrecognizedClientException' });
  }
  const { AwsClient } = await import('../../../platform/aws/aws-client.js');
  const { Secret } = await import('../../../platform/aws/secret.js');
  const own = await client.config.credentials();
  const admin = new AwsClient({
    ...{ endpoint: (await client.config.endpoint!()).hostname, region },
    endpoint: `http://127.0.0.1:${(await client.config.endpoint!()).port}`,
    credentials: () =>
      Promise.resolve({ accessKeyId: own.accessKeyId, secretAccessKey: new Secret(own.secretAccessKey) }),
  });
  await expect(
    admin.json('ssm', 'AmazonSSM', 'RequestManagedInstanceRoleToken', { Fingerprint: FINGERPRINT }),
  ).rejects.toMatchObject({ code: 'AccessDeniedException' });
  admin.close();
  const registered = audited.find(({ operation }) => operation === 'RegisterManagedInstance');
  expect(registered).toMatchObject({ status: 200, service: 'ssm' });
  expect(registered?.caller).toBeUndefined();
  expect(JSON.stringify(requestRecord(registered!, accountId))).not.toContain(
    (registered!.input as { ActivationCode: string }).ActivationCode,
  );
});

test('tags of a host are changed', async () => {
  const { join, client } = await setUp();
  const ResourceId = await join();
  const resource = { ResourceType: 'ManagedInstance', ResourceId } as const;
  const tags = async () => (await client.send(new ListTagsForResourceCommand(resource))).TagList;
  await client.send(
    new AddTagsToResourceCommand({
      ...resource,
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    }),
  );
  await client.send(new AddTagsToResourceCommand({ ...resource, Tags: [{ Key: 'a', Value: '3' }] }));
  await client.send(new RemoveTagsFromResourceCommand({ ...resource, TagKeys: ['b'] }));
  expect(await tags()).toEqual([{ Key: 'a', Value: '3' }]);
  const nobody = { ...resource, ResourceId: 'mi-0123456789abcdef0' };
  await expect(client.send(new ListTagsForResourceCommand(nobody))).rejects.toMatchObject({
    name: 'InvalidResourceId',
  });
  const document = { ResourceType: 'Document', ResourceId: 'd' } as const;
  await expect(client.send(new ListTagsForResourceCommand(document))).rejects.toMatchObject({
    name: 'InvalidResourceType',
  });
});

test('activations come page by page, and by filter', async () => {
  const { activate, client } = await setUp();
  const made: string[] = [];
  for (let number = 0; number < 5; number += 1) {
    made.push((await activate({ DefaultInstanceName: number < 2 ? 'few' : 'many' })).ActivationId);
  }
  const seen: (string | undefined)[] = [];
  for await (const page of paginateDescribeActivations({ client, pageSize: 2 }, {})) {
    expect(page.ActivationList?.length).toBeLessThanOrEqual(2);
    seen.push(...(page.ActivationList ?? []).map((one) => one.ActivationId));
  }
  expect(seen.sort()).toEqual(made.sort());
  const Filters = [{ FilterKey: 'DefaultInstanceName' as const, FilterValues: ['few'] }];
  expect((await client.send(new DescribeActivationsCommand({ Filters }))).ActivationList).toHaveLength(2);
  const { NextToken } = await client.send(new DescribeActivationsCommand({ MaxResults: 1 }));
  await expect(client.send(new DescribeActivationsCommand({ Filters, NextToken }))).rejects.toMatchObject({
    name: 'InvalidNextToken',
  });
});

test('what the policies are asked: the host with its tags, and the role that is handed on', async () => {
  const { join, client, asked, activate, role } = await setUp();
  await role('new');
  const id = await join();
  const arn = `arn:aws:ssm:${region}:${accountId}:managed-instance/${id}`;
  const resource = { ResourceType: 'ManagedInstance', ResourceId: id } as const;
  await client.send(new AddTagsToResourceCommand({ ...resource, Tags: [{ Key: 'rack', Value: '7' }] }));
  asked.length = 0;
  await activate({ Tags: [{ Key: 'a', Value: 'b' }] });
  await client.send(new UpdateManagedInstanceRoleCommand({ InstanceId: id, IamRole: 'new' }));
  await client.send(new RemoveTagsFromResourceCommand({ ...resource, TagKeys: ['none'] }));
  await client.send(new DeregisterManagedInstanceCommand({ InstanceId: id }));
  const host = [{ arn, tags: { rack: '7' } }];
  const pass = (name: string) => ({
    action: 'iam:PassRole',
    resources: [{ arn: `arn:aws:iam::${accountId}:role/${name}` }],
    conditions: { 'iam:PassedToService': 'ssm.amazonaws.com' },
  });
  expect(asked).toEqual([
    {
      ...{ action: 'ssm:CreateActivation', resources: [{ arn: '*' }] },
      conditions: { 'aws:TagKeys': ['a'], 'aws:RequestTag/a': 'b' },
    },
    pass('hosts'),
    { action: 'ssm:UpdateManagedInstanceRole', resources: host },
    pass('new'),
    { action: 'ssm:RemoveTagsFromResource', resources: host, conditions: { 'aws:TagKeys': ['none'] } },
    { action: 'ssm:DeregisterManagedInstance', resources: host },
  ]);
});
