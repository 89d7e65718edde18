import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT, EXEC_CHANNELS, policy } from './account.fixture.js';
import { Stack, onPath, run, stackUnavailable } from './stack.fixture.js';

const unavailable = stackUnavailable() ?? (onPath('aws') ? undefined : 'the AWS CLI is not on PATH');

describe.skipIf(unavailable)('the seed, with the AWS CLI', { timeout: 120_000 }, () => {
  const stack = new Stack();
  const aws = (...args: string[]) =>
    run('aws', ['--endpoint-url', stack.url, '--output', 'json', ...args], { env: stack.env({ AWS_PAGER: '' }) });
  const json = async (...args: string[]) => {
    const { status, stdout, stderr } = await aws(...args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return JSON.parse(stdout || 'null');
  };

  beforeAll(() => stack.up());
  afterAll(() => stack.down());

  it('configures a cluster', async () => {
    const configuration =
      'executeCommandConfiguration={ ' +
      'kmsKeyId=alias/demo, logging=OVERRIDE, ' +
      'logConfiguration={ cloudWatchLogGroupName=cloudwatch-log-group-name, cloudWatchEncryptionEnabled=true, ' +
      's3BucketName=s3-bucket-name, s3EncryptionEnabled=true, s3KeyPrefix=demo } }';
    await json('ecs', 'create-cluster', '--cluster-name', 'seed', '--configuration', configuration);
    const described = await json('ecs', 'describe-clusters', '--clusters', 'seed', '--include', 'CONFIGURATIONS');
    expect(described.clusters[0].configuration.executeCommandConfiguration).toEqual({
      kmsKeyId: 'alias/demo',
      logging: 'OVERRIDE',
      logConfiguration: {
        cloudWatchLogGroupName: 'cloudwatch-log-group-name',
        cloudWatchEncryptionEnabled: true,
        s3BucketName: 's3-bucket-name',
        s3EncryptionEnabled: true,
        s3KeyPrefix: 'demo',
      },
    });
  });

  it('makes a role for the tasks', async () => {
    const trust = policy({
      Effect: 'Allow',
      Principal: { Service: 'ecs-tasks.amazonaws.com' },
      Action: 'sts:AssumeRole',
    });
    const name = ['--role-name', 'seed-task-role'];
    const { Role } = await json('iam', 'create-role', ...name, '--assume-role-policy-document', trust);
    expect(Role.Arn).toBe(`arn:aws:iam::${ACCOUNT}:role/seed-task-role`);
    await json(
      ...['iam', 'put-role-policy', ...name, '--policy-name', 'exec', '--policy-document', policy(EXEC_CHANNELS)],
    );
  });

  it('registers a task definition, creates a service with exec, and waits until it is stable', async () => {
    await json('ecs', 'create-cluster', '--cluster-name', 'plain');
    await json(
      ...['ecs', 'register-task-definition', '--family', 'seed', '--task-role-arn', 'seed-task-role'],
      ...['--network-mode', 'awsvpc', '--requires-compatibilities', 'FARGATE', '--cpu', '256', '--memory', '512'],
      ...['--container-definitions', '[{"name":"app","image":"host","command":["sleep","100000"]}]'],
    );
    const created = await json(
      ...['ecs', 'create-service', '--cluster', 'plain', '--task-definition', 'seed', '--enable-execute-command'],
      ...['--service-name', 'web', '--launch-type', 'FARGATE', '--desired-count', '1', '--network-configuration'],
      'awsvpcConfiguration={subnets=[subnet-12344321],securityGroups=[sg-12344321],assignPublicIp=ENABLED}',
    );
    expect(created.service).toMatchObject({ enableExecuteCommand: true, launchType: 'FARGATE' });
    const started = Date.now();
    expect(await aws('ecs', 'wait', 'services-stable', '--cluster', 'plain', '--services', 'web')).toMatchObject({
      status: 0,
    });
    // One poll of the waiter is 15 s apart: the service must be stable by the second.
    expect(Date.now() - started).toBeLessThan(40_000);
  });

  it('shows the running managed agent in describe-tasks', async () => {
    const { taskArns } = await json('ecs', 'list-tasks', '--cluster', 'plain', '--service-name', 'web');
    expect((await aws('ecs', 'wait', 'tasks-running', '--cluster', 'plain', '--tasks', taskArns[0])).status).toBe(0);
    const { tasks } = await json('ecs', 'describe-tasks', '--cluster', 'plain', '--tasks', taskArns[0]);
    expect(tasks[0]).toMatchObject({
      enableExecuteCommand: true,
      lastStatus: 'RUNNING',
      platformVersion: '1.4.0',
      containers: [{ managedAgents: [{ name: 'ExecuteCommandAgent', lastStatus: 'RUNNING' }] }],
    });
    // Version 1 of the CLI prints epoch seconds, version 2 ISO 8601.
    const { lastStartedAt } = tasks[0].containers[0].managedAgents[0];
    const started = typeof lastStartedAt === 'number' ? lastStartedAt * 1000 : Date.parse(lastStartedAt);
    expect(Math.abs(Date.now() - started)).toBeLessThan(10 * 60_000);
  });

  it.skipIf(!onPath('session-manager-plugin'))('execute-command runs a command through the plugin', async () => {
    const { taskArns } = await json('ecs', 'list-tasks', '--cluster', 'plain');
    const task = taskArns[0].split('/').pop();
    // Standard input stays open: at its end the official client leaves at once.
    const { status, stdout } = await run(
      'sh',
      [
        '-c',
        'sleep 20 | aws --endpoint-url "$0" ecs execute-command --cluster plain --task "$1" --container app ' +
          '--interactive --command "sh -c \'id -u; echo from-inside\'"',
        stack.url,
        task,
      ],
      { env: stack.env() },
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(/Starting session with SessionId: ecs-execute-command-[a-z0-9]{26}/);
    expect(stdout).toMatch(/0\r\nfrom-inside\r\n/);
    expect(stdout).toMatch(/Exiting session with sessionId: ecs-execute-command-[a-z0-9]{26}\./);
  });

  it('refuses what AWS refuses, in its words', async () => {
    const { taskArns } = await json('ecs', 'list-tasks', '--cluster', 'plain');
    const task = taskArns[0].split('/').pop();
    const refused = async (args: string[], text: string) => {
      const { status, stderr } = await aws('ecs', 'execute-command', ...args);
      expect({ failed: status !== 0, stderr }).toMatchObject({ failed: true, stderr: expect.stringContaining(text) });
    };
    // The CLI looks for the plugin first; without it nothing reaches the endpoint.
    if (!onPath('session-manager-plugin')) return;
    await refused(
      ['--cluster', 'plain', '--task', task, '--command', '/bin/sh', '--non-interactive'],
      '(InvalidParameterException) when calling the ExecuteCommand operation: Interactive is the only mode supported currently.',
    );
    await refused(
      ['--cluster', 'none', '--task', task, '--command', '/bin/sh', '--interactive'],
      '(ClusterNotFoundException) when calling the ExecuteCommand operation: Cluster not found.',
    );
    await refused(
      ['--cluster', 'plain', '--task', 'short', '--command', '/bin/sh', '--interactive'],
      'task length should be one of [32,36]',
    );
  });
});
