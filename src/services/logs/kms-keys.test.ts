import { readFileSync } from 'node:fs';
import {
  AssociateKmsKeyCommand,
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
  DisassociateKmsKeyCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  GetKeyPolicyCommand,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import { expect, test } from 'vitest';
import { ARN, openLogs, REGION } from './logs.fixture.js';

type Logs = Awaited<ReturnType<typeof openLogs>>;
const place = { logGroupName: '/g', logStreamName: 's' };

/** `allowed`: the group that the key's policy names, as AWS's guide tells to. */
async function makeKey(logs: Logs, allowed?: string): Promise<{ KeyId: string; Arn: string }> {
  const { KeyMetadata } = await logs.kms.send(new CreateKeyCommand({}));
  const key = KeyMetadata as { KeyId: string; Arn: string };
  if (allowed === undefined) return key;
  const { Policy } = await logs.kms.send(new GetKeyPolicyCommand({ KeyId: key.KeyId }));
  const policy = JSON.parse(Policy!) as { Statement: object[] };
  policy.Statement.push({
    Effect: 'Allow',
    Principal: { Service: `logs.${REGION}.amazonaws.com` },
    Action: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
    Resource: '*',
    Condition: { ArnEquals: { 'kms:EncryptionContext:aws:logs:arn': `${ARN}${allowed}` } },
  });
  await logs.kms.send(new PutKeyPolicyCommand({ KeyId: key.KeyId, Policy: JSON.stringify(policy) }));
  return key;
}

const put = (logs: Logs, message: string) =>
  logs.client.send(new PutLogEventsCommand({ ...place, logEvents: [{ timestamp: logs.time.now, message }] }));
const read = async (logs: Logs) =>
  (await logs.client.send(new GetLogEventsCommand({ ...place, startFromHead: true }))).events!.map(
    ({ message }) => message,
  );
const refused = {
  name: 'AccessDeniedException',
  message: `The specified KMS key does not exist or is not allowed to be used with Arn '${ARN}/g'`,
};

test('events before, under and after a key are read alike, and not at all while the key is disabled', async () => {
  const logs = await openLogs();
  await logs.group('/g', 's');
  await put(logs, 'before');
  const { KeyId, Arn } = await makeKey(logs, '/g');
  await logs.client.send(new AssociateKmsKeyCommand({ logGroupName: '/g', kmsKeyId: Arn }));
  const groupKey = async () => (await logs.client.send(new DescribeLogGroupsCommand({}))).logGroups![0]!.kmsKeyId;
  expect(await groupKey()).toBe(Arn);
  await put(logs, 'under');
  expect(await read(logs)).toEqual(['before', 'under']);
  expect(readFileSync(logs.path).includes('under')).toBe(false);
  await logs.restart();
  expect(await read(logs)).toEqual(['before', 'under']);

  await logs.kms.send(new DisableKeyCommand({ KeyId }));
  await expect(read(logs)).rejects.toMatchObject(refused);
  await expect(put(logs, 'lost')).rejects.toMatchObject(refused);
  await logs.kms.send(new EnableKeyCommand({ KeyId }));
  await logs.client.send(new DisassociateKmsKeyCommand({ logGroupName: '/g' }));
  expect(await groupKey()).toBeUndefined();
  await put(logs, 'after');
  expect(await read(logs)).toEqual(['before', 'under', 'after']);
  // What was written under the key needs it still.
  await logs.kms.send(new DisableKeyCommand({ KeyId }));
  await expect(read(logs)).rejects.toMatchObject(refused);
});

test('a key is refused that does not allow the service, allows it for another group, or is not there', async () => {
  const logs = await openLogs();
  await logs.group('/g');
  const associate = (kmsKeyId: string) =>
    logs.client.send(new AssociateKmsKeyCommand({ logGroupName: '/g', kmsKeyId }));
  const without = await makeKey(logs);
  await expect(associate(without.Arn)).rejects.toMatchObject(refused);
  await expect(associate((await makeKey(logs, '/other')).Arn)).rejects.toMatchObject(refused);
  await expect(associate(without.Arn.replace(/.{12}$/, '000000000000'))).rejects.toMatchObject(refused);
  await expect(associate('x')).rejects.toMatchObject(refused);
  const disabled = await makeKey(logs, '/g');
  await logs.kms.send(new DisableKeyCommand({ KeyId: disabled.KeyId }));
  await expect(associate(disabled.Arn)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  const create = new CreateLogGroupCommand({ logGroupName: '/new', kmsKeyId: without.Arn });
  await expect(logs.client.send(create)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  expect((await logs.client.send(new DescribeLogGroupsCommand({}))).logGroups).toHaveLength(1);
});

test('with open limits the policy is not asked, and the key still is what opens the events', async () => {
  const logs = await openLogs({ limits: 'open' });
  const { KeyId, Arn } = await makeKey(logs);
  await logs.kms.send(new CreateAliasCommand({ AliasName: 'alias/logs', TargetKeyId: KeyId }));
  await logs.client.send(new CreateLogGroupCommand({ logGroupName: '/made', kmsKeyId: 'alias/logs' }));
  expect((await logs.client.send(new DescribeLogGroupsCommand({}))).logGroups).toMatchObject([{ kmsKeyId: Arn }]);
  await logs.group('/g', 's');
  await logs.client.send(new AssociateKmsKeyCommand({ resourceIdentifier: `${ARN}/g`, kmsKeyId: KeyId }));
  await put(logs, 'x');
  expect(await read(logs)).toEqual(['x']);
  await logs.kms.send(new DisableKeyCommand({ KeyId }));
  await expect(read(logs)).rejects.toMatchObject(refused);
});
