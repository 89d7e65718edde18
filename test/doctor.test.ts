import {
  CreateClusterCommand,
  type ContainerDefinition,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  UpdateClusterCommand,
  type ExecuteCommandConfiguration,
} from '@aws-sdk/client-ecs';
import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CloudWatchLogsClient, CreateLogGroupCommand, DeleteLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../src/client/doctor/finding.js';
import { Account, ACCOUNT, EXEC_CHANNELS, policy } from './account.fixture.js';
import { onPath, run, Stack, stackUnavailable } from './stack.fixture.js';

const CLUSTER = 'audited';
const GROUP = '/exec/audit';
const BUCKET = 'exec-audit';

const allow = (Action: string | string[], Resource = '*', more: object = {}) => ({
  ...{ Effect: 'Allow', Action, Resource },
  ...more,
});

/** Enough for doctor to look at everything. */
const LOOK = allow([
  ...['ecs:Describe*', 'ecs:List*', 'iam:SimulatePrincipalPolicy', 'iam:GetRole', 'kms:DescribeKey'],
  ...['logs:DescribeLogGroups', 's3:GetEncryptionConfiguration', 'ssm:GetConnectionStatus', 'ec2:Describe*'],
]);

/** What AWS's checker calls yellow; a stack's task has them unless it is the good one. */
const ADVICE = ['aws-cli', 'session-manager-plugin', 'init-process', 'start-session'];

interface Examined {
  readonly status: number;
  readonly verdict: string;
  readonly findings: readonly Finding[];
  /** Names of the checks, by state. */
  readonly failed: readonly string[];
  readonly warned: readonly string[];
  readonly notChecked: readonly string[];
  evidence(check: string): string;
}

describe.skipIf(stackUnavailable())('gangway doctor', { timeout: 180_000 }, () => {
  const stack = new Stack();
  const account = new Account(stack);
  let keyId = '';
  let good = '';

  const client = () => ({
    endpoint: stack.url,
    region: 'us-east-1',
    credentials: {
      accessKeyId: stack.environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: stack.environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
  const kms = () => new KMSClient(client());
  const logs = () => new CloudWatchLogsClient(client());

  const configuration = (): ExecuteCommandConfiguration => ({
    kmsKeyId: keyId,
    logging: 'OVERRIDE',
    logConfiguration: {
      ...{ cloudWatchLogGroupName: GROUP, cloudWatchEncryptionEnabled: true },
      ...{ s3BucketName: BUCKET, s3EncryptionEnabled: true, s3KeyPrefix: 'demo/' },
    },
  });

  /** Runs a task of these containers and waits for its agents, those that shall run. */
  async function start(
    family: string,
    options: {
      role?: string | undefined;
      exec?: boolean;
      containers?: readonly Partial<ContainerDefinition>[];
      agent?: 'RUNNING' | 'STOPPED';
    } = {},
  ): Promise<string> {
    const { role, exec = true, containers = [{}], agent = 'RUNNING' } = options;
    await stack.ecs.send(
      new RegisterTaskDefinitionCommand({
        family,
        ...('role' in options ? (role === undefined ? {} : { taskRoleArn: role }) : { taskRoleArn: 'good' }),
        networkMode: 'awsvpc',
        requiresCompatibilities: ['FARGATE'],
        cpu: '256',
        memory: '512',
        containerDefinitions: containers.map((more) => ({
          ...{ name: 'app', image: 'host', command: ['sleep', '100000'] },
          ...more,
        })),
      }),
    );
    const { tasks, failures } = await stack.ecs.send(
      new RunTaskCommand({
        ...{ cluster: CLUSTER, taskDefinition: family, launchType: 'FARGATE', enableExecuteCommand: exec },
        networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-12344321'] } },
        tags: [{ key: 'owner', value: 'ann' }],
      }),
    );
    expect(failures).toEqual([]);
    const arn = tasks?.[0]?.taskArn ?? '';
    const settled = (one: { managedAgents?: { lastStatus?: string | undefined }[] | undefined }) =>
      !exec || one.managedAgents?.[0]?.lastStatus === agent;
    await stack.untilTask(
      arn,
      (found) => found.lastStatus === 'RUNNING' && found.containers?.every(settled) === true,
      60_000,
      CLUSTER,
    );
    return arn.split('/').at(-1) ?? '';
  }

  /** Without any program on the PATH: what they are is not what is looked for here, and the AWS CLI is slow. */
  async function examine(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Examined> {
    const env = { PATH: '/nowhere', ...environment };
    const { status, stdout, stderr } = await stack.gangway(['doctor', '--json', ...args], { env });
    expect({ args, stdout, stderr }).toMatchObject({ stdout: expect.stringMatching(/^\{/), stderr: '' });
    const { verdict, findings } = JSON.parse(stdout) as { verdict: string; findings: Finding[] };
    for (const { check, state, repair } of findings) {
      if (state === 'failed') expect({ check, repair }).toEqual({ check, repair: expect.any(Array) });
    }
    const named = (state: string) => findings.filter((one) => one.state === state).map(({ check }) => check);
    return {
      ...{ status, verdict, findings },
      ...{ failed: named('failed'), warned: named('warning'), notChecked: named('not checked') },
      evidence: (check) => findings.find((one) => one.check === check)?.evidence ?? '',
    };
  }

  const examineTask = (task: string, ...args: readonly string[]) => examine([task, '--cluster', CLUSTER, ...args]);

  beforeAll(async () => {
    await stack.up();
    const service = { Service: 'logs.us-east-1.amazonaws.com' };
    const uses = ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'];
    const Policy = policy(
      allow('kms:*', '*', { Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } }),
      allow(uses, '*', { Principal: service }),
    );
    keyId = (await kms().send(new CreateKeyCommand({ Policy }))).KeyMetadata?.KeyId ?? '';
    await new S3Client({ ...client(), forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: BUCKET }));
    const arn = `arn:aws:kms:us-east-1:${ACCOUNT}:key/${keyId}`;
    await logs().send(new CreateLogGroupCommand({ logGroupName: GROUP, kmsKeyId: arn }));
    const recording = [
      allow('logs:DescribeLogGroups'),
      allow(
        ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
        `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:${GROUP}:*`,
      ),
      allow('s3:PutObject', `arn:aws:s3:::${BUCKET}/demo/*`),
      allow(['s3:GetBucketLocation', 's3:GetEncryptionConfiguration'], `arn:aws:s3:::${BUCKET}`),
      allow('kms:Decrypt', arn),
    ];
    await account.taskRole('good', EXEC_CHANNELS, ...recording);
    const channels = EXEC_CHANNELS.Action.filter((action) => !action.endsWith('OpenControlChannel'));
    await account.taskRole('mute', allow(channels), ...recording);
    await account.taskRole('channels', EXEC_CHANNELS);
    const executeCommandConfiguration = configuration();
    await stack.ecs.send(
      new CreateClusterCommand({ clusterName: CLUSTER, configuration: { executeCommandConfiguration } }),
    );
    good = await start('good', { containers: [{ linuxParameters: { initProcessEnabled: true } }] });
  }, 120_000);
  afterAll(() => stack.down());

  it('finds nothing at a good task, by its id, its beginning, its ARN, or no name at all', async () => {
    const found = await examineTask(good);
    expect(found).toMatchObject({ status: 0, verdict: 'works', failed: [], notChecked: [] });
    expect([...found.warned].sort()).toEqual(['aws-cli', 'session-manager-plugin', 'start-session']);
    expect(found.findings.length).toBeGreaterThan(20);
    const arn = `arn:aws:ecs:us-east-1:${ACCOUNT}:task/${CLUSTER}/${good}`;
    for (const args of [[good.slice(0, 8), '--cluster', CLUSTER], [arn], ['--cluster', CLUSTER]]) {
      expect((await examine(args)).findings).toEqual(found.findings);
    }
  });

  it('prints a line for each finding, and the programs of the official way', async () => {
    const { status, stdout, stderr } = await stack.gangway(['doctor', good, '--cluster', CLUSTER]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Task ${good} in cluster ${CLUSTER}\n\nok {11}Caller: arn:aws:iam::`));
    expect(stdout).toMatch(/\n\nNothing was found that stops exec: 0 failed, \d warnings?, 0 not checked, \d+ ok\n$/);
    if (onPath('aws')) expect(stdout).toMatch(/^ok {11}AWS CLI: aws-cli\/\d/m);
    if (onPath('session-manager-plugin')) expect(stdout).toMatch(/^ok {11}Session Manager plugin: \d/m);
  });

  it('a task that was started without exec, and without a role', async () => {
    const plain = await examineTask(await start('plain', { exec: false }));
    expect(plain).toMatchObject({ status: 1, verdict: 'fails', failed: ['exec-enabled'] });
    expect(plain.findings.find(({ check }) => check === 'exec-enabled')?.repair).toEqual([
      expect.stringMatching(
        /^aws ecs run-task --cluster audited --task-definition plain:1 --launch-type FARGATE --enable-execute-command /,
      ),
    ]);
    const bare = await examineTask(await start('bare', { exec: false, role: undefined }));
    expect(bare).toMatchObject({ status: 1, failed: ['exec-enabled', 'task-role'] });
  });

  it('a role that may not open the control channel; what is printed below it repairs it', async () => {
    const task = await start('mute', { role: 'mute' });
    const mute = await examineTask(task);
    expect(mute).toMatchObject({ status: 1, failed: ['connection', 'role-channels'] });
    expect(mute.evidence('role-channels')).toBe(
      `ssmmessages:OpenControlChannel on * is implicitDeny for arn:aws:iam::${ACCOUNT}:role/mute`,
    );
    expect(mute.evidence('connection')).toMatch(
      /notconnected; the task's role may not ssmmessages:OpenControlChannel$/,
    );
    if (!onPath('aws')) return;
    const { repair = [] } = mute.findings.find(({ check }) => check === 'role-channels') ?? {};
    // An AWS CLI older than 2.13 does not read AWS_ENDPOINT_URL.
    const aws = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }';
    const pasted = await run('sh', ['-c', [aws, ...repair].join('\n')], { env: stack.env(), timeout: 120_000 });
    expect(pasted).toMatchObject({ status: 0, stderr: '' });
    await expect.poll(() => examineTask(task), { timeout: 60_000, interval: 1000 }).toMatchObject({ failed: [] });
  });

  it('a role that a statement denies the channels, whatever else allows them', async () => {
    await account.taskRole('locked', EXEC_CHANNELS, {
      ...{ Effect: 'Deny', Action: 'ssmmessages:*', Resource: '*' },
    });
    const found = await examineTask(await start('locked', { role: 'locked' }));
    expect(found).toMatchObject({ status: 1, verdict: 'fails' });
    expect(found.failed).toEqual(expect.arrayContaining(['connection', 'role-channels']));
    expect(found.evidence('role-channels')).toMatch(/CreateControlChannel on \* is explicitDeny by \S*locked/);
  });

  it('a role that may not deliver the record, nor decrypt the key of a session', async () => {
    const found = await examineTask(await start('channels', { role: 'channels' }));
    expect(found).toMatchObject({ status: 1, failed: ['role-kms', 'role-logs', 'role-bucket'] });
    expect(found.evidence('role-bucket')).toContain(`s3:PutObject on arn:aws:s3:::${BUCKET}/demo/ecs-execute-command-`);
  });

  it('a task that has stopped, with the reason; what it says does not reach the terminal', async () => {
    const task = await start('stopped');
    const reason = 'by \u001b[2J\u202eann';
    await stack.ecs.send(new StopTaskCommand({ cluster: CLUSTER, task, reason }));
    const arn = `arn:aws:ecs:us-east-1:${ACCOUNT}:task/${CLUSTER}/${task}`;
    await stack.untilTask(arn, ({ lastStatus }) => lastStatus === 'STOPPED', 60_000, CLUSTER);
    const found = await examineTask(task);
    expect(found).toMatchObject({ status: 1, failed: ['task'] });
    expect(found.evidence('task')).toBe(`${arn} is STOPPED (UserInitiated: ${reason})`);
    const { stdout } = await stack.gangway(['doctor', task, '--cluster', CLUSTER], { env: { PATH: '/nowhere' } });
    expect(stdout).toContain('(UserInitiated: by \\u001b[2J\\u202eann)');
    expect(stdout).not.toMatch(/[\u001b\u202e]/);
  });

  it('a root file system that cannot be written to', async () => {
    const found = await examineTask(
      await start('read-only', { containers: [{ readonlyRootFilesystem: true }], agent: 'STOPPED' }),
    );
    expect(found).toMatchObject({ status: 1, failed: ['managed-agent', 'read-only-root'] });
    expect(found.evidence('managed-agent')).toMatch(/^STOPPED: .*read/);
  });

  it('several containers of which none is named, or another', async () => {
    const task = await start('pair', { containers: [{}, { name: 'side' }] });
    const found = await examineTask(task);
    expect(found).toMatchObject({ status: 1, failed: ['container'] });
    expect(found.evidence('container')).toBe('the task has 2 containers, so one must be named: app, side');
    expect(await examineTask(task, '--container', 'side')).toMatchObject({ status: 0, failed: [], notChecked: [] });
    const other = await examineTask(task, '--container', 'web');
    expect(other).toMatchObject({ status: 1, failed: ['container'] });
    expect(other.evidence('container')).toBe('the task has no container web; it has: app, side');
  });

  it('a key that is disabled, and a log group that is missing or not encrypted', async () => {
    await kms().send(new DisableKeyCommand({ KeyId: keyId }));
    const disabled = await examineTask(good);
    await kms().send(new EnableKeyCommand({ KeyId: keyId }));
    expect(disabled).toMatchObject({ status: 1, failed: ['kms-key'] });
    expect(disabled.evidence('kms-key')).toMatch(/ is Disabled$/);

    await logs().send(new DeleteLogGroupCommand({ logGroupName: GROUP }));
    const missing = await examineTask(good);
    expect(missing).toMatchObject({ status: 1, failed: ['log-group'] });
    expect(missing.evidence('log-group')).toMatch(/^log group \/exec\/audit of the cluster does not exist/);
    await logs().send(new CreateLogGroupCommand({ logGroupName: GROUP }));
    const open = await examineTask(good);
    expect(open).toMatchObject({ status: 1, failed: ['log-group'] });
    expect(open.evidence('log-group')).toMatch(/has no KMS key/);
    await logs().send(new DeleteLogGroupCommand({ logGroupName: GROUP }));
    const kmsKeyId = `arn:aws:kms:us-east-1:${ACCOUNT}:key/${keyId}`;
    await logs().send(new CreateLogGroupCommand({ logGroupName: GROUP, kmsKeyId }));
  });

  it('a key and a bucket that do not exist', async () => {
    const update = (executeCommandConfiguration: ExecuteCommandConfiguration) =>
      stack.ecs.send(new UpdateClusterCommand({ cluster: CLUSTER, configuration: { executeCommandConfiguration } }));
    const { logConfiguration } = configuration();
    await update({
      ...configuration(),
      ...{ kmsKeyId: 'alias/nothing', logConfiguration: { ...logConfiguration, s3BucketName: 'no-such-bucket' } },
    });
    const found = await examineTask(good);
    await update(configuration());
    expect(found.failed).toEqual(['kms-key', 'bucket', 'role-bucket']);
    expect(found.evidence('kms-key')).toBe('there is no key alias/nothing');
    expect(found.evidence('bucket')).toMatch(/^bucket no-such-bucket does not exist/);
  });

  it('AWS keys in the environment of the container', async () => {
    const environment = [{ name: 'AWS_ACCESS_KEY_ID', value: 'AKIASECRET' }];
    const found = await examineTask(await start('keys', { containers: [{ environment }] }));
    expect(found).toMatchObject({ status: 0, failed: [] });
    expect(found.warned.filter((check) => !ADVICE.includes(check))).toEqual(['aws-keys']);
    expect(found.evidence('aws-keys')).toMatch(/^AWS_ACCESS_KEY_ID set: /);
    expect(JSON.stringify(found.findings)).not.toContain('AKIASECRET');
  });

  it('a task that is not there, or in another cluster, or whose cluster is not there', async () => {
    const id = '0123456789abcdef0123456789abcdef';
    const unknown = await examineTask(id);
    expect(unknown).toMatchObject({ status: 1, failed: ['task'] });
    expect(unknown.evidence('task')).toContain(`there is no task ${id} in cluster ${CLUSTER}`);
    await stack.ecs.send(new CreateClusterCommand({ clusterName: 'other' }));
    const other = await examine([good, '--cluster', 'other']);
    expect(other).toMatchObject({ status: 1, failed: ['task'] });
    expect(other.evidence('task')).toBe(`task ${good} is not in cluster other but in ${CLUSTER}`);
    const none = await examine([good, '--cluster', 'none']);
    expect(none).toMatchObject({ status: 1, failed: ['cluster', 'task'] });
    expect(none.evidence('cluster')).toMatch(/^cluster none does not exist; there are: .*audited/);
  });

  it('a caller who may not ExecuteCommand, or not with this key, or only with a tag', async () => {
    const ann = await account.user('ann', LOOK);
    const refused = await examine([good, '--cluster', CLUSTER], ann.env());
    expect(refused).toMatchObject({ status: 1, failed: ['execute-command', 'generate-data-key'], notChecked: [] });
    expect(refused.evidence('execute-command')).toMatch(
      /^ecs:ExecuteCommand on arn:aws:ecs:.*:cluster\/audited is implicitDeny/,
    );

    const tagged = { Condition: { StringEquals: { 'ecs:ResourceTag/owner': '${aws:username}' } } };
    const statements = [
      LOOK,
      allow('ecs:ExecuteCommand', `arn:aws:ecs:us-east-1:${ACCOUNT}:cluster/*`),
      allow('ecs:ExecuteCommand', `arn:aws:ecs:us-east-1:${ACCOUNT}:task/${CLUSTER}/*`, tagged),
      allow('kms:GenerateDataKey'),
    ];
    await account.allowUser('ann', ...statements);
    expect(await examine([good, '--cluster', CLUSTER], ann.env())).toMatchObject({ status: 0, failed: [] });
    const named = { StringEquals: { 'ecs:container-name': 'app' } };
    await account.allowUser('ann', ...statements, {
      ...{ Effect: 'Deny', Action: 'ecs:ExecuteCommand', Resource: '*', Condition: named },
    });
    const denied = await examine([good, '--cluster', CLUSTER], ann.env());
    expect(denied).toMatchObject({ status: 1, failed: ['execute-command'] });
    expect(denied.evidence('execute-command')).toContain('is explicitDeny');
  });

  it('a caller who may run some commands, as some users: what is asked for is simulated', async () => {
    const some = { StringLike: { 'gangway:command': 'ls*' }, StringEquals: { 'gangway:user': 'nobody' } };
    const exec = allow('ecs:ExecuteCommand', '*', { Condition: some });
    const bob = await account.user('bob', LOOK, allow('kms:GenerateDataKey'), exec);
    const asked = (...args: string[]) => examine([good, '--cluster', CLUSTER, ...args], bob.env());
    expect(await asked('--user', 'nobody', '--command', 'ls -l')).toMatchObject({ status: 0, failed: [] });
    for (const args of [
      ['--user', 'nobody', '--command', 'rm -r /'],
      ['--command', 'ls'],
      ['--user', '0', '--command', 'ls'],
    ]) {
      expect(await asked(...args)).toMatchObject({ status: 1, failed: ['execute-command'] });
    }
    // Nobody has said which command: it may be one that is allowed.
    const open = await asked('--user', 'nobody');
    expect(open).toMatchObject({ status: 0, failed: [] });
    expect(open.warned).toContain('execute-command');
    expect(open.evidence('execute-command')).toContain('not known here: gangway:command');
  });

  it('says of what the caller may not ask that it is not checked', async () => {
    const blind = await account.user('blind', allow('iam:GetUser'));
    const found = await examine([good, '--cluster', CLUSTER], blind.env());
    expect(found).toMatchObject({ status: 3, verdict: 'unknown', failed: [] });
    expect(found.notChecked).toEqual([
      ...['execute-command', 'start-session', 'cluster', 'cluster-configuration', 'task', 'task-role'],
      'vpc-endpoints',
    ]);
    expect(found.evidence('task')).toMatch(/^AccessDeniedException: User: .*:user\/blind is not authorized/);
    expect(found.evidence('execute-command')).toMatch(/^AccessDenied: User: .*iam:SimulatePrincipalPolicy/);

    const ecsOnly = await account.user('watcher', allow(['ecs:*', 'iam:SimulatePrincipalPolicy']));
    const partly = await examine([good, '--cluster', CLUSTER], ecsOnly.env());
    expect(partly).toMatchObject({ status: 0, failed: [] });
    const denied = partly.findings.filter(({ state }) => state === 'not checked');
    expect(denied.map(({ check, evidence }) => [check, evidence.split(':', 1)[0]])).toEqual([
      ['generate-data-key', 'AccessDeniedException'],
      ['kms-key', 'AccessDeniedException'],
      ['log-group', 'AccessDeniedException'],
      ['bucket', 'AccessDenied'],
      ['connection', 'AccessDeniedException'],
      ['role-kms', 'AccessDeniedException'],
      ['vpc-endpoints', 'UnauthorizedOperation'],
    ]);
  });

  it('credentials that nobody knows are a finding; an endpoint that does not answer is an error', async () => {
    const wrong = await examine([good, '--cluster', CLUSTER], { AWS_SECRET_ACCESS_KEY: 'x'.repeat(40) });
    expect(wrong).toMatchObject({ status: 1, failed: ['caller'] });
    const env = { AWS_ENDPOINT_URL: 'http://127.0.0.1:9', PATH: '/nowhere' };
    const away = await stack.gangway(['doctor', good], { env });
    expect(away).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(/^gangway: .*ECONNREFUSED/) });
  });
});

describe.skipIf(stackUnavailable())('gangway doctor in a VPC with endpoints', { timeout: 120_000 }, () => {
  const stack = new Stack();
  beforeAll(() => stack.up(['--vpc-endpoints', 'ecs']), 60_000);
  afterAll(() => stack.down());

  it('warns where Session Manager has none, while the agent is connected all the same', async () => {
    const { id } = await stack.task();
    const { stdout, status } = await stack.gangway(['doctor', '--json', id], { env: { PATH: '/nowhere' } });
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    const found = findings.find(({ check }) => check === 'vpc-endpoints');
    expect({ status, found }).toMatchObject({
      status: 0,
      found: {
        state: 'warning',
        evidence: expect.stringContaining('none for com.amazonaws.us-east-1.ssmmessages:'),
        repair: [expect.stringMatching(/^aws ec2 create-vpc-endpoint .*ssmmessages --subnet-ids subnet-12344321$/)],
      },
    });
  });
});
