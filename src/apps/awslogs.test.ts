import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudWatchLogsClient, DescribeLogGroupsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  waitUntilTasksStopped,
} from '@aws-sdk/client-ecs';
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createAgent } from '../agent/agent.js';
import { createAwslogs } from '../agent/awslogs/awslogs-log.js';
import { createEndpointApi } from '../agent/endpoint-api.js';
import { nodeClock } from '../agent/node-clock.js';
import { Endpoint } from '../platform/aws/endpoint.js';
import { nodeChannelEnvironment } from '../platform/crypto/node-channel-environment.js';
import { ROOT_KEY_BYTES, Sealer } from '../platform/crypto/sealer.js';
import { openSandbox, sandboxRefusal } from '../platform/runtime/sandbox/sandbox.fixture.js';
import { openSqlite } from '../platform/store/open-sqlite.js';
import { temporaryDirectory } from '../platform/store/temporary-directory.fixture.js';
import { createServices, migrations } from './services.js';

const exec = promisify(execFile);
const refusal = await sandboxRefusal();
const hasCli = await exec('aws', ['--version']).then(
  () => true,
  () => false,
);
const ACCOUNT = '123456789012';
const REGION = 'eu-central-1';
const POLICIES = 'arn:aws:iam::aws:policy/service-role/';

/** Endpoint, agent and sandbox of one test; an execution role as AWS's guide makes it, or with other policies. */
async function openStack(options: { readonly policy?: string | object } = {}) {
  const { policy = 'AmazonECSTaskExecutionRolePolicy' } = options;
  const directory = temporaryDirectory();
  const database = openSqlite(join(directory, 'state.db'), migrations);
  const sealer = new Sealer(randomBytes(ROOT_KEY_BYTES));
  const lines: string[] = [];
  const line = (fields: object, message: string): void => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const log = { debug: line, info: line, warn: line, error: line };
  const services = createServices({
    ...{ database, sealer, accountId: ACCOUNT, region: REGION, limits: 'aws', liveSessions: 'keep' },
    foreignKeys: false,
    objectDirectory: join(directory, 's3'),
    log: () => log,
  });
  const { user } = await services.iam.bootstrap();
  await services.start();
  let refuse = false;
  const endpoint = new Endpoint({
    ...services.endpoint,
    services: services.endpoint.services.map((service) => ({
      ...service,
      operations: service.operations.map((operation) => ({
        ...operation,
        run: async (input: never, context: never) => {
          if (refuse && operation.name === 'PutLogEvents') throw new Error('the disk is full');
          return operation.run(input, context);
        },
      })),
    })),
    log: () => undefined,
  });
  const { url } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
  const host = await services.iam.hostKey();
  const asHost = () => Promise.resolve({ accessKeyId: host.accessKeyId, secretAccessKey: host.secret });
  const reached = { endpointUrl: url, region: REGION, credentials: asHost };
  const agent = createAgent({
    hostId: 'local',
    capacity: 'FARGATE',
    api: createEndpointApi({ ...reached, dial: endpoint.connect }),
    runtimes: [openSandbox().runtime],
    clock: nodeClock,
    environment: nodeChannelEnvironment,
    random: Math.random,
    log,
    stopContainersMs: 500,
    openContainerLog: createAwslogs({ ...reached, clock: nodeClock, random: Math.random, log }),
  });
  await agent.start();
  const settings = {
    endpoint: url,
    region: REGION,
    credentials: { accessKeyId: user.accessKeyId, secretAccessKey: user.secret.reveal() },
  };
  const [ecs, iam, logs] = [new ECSClient(settings), new IAMClient(settings), new CloudWatchLogsClient(settings)];
  onTestFinished(async () => {
    for (const client of [ecs, iam, logs]) client.destroy();
    await agent.stop();
    await endpoint.close();
    await services.stop();
    await database.close();
  });
  const trust = { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  await iam.send(new CreateRoleCommand({ RoleName: 'exec', AssumeRolePolicyDocument }));
  if (typeof policy === 'string') {
    await iam.send(new AttachRolePolicyCommand({ RoleName: 'exec', PolicyArn: `${POLICIES}${policy}` }));
  } else {
    const PolicyDocument = JSON.stringify(policy);
    await iam.send(new PutRolePolicyCommand({ RoleName: 'exec', PolicyName: 'own', PolicyDocument }));
  }
  await ecs.send(new CreateClusterCommand({}));

  /** Runs a task with one container; its id. */
  async function run(script: string, options: Readonly<Record<string, string>> = {}): Promise<string> {
    const awslogs = {
      'awslogs-group': '/ecs/app',
      'awslogs-region': REGION,
      'awslogs-stream-prefix': 'ecs',
      ...options,
    };
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'app',
        executionRoleArn: 'exec',
        networkMode: 'awsvpc',
        requiresCompatibilities: ['FARGATE'],
        cpu: '256',
        memory: '512',
        containerDefinitions: [
          {
            name: 'app',
            image: 'host',
            command: ['/bin/sh', '-c', script],
            stopTimeout: 2,
            logConfiguration: { logDriver: 'awslogs', options: awslogs },
          },
        ],
      }),
    );
    const { tasks } = await ecs.send(
      new RunTaskCommand({
        taskDefinition: 'app',
        launchType: 'FARGATE',
        networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-12344321'] } },
      }),
    );
    return tasks![0]!.taskArn!.split('/').at(-1)!;
  }
  const stopped = async (task: string) => {
    await waitUntilTasksStopped({ client: ecs, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { tasks: [task] });
    return (await ecs.send(new DescribeTasksCommand({ tasks: [task] }))).tasks![0]!;
  };
  const events = async (task: string) => {
    const stream = { logGroupName: '/ecs/app', logStreamName: `ecs/app/${task}`, startFromHead: true };
    return (await logs.send(new GetLogEventsCommand(stream))).events!.map(({ message }) => message);
  };
  const group = (logGroupName: string) =>
    exec('aws', ['--endpoint-url', url, 'logs', 'create-log-group', '--log-group-name', logGroupName], { env: cliEnv });
  const cliEnv = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: settings.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: settings.credentials.secretAccessKey,
    AWS_PAGER: '',
  };
  return { url, cliEnv, run, stopped, events, group, ecs, logs, lines, refusePuts: (on: boolean) => (refuse = on) };
}

describe.skipIf(refusal !== undefined || !hasCli)(`awslogs${refusal ?? ''}`, { timeout: 120_000 }, () => {
  test('what a container says is in its stream when the task has stopped, as the CLI reads it', async () => {
    const { url, cliEnv, run, stopped, events, group } = await openStack();
    await group('/ecs/app');
    const task = await run(`echo one; echo two >&2; echo; printf 'no end'`);
    expect((await stopped(task)).stoppedReason).toBe('Essential container in task exited');
    expect((await events(task)).sort()).toEqual(['no end', 'one', 'two']);
    const stream = ['--log-group-name', '/ecs/app', '--log-stream-name', `ecs/app/${task}`, '--start-from-head'];
    const text = ['--output', 'text', '--query', 'events[].message'];
    const args = ['--endpoint-url', url, 'logs', 'get-log-events', ...stream, ...text];
    const { stdout } = await exec('aws', args, { env: cliEnv });
    expect(stdout.trim().split('\t').sort()).toEqual(['no end', 'one', 'two']);
  });

  test('events are there while the container runs, also those of a time when nothing could be written', async () => {
    const { run, events, group, ecs, lines, refusePuts, stopped } = await openStack();
    await group('/ecs/app');
    refusePuts(true);
    const task = await run('i=0; while :; do i=$((i+1)); echo "line $i"; sleep 0.2; done');
    await vi.waitFor(
      () => expect(lines.some((line) => line.startsWith('output of the container not del'))).toBe(true),
      {
        timeout: 30_000,
        interval: 200,
      },
    );
    refusePuts(false);
    await vi.waitFor(async () => expect((await events(task)).length).toBeGreaterThan(5), {
      timeout: 60_000,
      interval: 500,
    });
    await ecs.send(new StopTaskCommand({ task }));
    await stopped(task);
    const all = await events(task);
    expect(all).toEqual(all.map((_, index) => `line ${index + 1}`));
  });

  test('a group that is not there: the task does not start, and says why; unless it may be made', async () => {
    const { run, stopped, events, logs } = await openStack({
      policy: {
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: `arn:aws:logs:*:*:log-group:/ecs/app:*`,
        },
      },
    });
    const failed = await stopped(await run('echo never'));
    const reason =
      'ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.';
    expect(failed).toMatchObject({ stopCode: 'TaskFailedToStart', stoppedReason: reason });
    expect(failed.containers![0]).toMatchObject({ lastStatus: 'STOPPED', reason });
    expect((await logs.send(new DescribeLogGroupsCommand({}))).logGroups).toEqual([]);
    const task = await run('echo made', { 'awslogs-create-group': 'true' });
    await stopped(task);
    expect(await events(task)).toEqual(['made']);
  });

  test('an execution role without the right to it: likewise, in the words of the refusal', async () => {
    const { run, stopped, group } = await openStack({
      policy: {
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Action: 'logs:PutLogEvents', Resource: '*' },
      },
    });
    await group('/ecs/app');
    const task = await run('echo never');
    expect((await stopped(task)).stoppedReason).toMatch(
      new RegExp(
        `failed to create Cloudwatch log stream: AccessDeniedException: User: arn:aws:sts::${ACCOUNT}:assumed-role/exec/${task} is not authorized to perform: logs:CreateLogStream on resource: arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/ecs/app:log-stream:ecs/app/${task} because`,
      ),
    );
  });
});
