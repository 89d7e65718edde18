import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import type { TaskRoleCredentials } from '../core/protocol/agent-service.js';
import { caller, region, temporary } from '../platform/aws/access-keys.fixture.js';
import type { Credentials } from '../platform/aws/credentials.js';
import { createDial } from '../platform/aws/dial-web-socket.js';
import { startEndpoint } from '../platform/aws/endpoint.fixture.js';
import { nodeChannelEnvironment } from '../platform/crypto/node-channel-environment.js';
import { createAgent, type AgentOptions } from './agent.js';
import { containerPayload, noJitter, RecordedLog, TASK_ARN, taskPayload } from './fixtures/agent-host.fixture.js';
import { FakeRuntime } from './fixtures/fake-runtime.fixture.js';
import { HandClock, settle } from './fixtures/hand-clock.fixture.js';
import { roleCredentials } from './fixtures/role.fixture.js';
import { ScriptedEndpoint } from './fixtures/scripted-endpoint.fixture.js';
import { createRoleAccess } from './role/role-access.js';

const waysDirectory = mkdtempSync(join(tmpdir(), 'gangway-ways-'));
afterAll(() => rmSync(waysDirectory, { recursive: true }));

/** Of the session that the test endpoint knows. */
const temporaryCredentials = {
  accessKeyId: temporary.accessKeyId,
  secretAccessKey: temporary.secretAccessKey.reveal(),
  sessionToken: temporary.sessionToken.reveal(),
};

/** An agent whose tasks have roles: what is done as the host, and what as which role, arrives at different endpoints. */
async function setUp(changes: Partial<AgentOptions> = {}) {
  const clock = new HandClock();
  const endpoint = new ScriptedEndpoint();
  const roles: { endpoint: ScriptedEndpoint; credentials: () => Promise<Credentials> }[] = [];
  const runtime = new FakeRuntime();
  const log = new RecordedLog();
  const keyService = { generateDataKey: () => Promise.reject(new Error()), decrypt: () => Promise.reject(new Error()) };
  const agent = createAgent({
    hostId: 'host-1',
    capacity: 'FARGATE',
    api: endpoint,
    accessAs: (credentials) => {
      const api = new ScriptedEndpoint();
      roles.push({ endpoint: api, credentials });
      return { api, keyService, roleCredentials: credentials };
    },
    containers: { region, waysDirectory, endpointUrl: 'http://gangway.test:4580' },
    runtimes: [runtime],
    clock,
    environment: { ...nodeChannelEnvironment, now: () => clock.now() },
    random: noJitter,
    log,
    ...changes,
  });
  await agent.start();
  onTestFinished(async () => {
    const stopped = agent.stop();
    await clock.advance(60_000);
    await stopped;
  });
  await settle();
  const say = async (type: string, message: Record<string, unknown>): Promise<void> => {
    endpoint.hosts.at(-1)!.socket.send(JSON.stringify({ type, message: { messageId: 'm', ...message } }));
    await settle();
  };
  const run = (...tasks: unknown[]) => say('PayloadMessage', { tasks });
  const renew = (credentials: TaskRoleCredentials, taskArn = TASK_ARN) =>
    say('IAMRoleCredentialsMessage', { taskArn, roleCredentials: credentials });
  return { agent, clock, endpoint, roles, runtime, log, run, renew };
}

function asked(environment: Readonly<Record<string, string>>) {
  return fetch(environment['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '', {
    headers: { authorization: environment['AWS_CONTAINER_AUTHORIZATION_TOKEN'] ?? '' },
  });
}

test('a container is given region, endpoint, metadata and the way to its credentials', async () => {
  const { runtime, run } = await setUp();
  const metadata = { launchType: 'FARGATE', tags: {} };
  await run(taskPayload({ roleCredentials: roleCredentials(), metadata }));
  const { environment } = runtime.containers[0]!.spec;
  expect(environment).toEqual({
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE',
    AWS_ENDPOINT_URL: 'http://gangway.test:4580',
    ECS_CONTAINER_METADATA_URI: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/v3\/[\w-]{43}$/),
    ECS_CONTAINER_METADATA_URI_V4: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/v4\/[\w-]{43}$/),
    AWS_CONTAINER_CREDENTIALS_FULL_URI: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/v2\/credentials\//),
    AWS_CONTAINER_AUTHORIZATION_TOKEN: expect.stringMatching(/^[\w-]{43}$/),
  });
  expect(await (await asked(environment)).json()).toMatchObject({ AccessKeyId: 'ASIATASK1' });
});

test('the definition has the last word, and a region in one name is not contradicted in the other', async () => {
  const { runtime, run } = await setUp({ containers: { region, waysDirectory } });
  const environment = [
    { name: 'AWS_REGION', value: 'sa-east-1' },
    { name: 'AWS_EXECUTION_ENV', value: 'mine' },
    { name: 'A', value: '1' },
  ];
  await run(taskPayload({ containers: [containerPayload('main', { environment })] }));
  const given = runtime.containers[0]!.spec.environment;
  expect(given).toMatchObject({ AWS_REGION: 'sa-east-1', AWS_EXECUTION_ENV: 'mine', A: '1' });
  for (const name of ['AWS_DEFAULT_REGION', 'AWS_ENDPOINT_URL', 'AWS_CONTAINER_CREDENTIALS_FULL_URI']) {
    expect(given).not.toHaveProperty(name);
  }
});

test('what is done for a task is done with its role: channels as the role, state as the host', async () => {
  const { endpoint, roles, run } = await setUp();
  await run(taskPayload({ roleCredentials: roleCredentials() }));
  expect(roles).toHaveLength(1);
  expect(await roles[0]!.credentials()).toMatchObject({ accessKeyId: 'ASIATASK1' });
  expect(roles[0]!.endpoint.posts.map(({ path }) => path)).toEqual([expect.stringMatching(/^\/v1\/control-channel\//)]);
  expect(roles[0]!.endpoint.controls).toHaveLength(1);
  expect(endpoint.posts).toEqual([]);
  expect(endpoint.calls.map(({ action }) => action)).toContain('SubmitTaskStateChange');
  expect(roles[0]!.endpoint.calls).toEqual([]);
});

test('the endpoint sees the signature of the role, its session token checked, and no other', async () => {
  const seen: string[] = [];
  const { url, calls } = await startEndpoint({
    accessKeys: {
      find: (id) => {
        const { secretAccessKey: secret, sessionToken } = temporary;
        seen.push(id);
        return Promise.resolve(id === temporary.accessKeyId ? { secret, sessionToken, caller } : undefined);
      },
    },
  });
  const { runtime, run } = await setUp({
    accessAs: createRoleAccess({ endpointUrl: url, region, dial: createDial() }),
  });
  await run(taskPayload({ roleCredentials: roleCredentials(1, temporaryCredentials) }));
  await vi.waitFor(() => expect(calls.upgrades).toHaveLength(1));
  expect(calls.upgrades[0]!.path).toContain(runtime.containers[0]!.id);
  expect(new Set(seen)).toEqual(new Set([temporary.accessKeyId]));
  expect(calls.events.map(({ status }) => status)).toEqual([201, 101]);
});

test('without credentials of a role the host acts for the task, as before', async () => {
  const { endpoint, roles, run } = await setUp();
  await run(taskPayload({ taskRoleArn: 'arn:aws:iam::123456789012:role/task-role' }));
  expect(roles).toEqual([]);
  expect(endpoint.controls).toHaveLength(1);
});

test('renewed credentials are acknowledged and used: by the container, and by the next connection of the agent', async () => {
  const { clock, endpoint, roles, runtime, run, renew } = await setUp();
  await run(taskPayload({ roleCredentials: roleCredentials(1) }));
  const { environment } = runtime.containers[0]!.spec;
  await renew(roleCredentials(2));
  expect(JSON.parse(endpoint.hosts[0]!.texts.at(-1)!)).toEqual({ type: 'AckRequest', message: { messageId: 'm' } });
  expect(await (await asked(environment)).json()).toMatchObject({ AccessKeyId: 'ASIATASK2', Token: 'role/token+2=' });
  expect(roles[0]!.endpoint.controls[0]!.socket.closed).toBeUndefined();
  roles[0]!.endpoint.controls[0]!.socket.terminate();
  await clock.advance(1_000);
  expect(roles[0]!.endpoint.controls).toHaveLength(2);
  expect(await roles[0]!.credentials()).toMatchObject({ accessKeyId: 'ASIATASK2' });
  // A payload that is repeated brings them too.
  await run(taskPayload({ roleCredentials: roleCredentials(3) }));
  expect(await (await asked(environment)).json()).toMatchObject({ AccessKeyId: 'ASIATASK3' });
  await renew(roleCredentials(4), `${TASK_ARN}0`);
  expect(await (await asked(environment)).json()).toMatchObject({ AccessKeyId: 'ASIATASK3' });
});

test.each([
  ['no credentials', { taskArn: TASK_ARN }],
  ['incomplete ones', { taskArn: TASK_ARN, roleCredentials: { ...roleCredentials(2), sessionToken: undefined } }],
  ['a time that is none', { taskArn: TASK_ARN, roleCredentials: { ...roleCredentials(2), expiration: 'soon' } }],
  ['no task', { roleCredentials: roleCredentials(2) }],
])('a renewal with %s changes nothing, and is not quoted in the log', async (_, message) => {
  const { endpoint, runtime, log, run } = await setUp();
  await run(taskPayload({ roleCredentials: roleCredentials(1) }));
  const text = JSON.stringify({ type: 'IAMRoleCredentialsMessage', message: { messageId: 'm', ...message } });
  endpoint.hosts[0]!.socket.send(text);
  await settle();
  expect(log.lines.filter((line) => line.includes('not understood'))).toHaveLength(1);
  expect(await (await asked(runtime.containers[0]!.spec.environment)).json()).toMatchObject({
    AccessKeyId: 'ASIATASK1',
  });
  expect(log.lines.join('\n')).not.toMatch(/role secret|role\/token/);
});

test('when a task has stopped, nobody gets its credentials or its metadata any more', async () => {
  const { clock, runtime, run } = await setUp();
  const second = { arn: `${TASK_ARN}1`, roleCredentials: roleCredentials(2, { credentialsId: 'second' }) };
  await run(taskPayload({ roleCredentials: roleCredentials() }), taskPayload(second));
  const [first, other] = runtime.containers.map(({ spec }) => spec.environment);
  await run(taskPayload({ desiredStatus: 'STOPPED' }));
  // Its last steps are real waits: a stop is only begun when the clock has moved.
  await vi.waitFor(async () => {
    await clock.advance(1_000);
    expect((await asked(first!)).status).toBe(400);
  });
  expect((await fetch(first!['ECS_CONTAINER_METADATA_URI_V4']!)).status).toBe(404);
  expect((await asked(other!)).status).toBe(200);
});

test('metadata of a container and of its task', async () => {
  const { clock, runtime, run } = await setUp();
  const metadata = {
    launchType: 'FARGATE',
    availabilityZone: 'eu-central-1a',
    serviceName: 'web',
    cpu: 256,
    memory: 512,
    vpcId: 'vpc-1',
    privateIpv4Address: '10.0.0.5',
    macAddress: '0e:9e:32:c7:48:85',
    subnetCidrBlock: '10.0.0.0/24',
    tags: { team: 'a' },
  };
  const arn = `${TASK_ARN.replace(':task/', ':container/')}/1`;
  const containers = [containerPayload('main', { arn }), containerPayload('job', { essential: false })];
  await run(taskPayload({ metadata, containers }));
  const container = runtime.containers[0]!;
  const base = container.spec.environment['ECS_CONTAINER_METADATA_URI_V4']!;
  const read = async (path: string): Promise<unknown> => (await fetch(base + path)).json();
  const started = new Date(clock.now()).toISOString();
  const main = {
    DockerId: container.id,
    Name: 'main',
    DockerName: 'main',
    Image: 'host',
    ImageID: '',
    Labels: {
      'com.amazonaws.ecs.cluster': 'arn:aws:ecs:us-east-1:123456789012:cluster/demo',
      'com.amazonaws.ecs.container-name': 'main',
      'com.amazonaws.ecs.task-arn': TASK_ARN,
      'com.amazonaws.ecs.task-definition-family': 'web',
      'com.amazonaws.ecs.task-definition-version': '1',
    },
    DesiredStatus: 'RUNNING',
    KnownStatus: 'RUNNING',
    Limits: { CPU: 0, Memory: 0 },
    CreatedAt: started,
    StartedAt: started,
    Type: 'NORMAL',
    ContainerARN: arn,
    Networks: [
      {
        NetworkMode: 'awsvpc',
        IPv4Addresses: ['10.0.0.5'],
        AttachmentIndex: 0,
        MACAddress: '0e:9e:32:c7:48:85',
        IPv4SubnetCIDRBlock: '10.0.0.0/24',
      },
    ],
  };
  expect(await read('')).toEqual(main);
  const task = {
    Cluster: 'arn:aws:ecs:us-east-1:123456789012:cluster/demo',
    TaskARN: TASK_ARN,
    Family: 'web',
    Revision: '1',
    ServiceName: 'web',
    DesiredStatus: 'RUNNING',
    KnownStatus: 'RUNNING',
    Limits: { CPU: 0.25, Memory: 512 },
    PullStartedAt: started,
    PullStoppedAt: started,
    AvailabilityZone: 'eu-central-1a',
    LaunchType: 'FARGATE',
    VPCID: 'vpc-1',
    Containers: [main, expect.objectContaining({ Name: 'job', KnownStatus: 'RUNNING' })],
  };
  expect(await read('/task')).toEqual(task);
  expect(await read('/taskWithTags')).toEqual({ ...task, TaskTags: { team: 'a' } });
  runtime.containers[1]!.exit(3);
  await settle();
  expect(await read('/task')).toMatchObject({
    Containers: [{ Name: 'main' }, { Name: 'job', KnownStatus: 'STOPPED', ExitCode: 3, FinishedAt: started }],
  });
  // A runtime that cannot measure.
  expect(await read('/stats')).toBeNull();
  expect(await read('/task/stats')).toEqual({ [container.id]: null, [runtime.containers[1]!.id]: null });
});

const SDK_PROGRAM = `
  import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
  const sts = new STSClient({});
  const { accessKeyId } = await sts.config.credentials();
  const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
  console.log(JSON.stringify({ accessKeyId, region: await sts.config.region(), Arn }));
`;

const run = promisify(execFile);

/** The environment of a container whose role is what the endpoint at `AWS_ENDPOINT_URL` knows as ASIATEMP. */
async function containerOfRole() {
  const { url, calls } = await startEndpoint();
  const { runtime, run: start } = await setUp({
    containers: { region, waysDirectory, endpointUrl: url },
  });
  await start(taskPayload({ roleCredentials: roleCredentials(1, temporaryCredentials) }));
  const environment: Record<string, string> = { ...runtime.containers[0]!.spec.environment, HOME: '/nonexistent' };
  return { environment, calls };
}

test('an AWS SDK with nothing but the environment of the container acts as the role of the task', async () => {
  const { environment: env, calls } = await containerOfRole();
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', SDK_PROGRAM], { env });
  // The endpoint has checked the signature, session token and all.
  const { accessKeyId } = temporary;
  expect(JSON.parse(stdout)).toEqual({ accessKeyId, region, Arn: 'arn:aws:iam::123456789012:user/a<b>&' });
  expect(calls.events).toMatchObject([{ operation: 'GetCallerIdentity', status: 200 }]);
});

const hasCli = spawnSync('sh', ['-c', 'command -v aws']).status === 0;

test.skipIf(!hasCli)('the AWS CLI too (skipped: not on PATH)', async () => {
  const { environment, calls } = await containerOfRole();
  const env = { ...environment, PATH: process.env['PATH'] };
  // An AWS CLI older than 2.13 does not read AWS_ENDPOINT_URL.
  const at = ['--endpoint-url', environment['AWS_ENDPOINT_URL'] ?? ''];
  const asked = ['sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text'];
  const { stdout } = await run('aws', [...at, ...asked], { env });
  expect(stdout).toBe('arn:aws:iam::123456789012:user/a<b>&\n');
  expect(calls.events).toMatchObject([{ operation: 'GetCallerIdentity', status: 200 }]);
});
