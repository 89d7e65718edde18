import { expect, test } from 'vitest';
import { openEcs, type Answer, type TestEcs } from './ecs.fixture.js';
import { HOST_LOST_MS } from './host-loss.js';
import { joinInstance } from './instance.fixture.js';

const containerDefinitions = [{ name: 'app', image: 'host', cpu: 600, memory: 128 }];

async function open(request: object = {}) {
  const it = openEcs();
  await it.ecs.start();
  await it.call('CreateCluster', {});
  await it.call('RegisterTaskDefinition', { family: 'agent', containerDefinitions });
  const first = await joinInstance(it);
  await it.call('CreateService', {
    serviceName: 'logs',
    taskDefinition: 'agent',
    schedulingStrategy: 'DAEMON',
    ...request,
  });
  await it.settle();
  return { it, first };
}

async function service(it: TestEcs) {
  return (await it.call('DescribeServices', { services: ['logs'] })).services[0];
}

/** ARNs of the instances that the service's tasks are on. */
async function places(it: TestEcs): Promise<string[]> {
  const { taskArns } = await it.call('ListTasks', { serviceName: 'logs' });
  if (taskArns.length === 0) return [];
  const { tasks } = await it.call('DescribeTasks', { tasks: taskArns });
  return tasks.map((task: Answer) => task.containerInstanceArn).sort();
}

test('one task on each instance, from when it joins until it goes', async () => {
  const { it, first } = await open();
  expect(await service(it)).toMatchObject({
    schedulingStrategy: 'DAEMON',
    desiredCount: 1,
    runningCount: 1,
    deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 0 },
    deployments: [{ desiredCount: 1, rolloutState: 'COMPLETED' }],
  });
  const second = await joinInstance(it);
  expect(await places(it)).toEqual([first.arn, second.arn].sort());
  expect(await service(it)).toMatchObject({ desiredCount: 2, runningCount: 2 });
  expect((await it.call('ListServices', { schedulingStrategy: 'DAEMON' })).serviceArns).toHaveLength(1);

  await it.call('UpdateContainerInstancesState', { containerInstances: [second.id], status: 'DRAINING' });
  await it.settle();
  expect(await places(it)).toEqual([first.arn]);
  expect(await service(it)).toMatchObject({ desiredCount: 1, runningCount: 1 });
  await it.call('UpdateContainerInstancesState', { containerInstances: [second.id], status: 'ACTIVE' });
  await it.settle();
  expect(await places(it)).toEqual([first.arn, second.arn].sort());

  await it.call('DeregisterContainerInstance', { containerInstance: second.id, force: true });
  await it.settle();
  expect(await places(it)).toEqual([first.arn]);
  expect(await service(it)).toMatchObject({ desiredCount: 1, runningCount: 1 });
});

test('an instance that is lost is served no more, until it is back', async () => {
  const { it, first } = await open();
  first.host.vanish();
  await it.settle();
  expect(await service(it)).toMatchObject({ desiredCount: 1, runningCount: 1 });
  await it.pass(HOST_LOST_MS + 1000);
  expect(await service(it)).toMatchObject({ desiredCount: 0, runningCount: 0 });
  it.connect(`containerInstanceArn=${first.arn}`);
  await it.settle();
  expect(await places(it)).toEqual([first.arn]);
});

test('constraints and attributes decide which instances are served', async () => {
  const placementConstraints = [{ type: 'memberOf', expression: 'attribute:rack == 7' }];
  const { it, first } = await open({ placementConstraints });
  expect(await service(it)).toMatchObject({ desiredCount: 0, runningCount: 0, placementConstraints });
  await it.call('PutAttributes', { attributes: [{ name: 'rack', value: '7', targetId: first.id }] });
  await it.settle();
  expect(await places(it)).toEqual([first.arn]);
  await it.call('DeleteAttributes', { attributes: [{ name: 'rack', targetId: first.id }] });
  await it.settle();
  expect(await places(it)).toEqual([]);
  await joinInstance(it, { attributes: [{ name: 'ecs.capability.external' }, { name: 'rack', value: '7' }] });
  expect(await places(it)).toEqual([]);
});

test('an instance without room is told of, and served when there is some', async () => {
  const { it } = await open();
  const full = await joinInstance(it, { totalResources: [{ name: 'CPU', type: 'INTEGER', integerValue: 100 }] });
  const { events, desiredCount } = await service(it);
  expect(desiredCount).toBe(2);
  expect(events[0].message).toBe(
    `(service logs) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance ${full.id}) has insufficient CPU units available. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`,
  );
  const third = await joinInstance(it);
  expect(await places(it)).toContain(third.arn);
});

test('a new revision replaces tasks where they are, the old one ended first', async () => {
  const { it, first } = await open();
  const second = await joinInstance(it);
  // Two of these do not fit on one instance.
  await it.call('RegisterTaskDefinition', { family: 'agent', containerDefinitions });
  await it.call('UpdateService', { service: 'logs', taskDefinition: 'agent:2' });
  await it.settle();
  expect(await places(it)).toEqual([first.arn, second.arn].sort());
  expect(await service(it)).toMatchObject({ deployments: [{ rolloutState: 'COMPLETED', runningCount: 2 }] });
  expect(first.host.stopped).toHaveLength(1);
});

test('minimumHealthyPercent lets them go one after the other', async () => {
  const { it, first } = await open({ deploymentConfiguration: { minimumHealthyPercent: 50 } });
  const second = await joinInstance(it);
  for (const { host } of [first, second]) host.manual = true;
  await it.call('UpdateService', { service: 'logs', forceNewDeployment: true });
  await it.settle();
  expect(first.host.stopped.length + second.host.stopped.length).toBe(1);
});

test('a count is not the caller’s to say, and deleting stops all', async () => {
  const { it } = await open();
  await expect(it.call('UpdateService', { service: 'logs', desiredCount: 3 })).rejects.toMatchObject({
    code: 'InvalidParameterException',
    message: expect.stringContaining('does not support a desired count'),
  });
  await it.call('DeleteService', { service: 'logs', force: true });
  await it.settle();
  expect(await service(it)).toMatchObject({ status: 'INACTIVE', runningCount: 0 });
});
