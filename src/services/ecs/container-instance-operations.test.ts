import { expect, test } from 'vitest';
import { HOST_AWAY_MS } from './host-loss.js';
import { openEcs, type TestEcs, type Answer } from './ecs.fixture.js';

const definition = { family: 'ec2', containerDefinitions: [{ name: 'app', image: 'host', cpu: 256, memory: 512 }] };
const exec = { name: 'ecs.capability.execute-command' };

async function open() {
  const it = openEcs();
  await it.ecs.start();
  await it.call('CreateCluster', {});
  await it.call('RegisterTaskDefinition', { ...definition, taskRoleArn: 'role' });
  return it;
}

/** Registers an instance and connects its host. */
async function join(it: TestEcs, request: object = {}, connects = true) {
  const { containerInstance } = await it.call('RegisterContainerInstance', {
    instanceIdentityDocument: JSON.stringify({ instanceId: 'i-0123456789abcdef0' }),
    versionInfo: { agentVersion: '1.99.0' },
    totalResources: [
      { name: 'CPU', type: 'INTEGER', integerValue: 512 },
      { name: 'MEMORY', type: 'INTEGER', integerValue: 2048 },
    ],
    attributes: [exec, { name: 'ecs.vpc-id', value: 'vpc-1' }],
    ...request,
  });
  const arn: string = containerInstance.containerInstanceArn;
  const host = connects ? it.connect(`clusterArn=${it.arn('cluster/default')}&containerInstanceArn=${arn}`) : undefined;
  await it.settle();
  return { arn, host };
}

test('an instance as it is described: what the checker reads, and what its tasks leave over', async () => {
  const it = await open();
  const { arn } = await join(it, { tags: [{ key: 'a', value: 'b' }] });
  await it.call('RunTask', { taskDefinition: 'ec2' });
  await it.settle();
  const id = arn.split('/').at(-1);
  const ports = ['PORTS', 'PORTS_UDP'].map((name) => ({ name, type: 'STRINGSET', stringSetValue: [] }));
  const described = await it.call('DescribeContainerInstances', { containerInstances: [id], include: ['TAGS'] });
  expect(described.containerInstances).toEqual([
    {
      containerInstanceArn: arn,
      ec2InstanceId: 'i-0123456789abcdef0',
      version: 1,
      versionInfo: { agentVersion: '1.99.0' },
      registeredResources: [
        { name: 'CPU', type: 'INTEGER', integerValue: 512 },
        { name: 'MEMORY', type: 'INTEGER', integerValue: 2048 },
        ...ports,
      ],
      remainingResources: [
        { name: 'CPU', type: 'INTEGER', integerValue: 256 },
        { name: 'MEMORY', type: 'INTEGER', integerValue: 1536 },
        ...ports,
      ],
      status: 'ACTIVE',
      agentConnected: true,
      runningTasksCount: 1,
      pendingTasksCount: 0,
      attributes: [exec, { name: 'ecs.vpc-id', value: 'vpc-1' }],
      attachments: [],
      registeredAt: new Date(it.time.now),
      tags: [{ key: 'a', value: 'b' }],
    },
  ]);
  expect((await it.call('ListContainerInstances')).containerInstanceArns).toEqual([arn]);
  expect((await it.call('ListTasks', { containerInstance: id })).taskArns).toHaveLength(1);
});

test('registering again under the former ARN is the same instance', async () => {
  const it = await open();
  const { arn } = await join(it);
  const again = await it.call('RegisterContainerInstance', { containerInstanceArn: arn });
  expect(again.containerInstance).toMatchObject({ containerInstanceArn: arn, version: 2 });
  await expect(it.call('RegisterContainerInstance', { containerInstanceArn: `${arn}0` })).rejects.toMatchObject({
    code: 'InvalidParameterException',
  });
});

test.each([
  ['AGENT', {}, {}, false],
  ['ATTRIBUTE', { attributes: [] }, { enableExecuteCommand: true }, true],
  ['ATTRIBUTE', { attributes: [exec, { name: 'ecs.capability.external' }] }, {}, true],
  ['RESOURCE:CPU', { totalResources: [{ name: 'CPU', type: 'INTEGER', integerValue: 255 }] }, {}, true],
  ['RESOURCE:MEMORY', { totalResources: [{ name: 'MEMORY', type: 'INTEGER', integerValue: 511 }] }, {}, true],
])('a task that does not fit is a failure of the instance: %s', async (reason, instance, run, connects) => {
  const it = await open();
  const { arn } = await join(it, instance, connects);
  expect(await it.call('RunTask', { taskDefinition: 'ec2', ...run })).toEqual({
    tasks: [],
    failures: [{ arn, reason }],
  });
});

const windows = { operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE' };
test.each([
  ['Linux, of any processor', {}, [], true],
  ['Linux, of any processor', {}, [['ecs.cpu-architecture', 'arm64']], true],
  ['Windows', windows, [], false],
  ['Windows', windows, [['ecs.os-type', 'linux']], false],
  ['Windows', windows, [['ecs.os-type', 'windows']], true],
  ['Linux', { operatingSystemFamily: 'LINUX' }, [['ecs.os-type', 'windows']], false],
  ['ARM', { cpuArchitecture: 'ARM64' }, [['ecs.cpu-architecture', 'x86_64']], false],
  ['ARM', { cpuArchitecture: 'ARM64' }, [['ecs.cpu-architecture', 'arm64']], true],
  ['x86', { cpuArchitecture: 'X86_64' }, [['ecs.cpu-architecture', 'arm64']], false],
])('a task for %s, with %j, on an instance that says %j: %s', async (_name, runtimePlatform, told, placed) => {
  const it = await open();
  const attributes = [exec, ...told.map(([name, value]) => ({ name, value }))];
  const { arn } = await join(it, { attributes });
  await it.call('RegisterTaskDefinition', { ...definition, family: 'platform', runtimePlatform });
  const { tasks, failures } = await it.call('RunTask', { taskDefinition: 'platform' });
  expect(tasks).toHaveLength(placed ? 1 : 0);
  expect(failures).toEqual(placed ? [] : [{ arn, reason: 'ATTRIBUTE' }]);
});

test('what fits is started, the rest is a failure', async () => {
  const it = await open();
  const { arn, host } = await join(it);
  const { tasks, failures } = await it.call('RunTask', { taskDefinition: 'ec2', count: 3 });
  expect(tasks).toHaveLength(2);
  expect(failures).toEqual([{ arn, reason: 'RESOURCE:CPU' }]);
  await it.settle();
  expect(host!.tasks.size).toBe(2);
});

test('EXTERNAL tasks go to external instances only', async () => {
  const it = await open();
  await join(it);
  const { arn } = await join(it, { attributes: [exec, { name: 'ecs.capability.external' }] });
  const { tasks } = await it.call('RunTask', { taskDefinition: 'ec2', launchType: 'EXTERNAL' });
  expect(tasks[0]).toMatchObject({ launchType: 'EXTERNAL', containerInstanceArn: arn });
});

test('StartTask takes the instances named', async () => {
  const it = await open();
  await join(it);
  const { arn } = await join(it);
  const missing = it.arn(`container-instance/default/${'0'.repeat(32)}`);
  const { tasks, failures } = await it.call('StartTask', { taskDefinition: 'ec2', containerInstances: [arn, missing] });
  expect(tasks.map((task: Answer) => task.containerInstanceArn)).toEqual([arn]);
  expect(failures).toEqual([{ arn: missing, reason: 'MISSING' }]);
  await it.settle();
  expect((await it.call('DescribeTasks', { tasks: [tasks[0].taskArn] })).tasks[0].lastStatus).toBe('RUNNING');
  const none = { taskDefinition: 'ec2', containerInstances: [] };
  await expect(it.call('StartTask', none)).rejects.toThrow('Container Instances cannot be empty.');
});

test('an instance with tasks is deregistered only by force; its tasks then stop', async () => {
  const it = await open();
  const { arn, host } = await join(it);
  const { tasks } = await it.call('RunTask', { taskDefinition: 'ec2' });
  await it.settle();
  await expect(it.call('DeregisterContainerInstance', { containerInstance: arn })).rejects.toThrow(
    'Found running tasks on the instance.',
  );
  const { containerInstance } = await it.call('DeregisterContainerInstance', { containerInstance: arn, force: true });
  expect(containerInstance.status).toBe('INACTIVE');
  await it.settle();
  expect(host!.stopped).toEqual([tasks[0].taskArn]);
  expect((await it.call('ListContainerInstances')).containerInstanceArns).toEqual([]);
});

test('an instance that stays away shows in its tasks, until it is back', async () => {
  const it = await open();
  const { arn, host } = await join(it);
  const { tasks } = await it.call('RunTask', { taskDefinition: 'ec2' });
  const { taskArn } = tasks[0];
  await it.settle();
  const connectivity = async () => (await it.call('DescribeTasks', { tasks: [taskArn] })).tasks[0].connectivity;
  host!.vanish();
  await it.settle();
  const { containerInstances } = await it.call('DescribeContainerInstances', { containerInstances: [arn] });
  expect(containerInstances[0].agentConnected).toBe(false);
  expect(await connectivity()).toBe('CONNECTED');
  it.time.advance(HOST_AWAY_MS);
  await it.settle();
  expect(await connectivity()).toBe('DISCONNECTED');
  it.connect(`containerInstanceArn=${arn}`, [taskArn]);
  await it.settle();
  expect(await connectivity()).toBe('CONNECTED');
});

test('DiscoverPollEndpoint answers with the endpoint that was asked', async () => {
  const it = await open();
  expect((await it.call('DiscoverPollEndpoint')).endpoint).toBe('http://127.0.0.1:4580');
});

test('an instance of another cluster is none of this one, by whatever name', async () => {
  const it = await open();
  await it.call('CreateCluster', { clusterName: 'other' });
  const { arn } = await join(it, { cluster: 'other' }, false);
  const missing = { containerInstances: [], failures: [{ arn, reason: 'MISSING' }] };
  expect(await it.call('DescribeContainerInstances', { containerInstances: [arn] })).toEqual(missing);
  const drained = { containerInstances: [arn], status: 'DRAINING' };
  expect(await it.call('UpdateContainerInstancesState', drained)).toEqual(missing);
  const described = await it.call('DescribeContainerInstances', { cluster: 'other', containerInstances: [arn] });
  expect(described.containerInstances).toMatchObject([{ containerInstanceArn: arn, status: 'ACTIVE' }]);
});
