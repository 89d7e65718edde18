import { expect, test } from 'vitest';
import { stopped } from './task-lifecycle.js';
import { taskStore } from './task-store.js';
import { awsvpc, fargateDefinition, openEcs, prepare, type Answer } from './ecs.fixture.js';
import { HOUSEKEEPING_MS, STOPPED_TASK_MS } from './housekeeping.js';

test('a task goes from PROVISIONING to RUNNING and can be entered, then stops', async () => {
  const it = openEcs();
  await it.ecs.start();
  await prepare(it);
  const host = it.connect();
  await it.settle();
  const run = await it.call('RunTask', {
    ...awsvpc,
    taskDefinition: 'web',
    launchType: 'FARGATE',
    enableExecuteCommand: true,
  });
  expect(run.tasks[0]).toMatchObject({ lastStatus: 'PROVISIONING', desiredStatus: 'RUNNING' });
  await it.settle();
  const { taskArn } = run.tasks[0];
  const described = await it.call('DescribeTasks', { tasks: [taskArn] });
  expect(described.tasks[0]).toMatchObject({
    lastStatus: 'RUNNING',
    startedAt: new Date(it.time.now),
    attachments: [{ status: 'ATTACHED' }],
    containers: [{ name: 'app', lastStatus: 'RUNNING', managedAgents: [{ lastStatus: 'RUNNING' }] }],
  });
  const id = taskArn.split('/').at(-1);
  const entered = await it.call('ExecuteCommand', { task: id, command: '/bin/sh', interactive: true });
  expect(entered).toMatchObject({ containerName: 'app', session: { tokenValue: 'token' } });
  const target = `ecs:default_${id}_${id}-1000000000`;
  expect(it.sessions.started[0]).toMatchObject({ target, command: '/bin/sh', limit: 1000 });
  expect(await it.ecs.targets.find(target)).toMatchObject({ taskArn, enterable: true });
  const stop = await it.call('StopTask', { task: id });
  expect(stop.task).toMatchObject({ lastStatus: 'STOPPING', desiredStatus: 'STOPPED', stopCode: 'UserInitiated' });
  await it.settle();
  expect(host.stopped).toEqual([taskArn]);
  expect((await it.call('DescribeTasks', { tasks: [id] })).tasks[0]).toMatchObject({
    lastStatus: 'STOPPED',
    stoppedReason: 'Task stopped by user',
    containers: [{ lastStatus: 'STOPPED', managedAgents: [{ reason: 'Received Container Stopped event' }] }],
  });
  expect(it.sessions.ended).toEqual([target]);
  expect(it.logged).toEqual([]);
});

async function open(options: Parameters<typeof openEcs>[0] = {}) {
  const it = openEcs(options);
  await it.ecs.start();
  await prepare(it);
  return it;
}

const fargate = { ...awsvpc, taskDefinition: 'web', launchType: 'FARGATE' };

test('without a host a Fargate task waits in PENDING; stopping it then only takes its interface away', async () => {
  const it = await open();
  const { tasks } = await it.call('RunTask', fargate);
  await it.settle();
  const [{ taskArn }] = tasks;
  expect((await it.call('DescribeTasks', { tasks: [taskArn] })).tasks[0].lastStatus).toBe('PENDING');
  expect((await it.call('StopTask', { task: taskArn, reason: 'enough' })).task).toMatchObject({
    lastStatus: 'DEPROVISIONING',
    desiredStatus: 'STOPPED',
    stoppedReason: 'enough',
    stoppedAt: undefined,
    attachments: [{ status: 'DETACHING' }],
  });
  await it.settle();
  expect((await it.call('DescribeTasks', { tasks: [taskArn] })).tasks[0]).toMatchObject({
    lastStatus: 'STOPPED',
    stoppedAt: new Date(it.time.now),
    attachments: [{ status: 'DELETED' }],
  });
});

test('what is DEPROVISIONING when the endpoint dies is STOPPED after its next start', async () => {
  const it = await open();
  const { taskArn } = (await it.call('RunTask', fargate)).tasks[0];
  await it.settle();
  const task = await taskStore.find(it.database, taskArn);
  await taskStore.put(it.database, stopped(task!, { stopCode: 'UserInitiated', reason: 'enough' }, it.time.now));
  expect((await taskStore.find(it.database, taskArn))!.lastStatus).toBe('DEPROVISIONING');
  await it.restart();
  await it.settle();
  expect((await taskStore.find(it.database, taskArn))!.lastStatus).toBe('STOPPED');
});

test('tasks go to the Fargate host with the fewest', async () => {
  const it = await open();
  const hosts = [it.connect('hostId=a&capacity=FARGATE'), it.connect('hostId=b&capacity=FARGATE')];
  await it.settle();
  await it.call('RunTask', { ...fargate, count: 10 });
  await it.settle();
  expect(hosts.map((host) => host.tasks.size)).toEqual([5, 5]);
});

test('a task shows what AWS shows', async () => {
  const it = await open();
  it.connect();
  const { tasks } = await it.call('RunTask', { ...fargate, startedBy: 'ci', tags: [{ key: 'a', value: 'b' }] });
  await it.settle();
  const id = tasks[0].taskArn.split('/').at(-1);
  const { tasks: described } = await it.call('DescribeTasks', { tasks: [id] });
  const uuid = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const address = expect.stringMatching(/^10\.0\.[0-9]+\.[0-9]+$/);
  const now = new Date(it.time.now);
  expect(described).toEqual([
    {
      taskArn: it.arn(`task/default/${id}`),
      clusterArn: it.arn('cluster/default'),
      taskDefinitionArn: it.arn('task-definition/web:1'),
      launchType: 'FARGATE',
      platformVersion: '1.4.0',
      platformFamily: 'Linux',
      lastStatus: 'RUNNING',
      desiredStatus: 'RUNNING',
      connectivity: 'CONNECTED',
      connectivityAt: now,
      enableExecuteCommand: false,
      overrides: { containerOverrides: [{ name: 'app' }], inferenceAcceleratorOverrides: [] },
      containers: [
        {
          containerArn: expect.stringMatching(new RegExp(`^${it.arn(`container/default/${id}`)}/[0-9a-f-]{36}$`)),
          taskArn: it.arn(`task/default/${id}`),
          name: 'app',
          image: 'host',
          runtimeId: `${id}-1000000000`,
          lastStatus: 'RUNNING',
          networkBindings: [],
          networkInterfaces: [{ attachmentId: uuid, privateIpv4Address: address }],
          healthStatus: 'UNKNOWN',
          cpu: '0',
        },
      ],
      attachments: [
        {
          id: uuid,
          type: 'ElasticNetworkInterface',
          status: 'ATTACHED',
          details: [
            { name: 'subnetId', value: 'subnet-12344321' },
            { name: 'networkInterfaceId', value: expect.stringMatching(/^eni-[0-9a-f]{17}$/) },
            { name: 'macAddress', value: expect.stringMatching(/^02(:[0-9a-f]{2}){5}$/) },
            { name: 'privateDnsName', value: expect.stringMatching(/^ip-10-0-[0-9]+-[0-9]+\./) },
            { name: 'privateIPv4Address', value: address },
          ],
        },
      ],
      attributes: [{ name: 'ecs.cpu-architecture', value: 'x86_64' }],
      availabilityZone: 'eu-central-1a',
      group: 'family:web',
      startedBy: 'ci',
      healthStatus: 'UNKNOWN',
      cpu: '256',
      memory: '512',
      createdAt: now,
      startedAt: now,
      version: expect.any(Number),
      ephemeralStorage: { sizeInGiB: 20 },
    },
  ]);
  const withTags = await it.call('DescribeTasks', { tasks: [id], include: ['TAGS'] });
  expect(withTags.tasks[0].tags).toEqual([{ key: 'a', value: 'b' }]);
});

test.each([
  ['nothing', {}, 'InvalidParameterException', 'tasks should not be null or empty.'],
  ['an empty list', { tasks: [] }, 'InvalidParameterException', 'Tasks cannot be empty.'],
  ['a short id', { tasks: ['abc'] }, 'InvalidParameterException', 'taskId length should be one of [32,36]'],
  [
    'an ARN of another account',
    { tasks: ['arn:aws:ecs:eu-central-1:999:task/default/x'] },
    'InvalidParameterException',
    'Invalid identifier: Identifier is for 999. Your accountId is 111122223333',
  ],
  ['no ARN', { tasks: ['arn:aws:s3:::x'] }, 'InvalidParameterException', 'The ARN provided is invalid.'],
])('DescribeTasks refuses %s', async (_name, input, code, message) => {
  const it = await open();
  await expect(it.call('DescribeTasks', input)).rejects.toMatchObject({ code, message });
});

test('unknown tasks are failures, not errors', async () => {
  const it = await open();
  const id = '0'.repeat(32);
  expect(await it.call('DescribeTasks', { tasks: [id, it.arn(`task/other/${id}`)] })).toEqual({
    tasks: [],
    failures: [
      { arn: it.arn(`task/default/${id}`), reason: 'MISSING' },
      { arn: it.arn(`task/other/${id}`), reason: 'MISSING' },
    ],
  });
  await expect(it.call('StopTask', { task: id })).rejects.toThrow('The referenced task was not found.');
});

test('ListTasks filters and pages', async () => {
  const it = await open();
  await it.call('RunTask', { ...fargate, count: 5, startedBy: 'ci' });
  const all = (await it.call('ListTasks', { startedBy: 'ci' })).taskArns;
  expect(all).toHaveLength(5);
  const pages = [];
  for (let nextToken: string | undefined, first = true; first || nextToken !== undefined; first = false) {
    const page: Answer = await it.call('ListTasks', { maxResults: 2, ...(nextToken ? { nextToken } : {}) });
    pages.push(page.taskArns);
    nextToken = page.nextToken;
  }
  expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
  expect(pages.flat()).toEqual(all);
  expect((await it.call('ListTasks', { desiredStatus: 'STOPPED' })).taskArns).toEqual([]);
  expect((await it.call('ListTasks', { family: 'other' })).taskArns).toEqual([]);
  await expect(it.call('ListTasks', { nextToken: 'x' })).rejects.toThrow('Invalid token');
  await expect(it.call('ListTasks', { serviceName: 'x' })).rejects.toMatchObject({ code: 'ServiceNotFoundException' });
});

test('a stopped task stays for an hour, then it is gone with its tags', async () => {
  const it = await open();
  const { tasks } = await it.call('RunTask', fargate);
  const { taskArn } = tasks[0];
  await it.call('StopTask', { task: taskArn });
  await it.settle();
  it.time.advance(STOPPED_TASK_MS - HOUSEKEEPING_MS);
  await it.settle();
  expect((await it.call('DescribeTasks', { tasks: [taskArn] })).tasks).toHaveLength(1);
  for (let tick = 0; tick < 3; tick++) {
    it.time.advance(HOUSEKEEPING_MS);
    await it.settle();
  }
  expect((await it.call('DescribeTasks', { tasks: [taskArn] })).failures).toHaveLength(1);
});

test('when an essential container ends, the host is told to stop the others', async () => {
  const it = await open();
  await it.call('RegisterTaskDefinition', {
    ...fargateDefinition,
    family: 'two',
    containerDefinitions: [
      { name: 'main', image: 'host' },
      { name: 'side', image: 'host', essential: false },
    ],
  });
  const host = it.connect();
  await it.settle();
  const { tasks } = await it.call('RunTask', { ...fargate, taskDefinition: 'two' });
  await it.settle();
  host.manual = true;
  const { taskArn } = tasks[0];
  await it.call('SubmitContainerStateChange', { task: taskArn, containerName: 'main', status: 'STOPPED', exitCode: 9 });
  await it.settle();
  expect(host.stopped).toEqual([taskArn]);
  expect((await it.call('DescribeTasks', { tasks: [taskArn] })).tasks[0]).toMatchObject({
    lastStatus: 'STOPPING',
    stopCode: 'EssentialContainerExited',
  });
  expect(it.sessions.ended).toHaveLength(1);
  await it.call('SubmitContainerStateChange', { task: taskArn, containerName: 'side', status: 'STOPPED', exitCode: 0 });
  expect((await it.call('DescribeTasks', { tasks: [taskArn] })).tasks[0]).toMatchObject({
    lastStatus: 'STOPPED',
    stoppedReason: 'Essential container in task exited',
    containers: [{ exitCode: 9 }, { exitCode: 0 }],
  });
  expect(it.sessions.ended).toHaveLength(2);
});

test('a container that is not essential may end without the task', async () => {
  const it = await open();
  await it.call('RegisterTaskDefinition', {
    ...fargateDefinition,
    family: 'two',
    containerDefinitions: [
      { name: 'main', image: 'host' },
      { name: 'side', image: 'host', essential: false },
    ],
  });
  it.connect();
  const { tasks } = await it.call('RunTask', { ...fargate, taskDefinition: 'two' });
  await it.settle();
  const { taskArn } = tasks[0];
  await it.call('SubmitContainerStateChange', { task: taskArn, containerName: 'side', status: 'STOPPED', exitCode: 0 });
  expect((await it.call('DescribeTasks', { tasks: [taskArn] })).tasks[0]).toMatchObject({
    lastStatus: 'RUNNING',
    containers: [{ lastStatus: 'RUNNING' }, { lastStatus: 'STOPPED' }],
  });
});
