import { describe, expect, test } from 'vitest';
import { awsvpc, openEcs, prepare } from './ecs.fixture.js';

const healthCheck = { command: ['CMD-SHELL', 'true'] };
const fargate = { ...awsvpc, taskDefinition: 'web', launchType: 'FARGATE' };

/** A running task with two essential containers that are checked, one that is not, and one that may end. */
async function open() {
  const it = openEcs();
  await it.ecs.start();
  await prepare(it, {
    containerDefinitions: [
      { name: 'app', image: 'host', healthCheck },
      { name: 'db', image: 'host', healthCheck },
      { name: 'plain', image: 'host' },
      { name: 'extra', image: 'host', essential: false, healthCheck },
    ],
  });
  const host = it.connect();
  const { tasks } = await it.call('RunTask', fargate);
  await it.settle();
  const taskArn: string = tasks[0].taskArn;
  const task = async () => (await it.call('DescribeTasks', { tasks: [taskArn] })).tasks[0];
  const version = async (): Promise<number> => (await task()).version;
  const health = async (containers: Readonly<Record<string, 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN'>>, from = host) => {
    from.say({
      type: 'PublishHealthRequest',
      message: {
        taskArn,
        containers: Object.entries(containers).map(([containerName, healthStatus]) => ({
          containerName,
          healthStatus,
        })),
      },
    });
    await it.settle();
    const { healthStatus, version, containers: shown } = await task();
    return { task: healthStatus, version, containers: shown.map((one: { healthStatus: string }) => one.healthStatus) };
  };
  return { it, host, taskArn, task, version, health };
}

describe('health', () => {
  test('the essential containers with checks decide; each change counts the version up', async () => {
    const { version: shown, health } = await open();
    const version = await shown();
    const first = await health({ app: 'HEALTHY', extra: 'UNHEALTHY', plain: 'HEALTHY' });
    expect(first).toEqual({
      task: 'UNKNOWN',
      version: version + 1,
      containers: ['HEALTHY', 'UNKNOWN', 'UNKNOWN', 'UNHEALTHY'],
    });
    expect(await health({ db: 'HEALTHY' })).toMatchObject({ task: 'HEALTHY', version: version + 2 });
    expect(await health({ db: 'HEALTHY' })).toMatchObject({ task: 'HEALTHY', version: version + 2 });
    expect(await health({ app: 'UNHEALTHY' })).toMatchObject({ task: 'UNHEALTHY', version: version + 3 });
  });

  test('the stored task has it as plain data, for whoever schedules', async () => {
    const { it, taskArn, health } = await open();
    await health({ app: 'HEALTHY', db: 'UNHEALTHY' });
    const row = await it.database.get<{ document: string }>('SELECT document FROM ecs_tasks WHERE arn = ?', taskArn);
    expect(JSON.parse(row!.document)).toMatchObject({
      healthStatus: 'UNHEALTHY',
      containers: [{ healthStatus: 'HEALTHY' }, { healthStatus: 'UNHEALTHY' }, {}, { healthStatus: 'UNKNOWN' }],
    });
  });

  test('a host cannot speak of a task of another', async () => {
    const { it, health } = await open();
    const stranger = it.connect('hostId=h2&capacity=FARGATE');
    await it.settle();
    expect(await health({ app: 'HEALTHY', db: 'HEALTHY' }, stranger)).toMatchObject({ task: 'UNKNOWN' });
    expect(it.logged).toContainEqual({
      fields: expect.objectContaining({ host: 'fargate/h2' }),
      message: 'PublishHealthRequest of a task that is not on this host',
    });
  });

  test.each([
    ['no task', { containers: [] }],
    ['no list', { taskArn: 'x', containers: 'app' }],
    ['a state that is none', { taskArn: 'x', containers: [{ containerName: 'app', healthStatus: 'FINE' }] }],
    ['no name', { taskArn: 'x', containers: [{ healthStatus: 'HEALTHY' }] }],
  ])('a frame that is none is not understood: %s', async (_name, message) => {
    const { it, host } = await open();
    host.babble(JSON.stringify({ type: 'PublishHealthRequest', message }));
    await it.settle();
    expect(it.logged.map((line) => line.message)).toContain('frame from a host not understood');
  });
});

describe('network', () => {
  test('attachment and containers show the address that the task has in truth', async () => {
    const { it, host, taskArn, task, version } = await open();
    const [before, start] = [await task(), await version()];
    const message = { taskArn, privateIpv4Address: '172.31.7.9', macAddress: '02:42:ac:1f:07:09' };
    host.say({ type: 'TaskNetworkMessage', message });
    await it.settle();
    const after = await task();
    const details = Object.fromEntries(
      after.attachments[0].details.map(({ name, value }: { name: string; value: string }) => [name, value]),
    );
    expect(details).toEqual({
      subnetId: 'subnet-12344321',
      networkInterfaceId: expect.stringMatching(/^eni-[0-9a-f]{17}$/),
      macAddress: '02:42:ac:1f:07:09',
      privateDnsName: 'ip-172-31-7-9.eu-central-1.compute.internal',
      privateIPv4Address: '172.31.7.9',
    });
    expect(after.containers[0].networkInterfaces).toEqual([
      { attachmentId: before.attachments[0].id, privateIpv4Address: '172.31.7.9' },
    ]);
    expect(after.version).toBe(start + 1);
    host.say({ type: 'TaskNetworkMessage', message });
    await it.settle();
    expect((await task()).version).toBe(after.version);
  });

  test.each([
    ['no address', { taskArn: 'x' }],
    ['an address that is none', { taskArn: 'x', privateIpv4Address: '10.0.0.256' }],
    ['a MAC address that is none', { taskArn: 'x', privateIpv4Address: '10.0.0.1', macAddress: 'x' }],
  ])('a frame that is none is not understood: %s', async (_name, message) => {
    const { it, host } = await open();
    host.babble(JSON.stringify({ type: 'TaskNetworkMessage', message }));
    await it.settle();
    expect(it.logged.map((line) => line.message)).toContain('frame from a host not understood');
  });
});
