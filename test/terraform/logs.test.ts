import {
  AssociateKmsKeyCommand,
  type CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DeleteRetentionPolicyCommand,
  DescribeIndexPoliciesCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  DescribeResourcePoliciesCommand,
  DisassociateKmsKeyCommand,
  GetDataProtectionPolicyCommand,
  ListTagsForResourceCommand,
  ListTagsLogGroupCommand,
  PutLogGroupDeletionProtectionCommand,
  PutRetentionPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { expect, test } from 'vitest';
import { accountEndpoint, ACCOUNT, REGION } from '../account-endpoint.fixture.js';
import { expectNoDifference, policy, refusal } from './difference.fixture.js';

const logGroupName = '/ecs/exec';
const arn = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${logGroupName}`;

/** The group of just this name, among those whose names begin so. */
async function find(logs: CloudWatchLogsClient) {
  let nextToken: string | undefined;
  do {
    const page = await logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName, nextToken, limit: 1 }),
    );
    const found = page.logGroups?.find((group) => group.logGroupName === logGroupName);
    if (found) return found;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return undefined;
}

async function read(logs: CloudWatchLogsClient) {
  const group = await find(logs);
  const { tags } = await logs.send(new ListTagsForResourceCommand({ resourceArn: arn }));
  return {
    // The provider takes the `:*` off.
    ...{ arn: group?.arn?.replace(/:\*$/, ''), name: group?.logGroupName, kms_key_id: group?.kmsKeyId ?? '' },
    ...{ retention_in_days: group?.retentionInDays ?? 0, log_group_class: group?.logGroupClass, tags },
    deletion_protection_enabled: group?.deletionProtectionEnabled,
  };
}

/** A key that CloudWatch Logs may use. */
async function logsKey(kms: KMSClient): Promise<string> {
  const Policy = policy(
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
    {
      ...{ Effect: 'Allow', Principal: { Service: `logs.${REGION}.amazonaws.com` }, Resource: '*' },
      Action: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
    },
  );
  return (await kms.send(new CreateKeyCommand({ Policy }))).KeyMetadata?.Arn ?? '';
}

test('aws_cloudwatch_log_group', async () => {
  const { logs, kms } = await accountEndpoint();
  const kmsKeyId = await logsKey(kms);
  await logs.send(new CreateLogGroupCommand({ logGroupName: `${logGroupName}-other` }));
  await logs.send(new CreateLogGroupCommand({ logGroupName: '/ecs/exe' }));
  await logs.send(
    new CreateLogGroupCommand({ logGroupName, kmsKeyId, tags: { team: 'ops', env: '' }, logGroupClass: 'STANDARD' }),
  );
  await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 30 }));
  const created = {
    ...{ arn, name: logGroupName, kms_key_id: kmsKeyId, retention_in_days: 30, log_group_class: 'STANDARD' },
    ...{ tags: { team: 'ops', env: '' }, deletion_protection_enabled: false },
  };
  expectNoDifference(created, await read(logs));
  const again = logs.send(new CreateLogGroupCommand({ logGroupName }));
  expect(await refusal(again)).toBe('ResourceAlreadyExistsException');

  await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 90 }));
  await logs.send(new DisassociateKmsKeyCommand({ logGroupName }));
  await logs.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: ['env'] }));
  await logs.send(new TagResourceCommand({ resourceArn: arn, tags: { team: 'sec' } }));
  const updated = { ...created, kms_key_id: '', retention_in_days: 90, tags: { team: 'sec' } };
  expectNoDifference(updated, await read(logs));
  await logs.send(new AssociateKmsKeyCommand({ logGroupName, kmsKeyId }));
  await logs.send(new DeleteRetentionPolicyCommand({ logGroupName }));
  expectNoDifference({ ...updated, kms_key_id: kmsKeyId, retention_in_days: 0 }, await read(logs));

  const protect = (deletionProtectionEnabled: boolean) =>
    logs.send(
      new PutLogGroupDeletionProtectionCommand({ logGroupIdentifier: logGroupName, deletionProtectionEnabled }),
    );
  await protect(true);
  expect((await read(logs)).deletion_protection_enabled).toBe(true);
  const remove = () => logs.send(new DeleteLogGroupCommand({ logGroupName }));
  expect(await refusal(remove())).toBe('ValidationException');
  await protect(false);
  await remove();
  expect(await find(logs)).toBeUndefined();
  expect(await refusal(remove())).toBe('ResourceNotFoundException');
});

test('tags of a log group by its ARN, which has no :* as on AWS, and by its name', async () => {
  const { logs } = await accountEndpoint();
  await logs.send(new CreateLogGroupCommand({ logGroupName, tags: { a: '1' } }));
  await logs.send(new TagResourceCommand({ resourceArn: arn, tags: { b: '2' } }));
  expect((await logs.send(new ListTagsForResourceCommand({ resourceArn: arn }))).tags).toEqual({ a: '1', b: '2' });
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- older clients call it
  expect((await logs.send(new ListTagsLogGroupCommand({ logGroupName }))).tags).toEqual({ a: '1', b: '2' });
  // The model's pattern of ARNs has no asterisk: both of its clients cut it off.
  const starred = logs.send(new ListTagsForResourceCommand({ resourceArn: `${arn}:*` }));
  expect(await refusal(starred)).toBe('InvalidParameterException');
  const missing = logs.send(new ListTagsForResourceCommand({ resourceArn: `${arn}-other` }));
  expect(await refusal(missing)).toBe('ResourceNotFoundException');
});

test('aws_cloudwatch_log_stream', async () => {
  const { logs } = await accountEndpoint();
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const logStreamName = 'app/1';
  const find = async () => {
    const { logStreams } = await logs.send(
      new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix: logStreamName }),
    );
    return logStreams?.find((stream) => stream.logStreamName === logStreamName);
  };
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  expectNoDifference({ arn: `${arn}:log-stream:${logStreamName}` }, { arn: (await find())?.arn });
  await logs.send(new DeleteLogStreamCommand({ logGroupName, logStreamName }));
  expect(await find()).toBeUndefined();
});

test('AWS::Logs::LogGroup: what its handler reads beside the group itself', async () => {
  const { logs } = await accountEndpoint();
  await logs.send(new CreateLogGroupCommand({ logGroupName, logGroupClass: 'INFREQUENT_ACCESS' }));
  expect((await read(logs)).log_group_class).toBe('INFREQUENT_ACCESS');
  const protection = await logs.send(new GetDataProtectionPolicyCommand({ logGroupIdentifier: logGroupName }));
  expect(protection.policyDocument).toBeUndefined();
  expect(protection.logGroupIdentifier).toBe(logGroupName);
  const index = await logs.send(new DescribeIndexPoliciesCommand({ logGroupIdentifiers: [logGroupName] }));
  expect(index.indexPolicies).toEqual([]);
  expect((await logs.send(new DescribeResourcePoliciesCommand({}))).resourcePolicies).toEqual([]);
  const missing = { logGroupIdentifier: '/none' };
  expect(await refusal(logs.send(new GetDataProtectionPolicyCommand(missing)))).toBe('ResourceNotFoundException');
  const none = new DescribeIndexPoliciesCommand({ logGroupIdentifiers: ['/none'] });
  expect(await refusal(logs.send(none))).toBe('ResourceNotFoundException');
});
