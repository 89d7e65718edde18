import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  GenerateDataKeyCommand,
  GetKeyPolicyCommand,
  ListAliasesCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  paginateListKeys,
} from '@aws-sdk/client-kms';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AwsError } from '../../platform/aws/aws-error.js';
import { decodeJson } from '../../platform/aws/model/decode-json.js';
import { context } from '../ecs/ecs.fixture.js';
import { RecordingAuthorization } from '../recording-authorization.fixture.js';
import { ACCOUNT, ARN, openKms, REGION } from './kms.fixture.js';

const exec = promisify(execFile);
const hasCli = await exec('aws', ['--version']).then(
  () => true,
  () => false,
);

test('aliases: made once, moved, removed, AWS’s own reserved', async () => {
  const { client } = await openKms();
  const a = (await client.send(new CreateKeyCommand({}))).KeyMetadata!.KeyId!;
  const b = (await client.send(new CreateKeyCommand({}))).KeyMetadata!.KeyId!;
  const create = (AliasName: string, TargetKeyId = a) =>
    client.send(new CreateAliasCommand({ AliasName, TargetKeyId }));
  await create('alias/exec');
  await expect(create('alias/exec')).rejects.toMatchObject({
    name: 'AlreadyExistsException',
    message: `An alias with the name ${ARN}alias/exec already exists`,
  });
  await expect(create('alias/aws/ssm')).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  await expect(create('exec')).rejects.toMatchObject({ name: 'ValidationException', message: 'Invalid identifier' });
  await expect(create('alias/second', 'alias/exec')).rejects.toMatchObject({
    message: 'Aliases must refer to keys. Not aliases',
  });
  await expect(create('alias/a b')).rejects.toMatchObject({
    message:
      "1 validation error detected: Value 'alias/a b' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
  });
  await client.send(new UpdateAliasCommand({ AliasName: 'alias/exec', TargetKeyId: b }));
  const { Aliases } = await client.send(new ListAliasesCommand({ KeyId: b }));
  expect(Aliases).toMatchObject([{ AliasName: 'alias/exec', AliasArn: `${ARN}alias/exec`, TargetKeyId: b }]);
  await client.send(new DeleteAliasCommand({ AliasName: 'alias/exec' }));
  await expect(client.send(new DeleteAliasCommand({ AliasName: 'alias/exec' }))).rejects.toMatchObject({
    name: 'NotFoundException',
    message: `Alias ${ARN}alias/exec is not found.`,
  });
});

test('limits are refused in the words of AWS’s validator', async () => {
  const { client } = await openKms();
  const KeyId = (await client.send(new CreateKeyCommand({}))).KeyMetadata!.KeyId!;
  await expect(client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 6 }))).rejects.toMatchObject({
    name: 'ValidationException',
    message:
      "1 validation error detected: Value '6' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value greater than or equal to 7",
  });
  await expect(client.send(new GenerateDataKeyCommand({ KeyId }))).rejects.toMatchObject({
    message: 'Please specify either number of bytes or key spec.',
  });
  const both = new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_512' as never, NumberOfBytes: 1025 });
  await expect(client.send(both)).rejects.toMatchObject({
    message:
      "2 validation errors detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024; Value 'AES_512' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [AES_256, AES_128]",
  });
});

test('policies and tags of a key', async () => {
  const { client } = await openKms();
  const { KeyMetadata } = await client.send(new CreateKeyCommand({ Tags: [{ TagKey: 'team', TagValue: 'blue' }] }));
  const KeyId = KeyMetadata!.KeyId!;
  const { Policy } = await client.send(new GetKeyPolicyCommand({ KeyId }));
  expect(JSON.parse(Policy!)).toMatchObject({
    Statement: [{ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*' }],
  });
  const put = (policy: string, BypassPolicyLockoutSafetyCheck = false) =>
    client.send(new PutKeyPolicyCommand({ KeyId, Policy: policy, BypassPolicyLockoutSafetyCheck }));
  const allowing = (Principal: object) =>
    JSON.stringify({ Statement: { Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' } });
  for (const malformed of ['[]', '{}', '{"Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}']) {
    await expect(put(malformed)).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' });
  }
  const others = allowing({ AWS: `arn:aws:iam::${ACCOUNT}:user/somebody-else` });
  await expect(put(others)).rejects.toMatchObject({
    name: 'MalformedPolicyDocumentException',
    message: 'The new key policy will not allow you to update the key policy in the future.',
  });
  await put(others, true);
  expect((await client.send(new GetKeyPolicyCommand({ KeyId }))).Policy).toBe(others);
  await put(allowing({ AWS: `arn:aws:iam::${ACCOUNT}:root` }));
  await expect(put(`{"Statement":[]${' '.repeat(33_000)}}`)).rejects.toMatchObject({ name: 'LimitExceededException' });
  await client.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] }));
  await client.send(new UntagResourceCommand({ KeyId, TagKeys: ['team'] }));
  expect((await client.send(new ListResourceTagsCommand({ KeyId }))).Tags).toEqual([{ TagKey: 'a', TagValue: 'b' }]);
});

test('the SDK pages through the keys', async () => {
  const { client } = await openKms();
  const made: string[] = [];
  for (let count = 0; count < 5; count += 1) {
    made.push((await client.send(new CreateKeyCommand({}))).KeyMetadata!.KeyId!);
  }
  const listed: string[] = [];
  for await (const page of paginateListKeys({ client, pageSize: 2 }, {})) {
    listed.push(...page.Keys!.map(({ KeyId }) => KeyId!));
  }
  expect(listed).toEqual(made.sort());
});

test('policies are asked with key, policy, tags, alias and encryption context; a denied caller learns nothing', async () => {
  const authorization = new RecordingAuthorization();
  const { client } = await openKms({ authorization });
  const tags = [{ TagKey: 'team', TagValue: 'blue' }];
  const KeyId = (await client.send(new CreateKeyCommand({ Tags: tags }))).KeyMetadata!.KeyId!;
  expect(authorization.asked.map(({ action, resources }) => [action, resources[0]!.arn])).toEqual([
    ['kms:CreateKey', '*'],
    ['kms:TagResource', `${ARN}key/*`],
  ]);
  await client.send(new CreateAliasCommand({ AliasName: 'alias/exec', TargetKeyId: KeyId }));
  expect(authorization.asked.slice(2).map(({ action, resources }) => [action, resources[0]!.arn])).toEqual([
    ['kms:CreateAlias', `${ARN}alias/exec`],
    ['kms:CreateAlias', `${ARN}key/${KeyId}`],
  ]);
  await client.send(
    new GenerateDataKeyCommand({ KeyId: 'alias/exec', KeySpec: 'AES_256', EncryptionContext: { a: 'b' } }),
  );
  expect(authorization.asked.at(-1)).toMatchObject({
    action: 'kms:GenerateDataKey',
    resources: [{ arn: `${ARN}key/${KeyId}`, tags: { team: 'blue' }, policy: { rule: 'must-allow' } }],
    conditions: {
      'kms:EncryptionContext:a': 'b',
      'kms:EncryptionContextKeys': ['a'],
      'kms:RequestAlias': 'alias/exec',
      'kms:ResourceAliases': ['alias/exec'],
      'kms:CallerAccount': ACCOUNT,
    },
  });
  authorization.refused.add('kms:GenerateDataKey');
  const unknown = '00000000-0000-4000-8000-000000000000';
  const messages: string[] = [];
  for (const id of [KeyId, unknown]) {
    const asked = client.send(new GenerateDataKeyCommand({ KeyId: id, KeySpec: 'AES_256' }));
    const refusal = await asked.then(
      () => 'allowed',
      (error: unknown) => String(error),
    );
    messages.push(refusal.replace(id, 'ID'));
  }
  expect(messages[0]).toContain('AccessDeniedException');
  expect(messages[0]).toBe(messages[1]);
});

test('every operation says what it asks', async () => {
  const { now } = await openKms();
  expect(now.kms.service.operations.filter(({ access }) => access === undefined)).toEqual([]);
});

test('a session’s key: there, enabled, and the caller’s where that is asked', async () => {
  const authorization = new RecordingAuthorization();
  const { client, now } = await openKms({ authorization });
  const KeyId = (await client.send(new CreateKeyCommand({}))).KeyMetadata!.KeyId!;
  const require = (kmsKeyId: string) =>
    now.kms.sessionKeys.require({ kmsKeyId, encryptionContext: { t: 'x' }, caller: context.caller, context });
  await require(KeyId);
  await expect(require('alias/none')).rejects.toMatchObject({
    code: 'InvalidParameterException',
    message: `Alias ${ARN}alias/none is not found.`,
  });
  authorization.refused.add('kms:GenerateDataKey');
  await expect(require(KeyId)).rejects.toMatchObject({ code: 'AccessDeniedException' });
});

test('hostile input is refused with an error of KMS, never a fault', { timeout: 60_000 }, async () => {
  const { now } = await openKms();
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('alias/', 'alias/aws/x', 'arn:', 'arn:aws:kms:::', `${ARN}key/`, `${ARN}key/x`, `${ARN}alias/x`),
  );
  const value = fc.oneof(
    text,
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.base64String(),
    fc.dictionary(text, text),
    fc.array(fc.oneof(text, fc.record({ TagKey: text, TagValue: text })), { maxLength: 3 }),
  );
  const members =
    'KeyId TargetKeyId AliasName CiphertextBlob Plaintext EncryptionContext NumberOfBytes KeySpec Limit Marker Policy Tags TagKeys PendingWindowInDays RotationPeriodInDays DestinationKeyId SourceKeyId Description GrantTokens'.split(
      ' ',
    );
  const input = fc.dictionary(fc.constantFrom(...members), value);
  const { service } = now.kms;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...service.operations), input, async (operation, given) => {
      try {
        const decoded = decodeJson(operation.input, given, (path) => service.missingMember(path)) as never;
        await operation.access!(decoded, context);
        await operation.run(decoded, context);
      } catch (error) {
        expect(error).toBeInstanceOf(AwsError);
        expect((error as AwsError).status).toBeLessThan(500);
      }
    }),
    { numRuns: 600 },
  );
});

test.skipIf(!hasCli)('the AWS CLI: a key, its alias, a secret there and back', { timeout: 60_000 }, async () => {
  const { now } = await openKms();
  async function aws(...args: string[]) {
    const { stdout } = await exec('aws', ['--endpoint-url', now.url, 'kms', ...args], {
      env: {
        PATH: process.env['PATH'],
        HOME: '/nonexistent',
        AWS_DEFAULT_REGION: REGION,
        AWS_ACCESS_KEY_ID: now.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: now.credentials.secretAccessKey,
        AWS_PAGER: '',
      },
    });
    return (stdout.trim() === '' ? {} : JSON.parse(stdout)) as Record<string, never>;
  }
  const { KeyMetadata } = (await aws('create-key', '--description', 'exec')) as unknown as {
    KeyMetadata: { KeyId: string; Arn: string };
  };
  await aws('create-alias', '--alias-name', 'alias/exec', '--target-key-id', KeyMetadata.KeyId);
  const made = await aws('generate-data-key', '--key-id', 'alias/exec', '--number-of-bytes', '64');
  expect(made).toMatchObject({ KeyId: KeyMetadata.Arn });
  const failed = aws('describe-key', '--key-id', 'alias/none');
  await expect(failed).rejects.toThrow(
    `An error occurred (NotFoundException) when calling the DescribeKey operation: Alias ${ARN}alias/none is not found.`,
  );
});
