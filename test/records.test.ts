import { CloudWatchLogsClient, CreateLogGroupCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateClusterCommand } from '@aws-sdk/client-ecs';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account, EXEC_CHANNELS } from './account.fixture.js';
import { onPath, run, type RunningTask, Stack, stackUnavailable } from './stack.fixture.js';

const CLUSTER = 'cluster-name';
const BUCKET = 'ecs-exec-demo-output';
const GROUP = '/aws/ecs/exec-demo';
const SECRET = 'nobody-reads-this-on-the-disk';

const allow = (Action: string | string[], Resource: string) => ({ Effect: 'Allow', Action, Resource });

/** The whole configuration of the ECS Exec guide: key, encrypted group, encrypted bucket, prefix. */
describe.skipIf(stackUnavailable())('sessions on record in CloudWatch Logs and S3', { timeout: 180_000 }, () => {
  const stack = new Stack();
  const account = new Account(stack);
  let task: RunningTask;
  let s3: S3Client;
  let logs: CloudWatchLogsClient;
  let rights: object[] = [];

  beforeAll(async () => {
    await stack.up(['--kms-proxy']);
    const { AWS_REGION: region = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = stack.environment;
    const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
    const common = { endpoint: stack.url, region, credentials };
    s3 = new S3Client({ ...common, forcePathStyle: true });
    logs = new CloudWatchLogsClient(common);
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { ...allow('kms:*', '*'), Principal: { AWS: 'arn:aws:iam::123456789012:root' } },
        {
          ...allow(['kms:GenerateDataKey*', 'kms:Decrypt*', 'kms:Describe*'], '*'),
          Principal: { Service: `logs.${region}.amazonaws.com` },
        },
      ],
    });
    const { KeyMetadata } = await new KMSClient(common).send(new CreateKeyCommand({ Policy }));
    const key = KeyMetadata?.Arn ?? '';
    await logs.send(new CreateLogGroupCommand({ logGroupName: GROUP, kmsKeyId: key }));
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    rights = [
      EXEC_CHANNELS,
      allow('kms:Decrypt', key),
      allow('logs:DescribeLogGroups', '*'),
      allow(
        ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
        `arn:aws:logs:${region}:123456789012:log-group:${GROUP}:*`,
      ),
      allow('s3:GetBucketLocation', '*'),
      allow('s3:GetEncryptionConfiguration', `arn:aws:s3:::${BUCKET}`),
      allow('s3:PutObject', `arn:aws:s3:::${BUCKET}/*`),
    ];
    await account.taskRole('recorded', ...rights);
    await stack.ecs.send(
      new CreateClusterCommand({
        clusterName: CLUSTER,
        configuration: {
          executeCommandConfiguration: {
            kmsKeyId: key,
            logging: 'OVERRIDE',
            logConfiguration: {
              cloudWatchLogGroupName: GROUP,
              cloudWatchEncryptionEnabled: true,
              s3BucketName: BUCKET,
              s3EncryptionEnabled: true,
              s3KeyPrefix: 'demo',
            },
          },
        },
      }),
    );
    task = await stack.task({ family: 'recorded', cluster: CLUSTER, taskRole: 'recorded' });
  });
  afterAll(() => stack.down());

  /** The newest session, when both copies of its record are there. */
  async function delivered(): Promise<{ id: string; object: string; events: string }> {
    const { stdout } = await stack.gangway(['sessions', '--state', 'history', '--json']);
    const [newest] = JSON.parse(stdout) as { SessionId: string; StartDate: number }[];
    const id = newest?.SessionId ?? '';
    const Key = `demo/${id}.log`;
    await expect
      .poll(() => s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key })).catch(() => undefined), { timeout: 30_000 })
      .toMatchObject({ ServerSideEncryption: 'AES256' });
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    const object = (await Body?.transformToString()) ?? '';
    const stream = { logGroupName: GROUP, logStreamName: id, startFromHead: true };
    await expect
      .poll(async () => (await logs.send(new GetLogEventsCommand(stream))).events?.length, { timeout: 30_000 })
      .toBeGreaterThan(0);
    const { events = [] } = await logs.send(new GetLogEventsCommand(stream));
    return { id, object, events: events.map(({ message }) => message).join('\n') };
  }

  function filesOf(directory: string): Buffer[] {
    return readdirSync(directory, { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [readFileSync(join(entry.parentPath, entry.name))] : [],
    );
  }

  it('gangway exec without a terminal: both copies, and nothing of them to be read on the disk', async () => {
    const script = `echo ${SECRET}; echo apart >&2; exit 3`;
    const ran = await stack.gangway(['exec', '--cluster', CLUSTER, task.id, '--', 'sh', '-c', script]);
    expect(ran).toEqual({ status: 3, stdout: `${SECRET}\n`, stderr: 'apart\n' });
    const { id, object, events } = await delivered();
    for (const copy of [object, events]) {
      expect(copy).toMatch(/^Script started on /);
      expect(copy).toContain(`${SECRET}\napart\n`);
      expect(copy).toContain('COMMAND_EXIT_CODE="3"');
    }
    await expect
      .poll(async () => (await stack.gangway(['verify', '--copies', id])).stdout, { timeout: 30_000 })
      .toMatch(/OK(?![^]*note:)/);
    // Spools are gone when everything is confirmed, and what is kept is sealed.
    await expect.poll(() => readdirSync(join(stack.data, 'spools')).filter((name) => name.startsWith(id))).toEqual([]);
    for (const part of ['s3', 'recordings']) {
      for (const bytes of filesOf(join(stack.data, part))) expect(bytes.includes(SECRET)).toBe(false);
    }
    for (const file of ['state.db', 'state.db-wal']) {
      // The command line itself is part of the session's row and of the audit.
      expect(readFileSync(join(stack.data, file)).includes(`${SECRET}\napart`)).toBe(false);
    }
  });

  it.skipIf(!onPath('session-manager-plugin') || !onPath('aws'))('the official plugin, with a terminal', async () => {
    const { stdout: exports } = await stack.gangway(['env', '--data', stack.data, '--plugin-kms']);
    const script =
      `${exports}\nsleep 8 | aws --endpoint-url "$0" ecs execute-command --cluster "$1" --task "$2" --container app ` +
      '--interactive --command "sh -c \'printf \\"one\\rtwo\\n\\"; id -u\'" 2>&1';
    const { stdout } = await run('sh', ['-c', script, stack.url, CLUSTER, task.id], { env: stack.env() });
    expect(stdout).toContain('This session is encrypted using AWS KMS.');
    const { object } = await delivered();
    expect(object).toMatch(/^Script started on .*\ntwo\n0\n\nScript done on .*\n$/);
  });

  it('a role that may not write the object: the session is refused, and why is said to the user and the operator', async () => {
    await account.allowRole('recorded', ...rights.slice(0, -1));
    const ran = await stack.gangway(['exec', '--cluster', CLUSTER, task.id, '--', 'true']);
    expect(ran).toMatchObject({ status: 255, stdout: '' });
    expect(ran.stderr).toContain(
      `Couldn't start the session because it must be recorded, and Amazon S3 bucket "${BUCKET}" cannot be written to`,
    );
    expect(ran.stderr).toContain('is not authorized to perform: s3:PutObject');
    expect((await stack.gangway(['why'])).stdout).toContain('s3:PutObject');
    await account.allowRole('recorded', ...rights);
    expect(await stack.gangway(['exec', '--cluster', CLUSTER, task.id, '--', 'true'])).toMatchObject({ status: 0 });
  });
});
