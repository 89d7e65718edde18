import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { awsvpc, openEcs, prepare } from './ecs.fixture.js';
import { FakeRoles } from './fake-roles.fixture.js';
import { HOUSEKEEPING_MS } from './housekeeping.js';

const ROLE = 'arn:aws:iam::111122223333:role/task-role';
const run = { ...awsvpc, taskDefinition: 'web', launchType: 'FARGATE' };
const HOUR = 3_600_000;

async function running(input: object = {}) {
  const roles = new FakeRoles(() => it.time.now);
  const it: ReturnType<typeof openEcs> = openEcs({ roles });
  await it.ecs.start();
  await prepare(it);
  const host = it.connect();
  const { tasks } = await it.call('RunTask', { ...run, ...input });
  await it.settle();
  const arn: string = tasks[0].taskArn;
  const given = host.tasks.get(arn)!.roleCredentials!;
  const pass = (milliseconds: number): Promise<void> => it.pass(milliseconds);
  return { it, roles, host, arn, id: arn.split('/').at(-1)!, given, pass };
}

test('a task is handed over with a session of its role that is named after it', async () => {
  const { it, roles, id, given } = await running();
  expect(roles.assumed).toEqual([{ roleArn: ROLE, service: 'ecs-tasks.amazonaws.com', sessionName: id }]);
  expect(given).toEqual({
    credentialsId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    roleArn: ROLE,
    accessKeyId: 'ASIA1',
    secretAccessKey: 'SECRET-key-1',
    sessionToken: 'SECRET-token-1',
    expiration: new Date(it.time.now + HOUR).toISOString(),
  });
});

test('and with what only the endpoint knows of it', async () => {
  const { host, arn } = await running({
    tags: [{ key: 'team', value: 'blue' }],
    overrides: { cpu: '512', memory: '1024' },
  });
  expect(host.tasks.get(arn)!.metadata).toEqual({
    launchType: 'FARGATE',
    availabilityZone: 'eu-central-1a',
    cpu: 512,
    memory: 1024,
    privateIpv4Address: expect.stringMatching(/^10\.0\.\d+\.\d+$/),
    macAddress: expect.stringMatching(/^02(:[0-9a-f]{2}){5}$/),
    tags: { team: 'blue' },
  });
});

test('a service’s task knows its service; one without a role gets no credentials', async () => {
  const { it, host, roles } = await running();
  await it.call('RegisterTaskDefinition', {
    family: 'plain',
    networkMode: 'awsvpc',
    containerDefinitions: [{ name: 'app', image: 'host', memory: 64 }],
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
  });
  await it.call('CreateService', { ...run, taskDefinition: 'plain', serviceName: 'api', desiredCount: 1 });
  await it.settle();
  const [task] = [...host.tasks.values()].filter(({ family }) => family === 'plain');
  expect(task!.metadata).toMatchObject({ serviceName: 'api', cpu: 256, memory: 512 });
  expect(task!.roleCredentials).toBeUndefined();
  expect(roles.assumed).toHaveLength(1);
});

describe('the execution role of a task that logs', () => {
  const EXECUTION = 'arn:aws:iam::111122223333:role/execution-role';

  async function logging(change: object = {}, overrides: object = {}) {
    const roles = new FakeRoles(() => it.time.now);
    const it: ReturnType<typeof openEcs> = openEcs({ roles });
    await it.ecs.start();
    await prepare(it);
    const host = it.connect();
    const options = { 'awslogs-group': '/g', 'awslogs-region': 'eu-central-1', 'awslogs-stream-prefix': 'ecs' };
    await it.call('RegisterTaskDefinition', {
      family: 'logs',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
      executionRoleArn: 'execution-role',
      containerDefinitions: [{ name: 'app', image: 'host', logConfiguration: { logDriver: 'awslogs', options } }],
      ...change,
    });
    const { tasks } = await it.call('RunTask', { ...run, taskDefinition: 'logs', ...overrides });
    await it.settle();
    return { it, roles, host, options, arn: tasks[0].taskArn as string };
  }

  test('goes to the host with the log configuration, and is renewed as such', async () => {
    const { it, host, arn, options } = await logging();
    const payload = host.tasks.get(arn)!;
    expect(payload.containers[0]!.logConfiguration).toEqual({ logDriver: 'awslogs', options });
    expect(payload.executionRoleCredentials).toMatchObject({ roleArn: EXECUTION, accessKeyId: 'ASIA1' });
    expect(payload.roleCredentials).toBeUndefined();
    for (let passed = 0; passed < HOUR; passed += HOUSEKEEPING_MS) {
      await it.pass(HOUSEKEEPING_MS);
    }
    expect(host.credentials[0]).toMatchObject({
      taskArn: arn,
      roleType: 'TaskExecution',
      roleCredentials: { roleArn: EXECUTION, accessKeyId: 'ASIA2' },
    });
  });

  test('is not asked for when nothing logs, and an override replaces it', async () => {
    const plain = await logging({ containerDefinitions: [{ name: 'app', image: 'host' }] });
    expect(plain.roles.assumed).toEqual([]);
    const other = await logging({}, { overrides: { executionRoleArn: 'other-role' } });
    expect(other.roles.assumed.map(({ roleArn }) => roleArn)).toEqual([
      EXECUTION.replace('execution-role', 'other-role'),
    ]);
  });
});

describe('renewal', () => {
  test('comes when a quarter of the life is left, under the same id, once', async () => {
    const { host, arn, given, pass } = await running();
    await pass((HOUR * 3) / 4 - 2 * HOUSEKEEPING_MS);
    expect(host.credentials).toEqual([]);
    await pass(4 * HOUSEKEEPING_MS);
    expect(host.credentials).toHaveLength(1);
    const [{ taskArn, roleCredentials }] = host.credentials as [(typeof host.credentials)[0]];
    expect(taskArn).toBe(arn);
    expect(roleCredentials).toMatchObject({ accessKeyId: 'ASIA2', credentialsId: given.credentialsId });
    expect(roleCredentials.expiration > given.expiration).toBe(true);
  });

  test('that fails is told and tried again; the task runs on', async () => {
    const { it, roles, host, arn, pass } = await running();
    roles.life = HOUR;
    roles.refused.add(ROLE);
    await pass((HOUR * 3) / 4 + HOUSEKEEPING_MS);
    expect(host.credentials).toEqual([]);
    expect(it.logged).toContainEqual({
      message: 'credentials of a task not renewed; tried again later',
      fields: { taskArn: arn, roleArn: ROLE, reason: 'the trust policy does not name it' },
    });
    expect((await it.call('DescribeTasks', { tasks: [arn] })).tasks[0].lastStatus).toBe('RUNNING');
    roles.refused.clear();
    await pass(2 * HOUSEKEEPING_MS);
    expect(host.credentials).toHaveLength(1);
  });

  test('ends with the task', async () => {
    const { it, roles, host, arn, pass } = await running();
    await it.call('StopTask', { task: arn });
    await it.settle();
    await pass(HOUR);
    expect(host.credentials).toEqual([]);
    expect(roles.assumed).toHaveLength(1);
  });
});

describe('a host that comes back', () => {
  test('is given the credentials of the tasks it holds: the same ones while they are fresh', async () => {
    const { it, roles, host, arn, given } = await running();
    host.vanish();
    await it.settle();
    const again = it.connect(undefined, [arn]);
    await it.settle();
    expect(again.credentials.map(({ taskArn, roleCredentials }) => [taskArn, roleCredentials])).toEqual([[arn, given]]);
    expect(roles.assumed).toHaveLength(1);
  });

  test('after the endpoint’s own restart they are new ones, under the id the containers know', async () => {
    const { it, arn, given } = await running();
    await it.restart();
    const again = it.connect(undefined, [arn]);
    await it.settle();
    expect(again.credentials).toHaveLength(1);
    expect(again.credentials[0]!.roleCredentials).toMatchObject({
      accessKeyId: 'ASIA2',
      credentialsId: given.credentialsId,
    });
  });
});

test('no secret is in the state, in the log or in an answer', async () => {
  const { it, arn, given, pass } = await running();
  await pass(HOUR);
  const [row] = await it.database.all<{ file: string }>('PRAGMA database_list');
  const directory = dirname(row!.file);
  for (const name of readdirSync(directory)) {
    expect(readFileSync(join(directory, name)).includes('SECRET'), name).toBe(false);
  }
  expect(JSON.stringify(it.logged)).not.toContain('SECRET');
  const described = JSON.stringify(await it.call('DescribeTasks', { tasks: [arn], include: ['TAGS'] }));
  expect(described).not.toContain('SECRET');
  expect(described).not.toContain(given.credentialsId);
});
