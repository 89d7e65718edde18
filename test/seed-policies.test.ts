import {
  CreateClusterCommand,
  ExecuteCommandCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  TagResourceCommand,
} from '@aws-sdk/client-ecs';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account, ACCOUNT, EXEC_CHANNELS, Person, policy } from './account.fixture.js';
import { until } from './processes.fixture.js';
import { onPath, run, Stack, stackUnavailable } from './stack.fixture.js';

const unavailable = stackUnavailable() ?? (onPath('aws') ? undefined : 'the AWS CLI is not on PATH');
const CLUSTER = 'cluster-name';
const TAGGED = {
  Effect: 'Allow',
  Action: ['ecs:ExecuteCommand', 'ecs:DescribeTasks'],
  Resource: [`arn:aws:ecs:us-east-1:${ACCOUNT}:task/${CLUSTER}/*`, `arn:aws:ecs:us-east-1:${ACCOUNT}:cluster/*`],
  Condition: { StringEquals: { 'ecs:ResourceTag/environment': 'development' } },
};
const LAUNCH_ONLY_WITHOUT_EXEC = {
  Effect: 'Allow',
  Action: ['ecs:RunTask', 'ecs:StartTask', 'ecs:CreateService', 'ecs:UpdateService'],
  Resource: '*',
  Condition: { StringEquals: { 'ecs:enable-execute-command': 'false' } },
};
const DENY_START_SESSION = {
  Effect: 'Deny',
  Action: 'ssm:StartSession',
  Resource: [`arn:aws:ecs:us-east-1:${ACCOUNT}:task/${CLUSTER}/*`, `arn:aws:ecs:us-east-1:${ACCOUNT}:cluster/*`],
};
const EVERYTHING = { Effect: 'Allow', Action: '*', Resource: '*' };
const NETWORK = 'awsvpcConfiguration={subnets=[subnet-12344321],securityGroups=[sg-12344321],assignPublicIp=ENABLED}';

interface StartedTask {
  readonly arn: string;
  readonly id: string;
  readonly target: string;
}

describe.skipIf(unavailable)("the seed's policies, with the AWS CLI", { timeout: 120_000 }, () => {
  const stack = new Stack();
  const account = new Account(stack);
  /** The CLI wants some plugin before it asks the endpoint anything; this one opens no session. */
  const plugins = mkdtempSync(join(tmpdir(), 'gangway-plugin-'));
  let development: StartedTask;
  let production: StartedTask;

  const aws = (person: Person, ...args: string[]) =>
    run('aws', ['--endpoint-url', stack.url, '--output', 'json', ...args], {
      env: person.env({ PATH: `${plugins}${delimiter}${process.env['PATH'] ?? ''}` }),
    });
  const execute = (person: Person, task: StartedTask, ...container: string[]) =>
    aws(
      person,
      ...['ecs', 'execute-command', '--cluster', CLUSTER, '--task', task.id],
      ...['--interactive', '--command', '/bin/sh', ...container],
    );
  const start = async (container: string, environment: string, more: Partial<RunTaskCommandInput> = {}) => {
    const { ecs } = stack;
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: container,
        taskRoleArn: 'seed-task-role',
        networkMode: 'awsvpc',
        requiresCompatibilities: ['FARGATE'],
        cpu: '256',
        memory: '512',
        containerDefinitions: [{ name: container, image: 'host', command: ['sleep', '100000'] }],
      }),
    );
    const { tasks } = await ecs.send(
      new RunTaskCommand({
        cluster: CLUSTER,
        taskDefinition: container,
        launchType: 'FARGATE',
        enableExecuteCommand: true,
        tags: [{ key: 'environment', value: environment }],
        networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-12344321'] } },
        ...more,
      }),
    );
    const arn = tasks?.[0]?.taskArn ?? '';
    const running = await stack.untilTask(
      arn,
      (task) => task.containers?.[0]?.managedAgents?.[0]?.lastStatus === 'RUNNING',
      30_000,
      CLUSTER,
    );
    const id = arn.split('/').pop() ?? '';
    return { arn, id, target: `ecs:${CLUSTER}_${id}_${running.containers?.[0]?.runtimeId ?? ''}` };
  };

  beforeAll(async () => {
    writeFileSync(join(plugins, 'session-manager-plugin'), '#!/bin/sh\necho 1.2.0.0\n');
    chmodSync(join(plugins, 'session-manager-plugin'), 0o755);
    await stack.up();
    await account.taskRole('seed-task-role', EXEC_CHANNELS);
    await stack.ecs.send(
      new CreateClusterCommand({ clusterName: CLUSTER, tags: [{ key: 'environment', value: 'development' }] }),
    );
    [development, production] = await Promise.all([
      start('container-name', 'development'),
      start('production-app', 'production'),
    ]);
    // The agent answers for both before anybody asks.
    for (const task of [development, production]) {
      await until('the task can be entered', () =>
        stack.ecs
          .send(new ExecuteCommandCommand({ cluster: CLUSTER, task: task.id, command: 'true', interactive: true }))
          .then(() => true)
          .catch(() => false),
      );
    }
  });
  afterAll(async () => {
    await stack.down();
    rmSync(plugins, { recursive: true, force: true });
  });

  it('a tag on the task: development is entered, production is refused', async () => {
    const ann = await account.user('ann', TAGGED);
    expect(await execute(ann, development)).toMatchObject({ status: 0, stderr: '' });
    const { status, stderr } = await execute(ann, production);
    expect(status).not.toBe(0);
    expect(stderr).toContain(
      'An error occurred (AccessDeniedException) when calling the ExecuteCommand operation: ' +
        `User: ${ann.arn} is not authorized to perform: ecs:ExecuteCommand on resource: ${production.arn} ` +
        'because no identity-based policy allows the ecs:ExecuteCommand action',
    );
    const described = await aws(ann, 'ecs', 'describe-tasks', '--cluster', CLUSTER, '--tasks', development.id);
    expect(JSON.parse(described.stdout)).toMatchObject({ tasks: [{ taskArn: development.arn }] });
    // Neither does a refusal tell whether there is such a task.
    const none = '0'.repeat(32);
    const unknown = await execute(ann, { ...production, id: none });
    expect(unknown.stderr).toContain(`on resource: arn:aws:ecs:us-east-1:${ACCOUNT}:task/${CLUSTER}/${none} because`);
    // The tag is looked at when the request comes.
    await stack.ecs.send(
      new TagResourceCommand({ resourceArn: production.arn, tags: [{ key: 'environment', value: 'development' }] }),
    );
    expect(await execute(ann, production)).toMatchObject({ status: 0 });
    await stack.ecs.send(
      new TagResourceCommand({ resourceArn: production.arn, tags: [{ key: 'environment', value: 'production' }] }),
    );
  });

  it("a container's name: refused also when it is not named", async () => {
    const ben = await account.user('ben', EVERYTHING, {
      Effect: 'Deny',
      Action: 'ecs:ExecuteCommand',
      Resource: '*',
      Condition: { StringEquals: { 'ecs:container-name': 'production-app' } },
    });
    const refusal = 'with an explicit deny in an identity-based policy';
    expect((await execute(ben, production, '--container', 'production-app')).stderr).toContain(refusal);
    expect((await execute(ben, production)).stderr).toContain(refusal);
    expect(await execute(ben, development)).toMatchObject({ status: 0 });
    expect(await execute(ben, development, '--container', 'container-name')).toMatchObject({ status: 0 });
  });

  it('tasks and services only without exec', async () => {
    const cid = await account.user('cid', LAUNCH_ONLY_WITHOUT_EXEC, {
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: '*',
    });
    const run = ['ecs', 'run-task', '--cluster', CLUSTER, '--task-definition', 'container-name'];
    const launch = [...run, '--launch-type', 'FARGATE', '--network-configuration', NETWORK];
    const create = (name: string) => [
      ...['ecs', 'create-service', '--cluster', CLUSTER, '--task-definition', 'container-name', '--desired-count', '0'],
      ...['--service-name', name, '--launch-type', 'FARGATE', '--network-configuration', NETWORK],
    ];
    const update = ['ecs', 'update-service', '--cluster', CLUSTER, '--service', 'plain'];
    const refused = async (args: string[], action: string) => {
      const { status, stderr } = await aws(cid, ...args);
      expect(status).not.toBe(0);
      expect(stderr).toContain(`because no identity-based policy allows the ${action} action`);
    };
    const allowed = async (args: string[]) => {
      expect(await aws(cid, ...args)).toMatchObject({ status: 0, stderr: '' });
    };
    await refused([...launch, '--enable-execute-command'], 'ecs:RunTask');
    await allowed(launch);
    await allowed([...launch, '--disable-execute-command']);
    await refused([...create('exec'), '--enable-execute-command'], 'ecs:CreateService');
    await allowed(create('plain'));
    await refused([...update, '--enable-execute-command'], 'ecs:UpdateService');
    await allowed([...update, '--disable-execute-command']);
    const { taskArns = [] } = await stack.ecs.send(new ListTasksCommand({ cluster: CLUSTER }));
    expect(taskArns).toContain(development.arn);
  });

  it('no plain Session Manager sessions', async () => {
    const dan = await account.user('dan', EVERYTHING, DENY_START_SESSION);
    const { status, stderr } = await aws(dan, 'ssm', 'start-session', '--target', development.target);
    expect(status).not.toBe(0);
    expect(stderr).toContain(
      'An error occurred (AccessDeniedException) when calling the StartSession operation: ' +
        `User: ${dan.arn} is not authorized to perform: ssm:StartSession on resource: ${development.arn} ` +
        'with an explicit deny in an identity-based policy',
    );
    expect(await execute(dan, development)).toMatchObject({ status: 0 });
  });

  it('the task role, whole: what it allows, and nothing beside it', async () => {
    const admin = new Person(
      stack,
      'gangway-admin',
      stack.environment['AWS_ACCESS_KEY_ID'] ?? '',
      stack.environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    );
    const key = `arn:aws:kms:us-east-1:${ACCOUNT}:key/12345678-1234-1234-1234-123456789012`;
    const group = `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/aws/ecs/cloudwatch-log-group-name:*`;
    const bucket = 'arn:aws:s3:::s3-bucket-name';
    const document = policy(
      EXEC_CHANNELS,
      { Effect: 'Allow', Action: ['logs:DescribeLogGroups'], Resource: '*' },
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
        Resource: group,
      },
      { Effect: 'Allow', Action: ['s3:GetBucketLocation'], Resource: '*' },
      { Effect: 'Allow', Action: ['s3:GetEncryptionConfiguration'], Resource: bucket },
      { Effect: 'Allow', Action: ['s3:PutObject'], Resource: `${bucket}/*` },
      { Effect: 'Allow', Action: ['kms:Decrypt'], Resource: key },
    );
    const put = ['iam', 'put-role-policy', '--role-name', 'seed-task-role', '--policy-name', 'seed'];
    expect(await aws(admin, ...put, '--policy-document', document)).toMatchObject({ status: 0, stderr: '' });
    const decided = async (actions: readonly string[], resource?: string): Promise<unknown> => {
      const { stdout, stderr } = await aws(
        admin,
        ...['iam', 'simulate-principal-policy', '--policy-source-arn', `arn:aws:iam::${ACCOUNT}:role/seed-task-role`],
        ...['--action-names', ...actions],
        ...(resource === undefined ? [] : ['--resource-arns', resource]),
        ...['--query', 'EvaluationResults[].EvalDecision'],
      );
      expect(stderr).toBe('');
      return JSON.parse(stdout);
    };
    const logs = ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'];
    expect(await decided(EXEC_CHANNELS.Action)).toEqual(Array(4).fill('allowed'));
    expect(await decided(['logs:DescribeLogGroups'])).toEqual(['allowed']);
    expect(await decided(logs, group)).toEqual(Array(3).fill('allowed'));
    expect(await decided(['s3:PutObject'], `${bucket}/demo*`)).toEqual(['allowed']);
    expect(await decided(['s3:GetEncryptionConfiguration'], bucket)).toEqual(['allowed']);
    expect(await decided(['kms:Decrypt'], key)).toEqual(['allowed']);
    expect(await decided(logs, group.replace('cloudwatch', 'other'))).toEqual(Array(3).fill('implicitDeny'));
    expect(await decided(['s3:PutObject', 's3:GetObject'], 'arn:aws:s3:::other/x')).toEqual(
      Array(2).fill('implicitDeny'),
    );
    expect(await decided(['kms:Decrypt'], key.replace('1234', '9999'))).toEqual(['implicitDeny']);
  });

  it('gangway why tells what was refused, by which statement, and what to change', async () => {
    const eve = await account.user('eve', TAGGED);
    await execute(eve, production);
    const why = await stack.gangway(['why']);
    expect(why).toMatchObject({ status: 0, stderr: '' });
    for (const part of [
      eve.arn,
      'ecs:ExecuteCommand',
      production.arn,
      'inline policy test of user eve',
      'ecs:ResourceTag/environment'.toLowerCase(),
      'production',
      'development',
    ]) {
      expect(why.stdout.toLowerCase()).toContain(part.toLowerCase());
    }
  });
});
