import { CreateClusterCommand } from '@aws-sdk/client-ecs';
import { CreateLogGroupCommand, CloudWatchLogsClient, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stackUnavailable } from '../../../../test/stack.fixture.js';
import { RECORDED, RecordedStack } from './recorded-stack.fixture.js';

describe.skipIf(stackUnavailable())('verify --copies, with buckets and log groups', { timeout: 120_000 }, () => {
  const stack = new RecordedStack();
  let id = '';
  let s3: S3Client;
  let logs: CloudWatchLogsClient;

  beforeAll(async () => {
    await stack.up();
    const { AWS_REGION: region = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = stack.environment;
    const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
    const common = { endpoint: stack.url, region, credentials };
    s3 = new S3Client({ ...common, forcePathStyle: true });
    logs = new CloudWatchLogsClient(common);
    await s3.send(new CreateBucketCommand({ Bucket: 'records' }));
    await logs.send(new CreateLogGroupCommand({ logGroupName: '/exec/records' }));
    const task0 = await stack.task();
    expect(task0.id).not.toBe('');
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['s3:*', 'logs:*', 'ssmmessages:*'], Resource: '*' }],
    });
    await new IAMClient(common).send(
      new PutRolePolicyCommand({ RoleName: 'task-role', PolicyName: 'log', PolicyDocument }),
    );
    await stack.ecs.send(
      new CreateClusterCommand({
        clusterName: RECORDED,
        configuration: {
          executeCommandConfiguration: {
            logging: 'OVERRIDE',
            logConfiguration: { s3BucketName: 'records', s3KeyPrefix: 'demo', cloudWatchLogGroupName: '/exec/records' },
          },
        },
      }),
    );
    const task = await stack.task({ cluster: RECORDED });
    await stack.exec(task, '--', 'sh', '-c', 'seq 30; echo done');
    [id = ''] = await stack.ended(1);
  });
  afterAll(() => stack.down());

  it('copies that are what was delivered, and one that is not', async () => {
    await expect
      .poll(async () => (await stack.gangway(['verify', '--copies', '--json', id])).stdout, { timeout: 20_000 })
      .toMatch(/"holds": true[^]*"notes": \[\]/);
    const Key = `demo/${id}.log`;
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'records', Key }));
    const text = (await Body?.transformToString()) ?? '';
    expect((await stack.gangway(['sessions', 'export', id, '--format', 'txt'])).stdout).toBe(text);
    await s3.send(new PutObjectCommand({ Bucket: 'records', Key, Body: text.replace('done', 'gone') }));
    const bent = await stack.gangway(['verify', '--copies', id]);
    expect(bent.status).toBe(1);
    expect(bent.stdout).toMatch(
      /the transcript at s3:\/\/records\/demo\/.*\.log is not what was delivered: its SHA-256 is/,
    );
    await s3.send(new PutObjectCommand({ Bucket: 'records', Key, Body: text }));
    await logs.send(
      new PutLogEventsCommand({
        logGroupName: '/exec/records',
        logStreamName: id,
        logEvents: [{ timestamp: Date.now(), message: 'added' }],
      }),
    );
    const added = await stack.gangway(['verify', '--copies', id]);
    expect(added.stdout).toMatch(/at logs:\/\/.* is not what was delivered/);
  });
});
