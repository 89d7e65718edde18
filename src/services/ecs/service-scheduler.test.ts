import { expect, test } from 'vitest';
import { awsvpc, fargateDefinition, openEcs, prepare, type TestEcs, type Answer } from './ecs.fixture.js';
import { QUICK_END_MS } from './deployment.js';

const service = { ...awsvpc, serviceName: 'api', taskDefinition: 'web', launchType: 'FARGATE', desiredCount: 2 };

async function open(request: object = {}) {
  const it = openEcs();
  await it.ecs.start();
  await prepare(it);
  const host = it.connect();
  await it.settle();
  await it.call('CreateService', { ...service, ...request });
  await it.settle();
  return { it, host };
}

async function describe(it: TestEcs) {
  return (await it.call('DescribeServices', { services: ['api'] })).services[0];
}

async function running(it: TestEcs): Promise<string[]> {
  return (await it.call('ListTasks', { serviceName: 'api' })).taskArns;
}

function messages(described: Answer): string[] {
  return described.events.map((event: Answer) => event.message.replace(/\(task [0-9a-f]{32}\)/g, '(task)'));
}

test('a service starts its tasks, completes its deployment and is steady', async () => {
  const { it } = await open();
  const described = await describe(it);
  expect(described).toMatchObject({ status: 'ACTIVE', desiredCount: 2, runningCount: 2, pendingCount: 0 });
  expect(described.deployments).toHaveLength(1);
  const [{ id, rolloutState, rolloutStateReason, runningCount }] = described.deployments;
  expect(id).toMatch(/^ecs-svc\/[0-9]{19}$/);
  expect({ rolloutState, rolloutStateReason, runningCount }).toEqual({
    rolloutState: 'COMPLETED',
    rolloutStateReason: `ECS deployment ${id} completed.`,
    runningCount: 2,
  });
  expect(messages(described)).toEqual([
    '(service api) has reached a steady state.',
    `(service api) (deployment ${id}) deployment completed.`,
    '(service api) has started 2 tasks: (task) (task).',
  ]);
  const { tasks } = await it.call('DescribeTasks', { tasks: await running(it) });
  expect(tasks[0]).toMatchObject({ startedBy: id, group: 'service:api', enableExecuteCommand: false });
});

test('a task that ends is replaced', async () => {
  const { it, host } = await open({ desiredCount: 1 });
  const [first] = await running(it);
  it.time.advance(QUICK_END_MS);
  await host.end(first!, { containers: [{ containerName: 'app', status: 'STOPPED', exitCode: 3 }] });
  await it.settle();
  const [second] = await running(it);
  expect(second).not.toBe(first);
  const { tasks } = await it.call('DescribeTasks', { tasks: [first!] });
  expect(tasks[0]).toMatchObject({
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    containers: [{ exitCode: 3 }],
  });
  expect((await describe(it)).runningCount).toBe(1);
});

test('scaling in stops the surplus with its reason, scaling to zero all', async () => {
  const { it, host } = await open({ desiredCount: 3 });
  const { deployments } = await describe(it);
  await it.call('UpdateService', { service: 'api', desiredCount: 1 });
  await it.settle();
  expect(await running(it)).toHaveLength(1);
  const { tasks } = await it.call('DescribeTasks', { tasks: host.stopped });
  expect(tasks.map((task: Answer) => [task.stopCode, task.stoppedReason])).toEqual(
    Array(2).fill(['ServiceSchedulerInitiated', `Scaling activity initiated by (deployment ${deployments[0].id})`]),
  );
  await it.call('UpdateService', { service: 'api', desiredCount: 0 });
  await it.settle();
  expect(await describe(it)).toMatchObject({ runningCount: 0, desiredCount: 0 });
  expect((await describe(it)).deployments).toHaveLength(1);
});

test('more tasks than one step starts are all started', async () => {
  const { it } = await open({ desiredCount: 25 });
  expect((await describe(it)).runningCount).toBe(25);
});

test('a forced deployment replaces the tasks without ever having fewer running than desired', async () => {
  const { it, host } = await open();
  const before = await running(it);
  let fewest = 2;
  const run = host.run.bind(host);
  host.run = async (payload) => {
    await run(payload);
    fewest = Math.min(fewest, (await describe(it)).runningCount);
  };
  await it.call('UpdateService', { service: 'api', forceNewDeployment: true });
  const during = await describe(it);
  expect(during.deployments.map(({ status, rolloutState }: Answer) => [status, rolloutState])).toEqual([
    ['PRIMARY', 'IN_PROGRESS'],
    ['ACTIVE', 'COMPLETED'],
  ]);
  await it.settle();
  const after = await describe(it);
  expect(after.deployments).toHaveLength(1);
  expect(after.deployments[0]).toMatchObject({ id: during.deployments[0].id, rolloutState: 'COMPLETED' });
  const now = await running(it);
  expect(now).toHaveLength(2);
  expect(now.filter((arn) => before.includes(arn))).toEqual([]);
  expect(fewest).toBe(2);
});

test('with minimumHealthyPercent 0 and maximumPercent 100 the old tasks stop first', async () => {
  const { it, host } = await open({
    desiredCount: 1,
    deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 },
  });
  const [old] = await running(it);
  let oldWasStopped = false;
  const run = host.run.bind(host);
  host.run = (payload) => {
    oldWasStopped = host.stopped.includes(old!);
    return run(payload);
  };
  await it.call('UpdateService', { service: 'api', forceNewDeployment: true });
  await it.settle();
  expect(oldWasStopped).toBe(true);
  expect((await describe(it)).runningCount).toBe(1);
});

test('changing enableExecuteCommand starts no deployment; new tasks have it', async () => {
  const { it } = await open({ desiredCount: 1 });
  const [old] = await running(it);
  const { service: updated } = await it.call('UpdateService', { service: 'api', enableExecuteCommand: true });
  expect(updated).toMatchObject({ enableExecuteCommand: true, deployments: [{ rolloutState: 'COMPLETED' }] });
  await it.settle();
  expect(await running(it)).toEqual([old]);
  await it.call('UpdateService', { service: 'api', forceNewDeployment: true });
  await it.settle();
  const { tasks } = await it.call('DescribeTasks', { tasks: await running(it) });
  expect(tasks[0]).toMatchObject({
    enableExecuteCommand: true,
    containers: [{ managedAgents: [{ lastStatus: 'RUNNING' }] }],
  });
});

test('a new task definition is rolled out', async () => {
  const { it } = await open({ desiredCount: 1 });
  await it.call('RegisterTaskDefinition', fargateDefinition);
  await it.call('UpdateService', { service: 'api', taskDefinition: 'web' });
  await it.settle();
  const described = await describe(it);
  expect(described.taskDefinition).toMatch(/:task-definition\/web:2$/);
  const { tasks } = await it.call('DescribeTasks', { tasks: await running(it) });
  expect(tasks[0].taskDefinitionArn).toBe(described.taskDefinition);
});

test('deleting drains, stops the tasks, and leaves the service INACTIVE and describable', async () => {
  const { it } = await open();
  await expect(it.call('DeleteService', { service: 'api' })).rejects.toThrow(
    'The service cannot be stopped while it is scaled above 0.',
  );
  expect((await it.call('DeleteService', { service: 'api', force: true })).service.status).toBe('DRAINING');
  expect((await it.call('ListServices')).serviceArns).toEqual([]);
  await it.settle();
  expect(await describe(it)).toMatchObject({ status: 'INACTIVE', runningCount: 0, deployments: [] });
  await expect(it.call('DeleteService', { service: 'api' })).rejects.toMatchObject({
    code: 'ServiceNotFoundException',
  });
  await expect(it.call('UpdateService', { service: 'api' })).rejects.toMatchObject({
    code: 'ServiceNotActiveException',
  });
  await it.call('CreateService', service);
  await it.settle();
  expect(await describe(it)).toMatchObject({ status: 'ACTIVE', runningCount: 2 });
});

test('a Fargate service waits for a host and starts when one connects', async () => {
  const it = openEcs();
  await it.ecs.start();
  await prepare(it);
  await it.call('CreateService', service);
  await it.settle();
  expect(await describe(it)).toMatchObject({ runningCount: 0, pendingCount: 2 });
  it.connect();
  await it.settle();
  expect(await describe(it)).toMatchObject({ runningCount: 2, pendingCount: 0 });
});

test('an EC2 service says why it cannot place a task, and does so when an instance comes', async () => {
  const it = openEcs();
  await it.ecs.start();
  await prepare(it);
  await it.call('CreateService', { ...service, launchType: 'EC2', desiredCount: 1 });
  await it.settle();
  expect(messages(await describe(it))).toEqual([
    expect.stringContaining(
      'because no container instance met all of its requirements. Reason: No Container Instances',
    ),
  ]);
  const { containerInstance } = await it.call('RegisterContainerInstance', {});
  await it.settle();
  it.connect(`clusterArn=x&containerInstanceArn=${containerInstance.containerInstanceArn}`);
  await it.settle();
  expect(await describe(it)).toMatchObject({ runningCount: 1 });
  const { tasks } = await it.call('DescribeTasks', { tasks: await running(it) });
  expect(tasks[0]).toMatchObject({
    launchType: 'EC2',
    containerInstanceArn: containerInstance.containerInstanceArn,
    connectivity: 'CONNECTED',
  });
});

test('tags reach the tasks of a service as asked', async () => {
  const { it } = await open({
    desiredCount: 1,
    propagateTags: 'SERVICE',
    enableECSManagedTags: true,
    tags: [{ key: 'team', value: 'a' }],
  });
  const { tasks } = await it.call('DescribeTasks', { tasks: await running(it), include: ['TAGS'] });
  expect(tasks[0].tags).toEqual([
    { key: 'team', value: 'a' },
    { key: 'aws:ecs:clusterName', value: 'default' },
    { key: 'aws:ecs:serviceName', value: 'api' },
  ]);
});
