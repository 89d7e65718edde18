import { expect, test } from 'vitest';
import { openEcs, type Answer, type TestEcs } from './ecs.fixture.js';
import { joinInstance } from './instance.fixture.js';

const definition = { family: 'web', containerDefinitions: [{ name: 'app', image: 'host', cpu: 256, memory: 64 }] };

async function open(request: object = {}) {
  const it = openEcs();
  await it.ecs.start();
  await it.call('CreateCluster', {});
  await it.call('RegisterTaskDefinition', definition);
  const first = await joinInstance(it);
  await it.call('CreateService', { serviceName: 'api', taskDefinition: 'web', desiredCount: 2, ...request });
  await it.settle();
  return { it, first };
}

async function service(it: TestEcs) {
  return (await it.call('DescribeServices', { services: ['api'] })).services[0];
}

async function places(it: TestEcs): Promise<string[]> {
  const { taskArns } = await it.call('ListTasks', { serviceName: 'api' });
  const { tasks } = await it.call('DescribeTasks', { tasks: taskArns });
  return tasks.map((task: Answer) => task.containerInstanceArn);
}

async function drain(it: TestEcs, id: string, status = 'DRAINING') {
  const { containerInstances } = await it.call('UpdateContainerInstancesState', { containerInstances: [id], status });
  await it.settle();
  return containerInstances[0];
}

test('a service moves its tasks to another instance, and never has fewer than its minimum', async () => {
  const { it, first } = await open();
  const { tasks } = await it.call('RunTask', { taskDefinition: 'web' });
  const second = await joinInstance(it);
  let fewest = 2;
  const run = second.host.run.bind(second.host);
  second.host.run = async (payload) => {
    await run(payload);
    fewest = Math.min(fewest, (await service(it)).runningCount);
  };
  expect((await drain(it, first.id)).status).toBe('DRAINING');
  expect(await places(it)).toEqual([second.arn, second.arn]);
  expect(fewest).toBe(2);
  expect(await service(it)).toMatchObject({ runningCount: 2, deployments: [{ rolloutState: 'COMPLETED' }] });
  // A task of RunTask is nobody's to move.
  expect((await it.call('DescribeTasks', { tasks: [tasks[0].taskArn] })).tasks[0].lastStatus).toBe('RUNNING');
  const stopped = first.host.stopped;
  expect((await it.call('DescribeTasks', { tasks: stopped })).tasks[0]).toMatchObject({
    stopCode: 'ServiceSchedulerInitiated',
    stoppedReason: expect.stringMatching(/^Scaling activity initiated by \(deployment ecs-svc\/[0-9]{19}\)$/),
  });
  expect((await it.call('ListContainerInstances', { status: 'DRAINING' })).containerInstanceArns).toEqual([first.arn]);
  expect((await it.call('ListContainerInstances')).containerInstanceArns).toEqual([second.arn]);
});

test('where there is no other instance the tasks stay, until there is one or the draining ends', async () => {
  const { it, first } = await open();
  await drain(it, first.id);
  expect(await places(it)).toEqual([first.arn, first.arn]);
  expect((await it.call('RunTask', { taskDefinition: 'web' })).failures).toEqual([
    { arn: first.arn, reason: 'INACTIVE' },
  ]);
  await drain(it, first.id, 'ACTIVE');
  expect(await places(it)).toEqual([first.arn, first.arn]);
  expect((await service(it)).events[0].message).toBe('(service api) has reached a steady state.');
});

test('below the minimum tasks are stopped first', async () => {
  const { it, first } = await open({ deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 } });
  await drain(it, first.id);
  expect(first.host.stopped).toHaveLength(2);
  const second = await joinInstance(it);
  expect(await places(it)).toEqual([second.arn, second.arn]);
});

test('deregistering while draining: by force, and then the tasks run elsewhere', async () => {
  const { it, first } = await open();
  await drain(it, first.id);
  await expect(it.call('DeregisterContainerInstance', { containerInstance: first.id })).rejects.toThrow(
    'Found running tasks on the instance.',
  );
  const second = await joinInstance(it);
  await it.call('DeregisterContainerInstance', { containerInstance: first.id, force: true });
  await it.settle();
  expect(await places(it)).toEqual([second.arn, second.arn]);
  const { failures } = await it.call('UpdateContainerInstancesState', {
    containerInstances: [first.id, '0'.repeat(32)],
    status: 'ACTIVE',
  });
  expect(failures.map(({ reason }: Answer) => reason)).toEqual(['INACTIVE', 'MISSING']);
});

test.each([
  ['no instances', { containerInstances: [], status: 'DRAINING' }, 'Container instances cannot be empty.'],
  [
    'another status',
    { containerInstances: ['0'.repeat(32)], status: 'INACTIVE' },
    'Container instances status should be one of [ACTIVE,DRAINING]',
  ],
  [
    'eleven instances',
    { containerInstances: Array(11).fill('0'.repeat(32)), status: 'DRAINING' },
    'containerInstances can have at most 10 items.',
  ],
])('UpdateContainerInstancesState refuses %s', async (_what, request, message) => {
  const { it } = await open();
  await expect(it.call('UpdateContainerInstancesState', request)).rejects.toThrow(message);
});

test('there is never a newer agent', async () => {
  const { it, first } = await open();
  await expect(it.call('UpdateContainerAgent', { containerInstance: first.arn })).rejects.toMatchObject({
    code: 'NoUpdateAvailableException',
    message: 'There is no update available for your container agent.',
  });
  await expect(it.call('UpdateContainerAgent', { containerInstance: '0'.repeat(32) })).rejects.toMatchObject({
    code: 'InvalidParameterException',
  });
});
