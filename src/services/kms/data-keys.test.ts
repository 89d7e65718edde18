import { CreateKeyCommand, DisableKeyCommand, GetKeyPolicyCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { expect, test } from 'vitest';
import { createAuthorization } from '../authorization/authorization.js';
import { context } from '../ecs/ecs.fixture.js';
import { ACCOUNT, ARN, openKms, REGION } from './kms.fixture.js';

const LOGS = `logs.${REGION}.amazonaws.com`;
const GROUP = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/exec`;
const forLogs = { service: 'logs', encryptionContext: { 'aws:logs:arn': GROUP } };

/** What AWS's guide tells to put on a key for CloudWatch Logs. */
const logsStatement = {
  Effect: 'Allow',
  Principal: { Service: LOGS },
  Action: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
  Resource: '*',
  Condition: { ArnEquals: { 'kms:EncryptionContext:aws:logs:arn': GROUP } },
};

async function keyWith(client: Awaited<ReturnType<typeof openKms>>['client'], ...statements: object[]) {
  const KeyId = (await client.send(new CreateKeyCommand({}))).KeyMetadata!.KeyId!;
  const { Policy } = await client.send(new GetKeyPolicyCommand({ KeyId }));
  const policy = JSON.parse(Policy!) as { Statement: object[] };
  policy.Statement.push(...statements);
  await client.send(new PutKeyPolicyCommand({ KeyId, Policy: JSON.stringify(policy) }));
  return KeyId;
}

test('a service gets a key by its name in the policy, for the group in the condition, and opens it again', async () => {
  const { client, now } = await openKms();
  const { dataKeys } = now.kms;
  const keyId = await keyWith(client, logsStatement);
  const key = await dataKeys.generate({ ...forLogs, keyId });
  expect(key.keyArn).toBe(`${ARN}key/${keyId}`);
  expect(key.plaintext).toHaveLength(32);
  await expect(dataKeys.open(forLogs, key.ciphertext)).resolves.toEqual(key.plaintext);
  const other = { ...forLogs, encryptionContext: { 'aws:logs:arn': `${GROUP}2` } };
  const refused = (action: string, who = LOGS) => ({
    code: 'AccessDeniedException',
    message: `User: ${who} is not authorized to perform: kms:${action} on resource: ${key.keyArn} because no resource-based policy allows the kms:${action} action`,
  });
  await expect(dataKeys.generate({ ...other, keyId })).rejects.toMatchObject(refused('GenerateDataKey'));
  await expect(dataKeys.open(other, key.ciphertext)).rejects.toMatchObject(refused('Decrypt'));
  await expect(dataKeys.generate({ ...forLogs, service: 's3', keyId })).rejects.toMatchObject(
    refused('GenerateDataKey', `s3.${REGION}.amazonaws.com`),
  );
  await client.send(new DisableKeyCommand({ KeyId: keyId }));
  await expect(dataKeys.open(forLogs, key.ciphertext)).rejects.toMatchObject({
    code: 'DisabledException',
    message: `${key.keyArn} is disabled.`,
  });
});

test('the account in the policy is no leave for a service, and a Deny of it wins', async () => {
  const { client, now } = await openKms();
  const { dataKeys } = now.kms;
  const keyId = await keyWith(client);
  await expect(dataKeys.generate({ ...forLogs, keyId })).rejects.toMatchObject({ code: 'AccessDeniedException' });
  const unasked = await dataKeys.generate({ ...forLogs, keyId, unasked: true });
  await expect(dataKeys.open({ ...forLogs, unasked: true }, unasked.ciphertext)).resolves.toEqual(unasked.plaintext);
  const denied = await keyWith(client, logsStatement, {
    Effect: 'Deny',
    Principal: '*',
    Action: 'kms:GenerateDataKey',
    Resource: '*',
    Condition: { Bool: { 'aws:PrincipalIsAWSService': 'true' } },
  });
  await expect(dataKeys.generate({ ...forLogs, keyId: denied })).rejects.toMatchObject({
    message: expect.stringContaining('with an explicit deny in a resource-based policy') as string,
  });
  const missing = '00000000-0000-4000-8000-000000000000';
  await expect(dataKeys.generate({ ...forLogs, keyId: missing })).rejects.toMatchObject({
    code: 'NotFoundException',
    message: `Key '${ARN}key/${missing}' does not exist`,
  });
  await expect(dataKeys.open(forLogs, Buffer.alloc(80))).rejects.toMatchObject({ code: 'InvalidCiphertextException' });
});

test('on behalf of a caller, its policies decide, and know by which service the key is asked for', async () => {
  const document = (via: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
        Resource: '*',
        Condition: {
          StringEquals: { 'kms:ViaService': `${via}.${REGION}.amazonaws.com`, 'kms:EncryptionContext:aws:s3:arn': 'b' },
        },
      },
    });
  let own = document('s3');
  let version = 0;
  const dataKeyAuthorization = createAuthorization({
    clock: Date.now,
    principals: {
      version: () => version,
      role: () => Promise.resolve(undefined),
      policiesOf: () => Promise.resolve({ identity: [{ name: 'own', document: own }], tags: {} }),
    },
  });
  const { client, now } = await openKms({ dataKeyAuthorization });
  const { dataKeys } = now.kms;
  const keyId = await keyWith(client);
  const caller = {
    ...context.caller,
    accountId: ACCOUNT,
    arn: `arn:aws:iam::${ACCOUNT}:user/ann`,
    type: 'user' as const,
  };
  const request = { service: 's3', encryptionContext: { 'aws:s3:arn': 'b' }, context: { ...context, caller } };
  const key = await dataKeys.generate({ ...request, keyId });
  await expect(dataKeys.open(request, key.ciphertext)).resolves.toEqual(key.plaintext);
  own = document('logs');
  version += 1;
  await expect(dataKeys.open(request, key.ciphertext)).rejects.toMatchObject({
    code: 'AccessDeniedException',
    message: `User: ${caller.arn} is not authorized to perform: kms:Decrypt on resource: ${key.keyArn} because no identity-based policy allows the kms:Decrypt action`,
  });
});

test('on behalf of a caller whom nobody can ask about, there is no key', async () => {
  const { client, now } = await openKms();
  const keyId = await keyWith(client);
  await expect(
    now.kms.dataKeys.generate({ service: 's3', encryptionContext: {}, keyId, context }),
  ).rejects.toMatchObject({ code: 'AccessDeniedException' });
});
