import { expect, test } from 'vitest';
import { FIRST_BACKOFF_MS } from './deployment.js';
import { awsvpc, fargateDefinition, openEcs, prepare, type Answer, type TestEcs } from './ecs.fixture.js';

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

test('tasks that fail to start are retried ever more slowly, and the service says so', async () => {
  const it = openEcs();
  await it.ecs.start();
  await prepare(it);
  const host = it.connect();
  host.failure = 'CannotPullContainerError: no such image';
  await it.call('CreateService', { ...service, desiredCount: 1 });
  await it.settle();
  expect(host.stopped).toHaveLength(2);
  it.time.advance(FIRST_BACKOFF_MS - 1);
  await it.settle();
  expect(host.stopped).toHaveLength(2);
  it.time.advance(1);
  await it.settle();
  expect(host.stopped).toHaveLength(3);
  it.time.advance(2 * FIRST_BACKOFF_MS);
  await it.settle();
  expect(host.stopped).toHaveLength(4);
  const described = await describe(it);
  expect(described.deployments[0]).toMatchObject({ failedTasks: 4, rolloutState: 'IN_PROGRESS' });
  expect(messages(described)[0]).toMatch(/^\(service api\) is unable to consistently start tasks successfully\. /);
  const { tasks } = await it.call('DescribeTasks', { tasks: host.stopped.slice(0, 1) });
  expect(tasks[0]).toMatchObject({ stopCode: 'TaskFailedToStart', stoppedReason: host.failure });

  host.failure = undefined;
  it.time.advance(4 * FIRST_BACKOFF_MS);
  await it.settle();
  expect((await describe(it)).deployments[0]).toMatchObject({ failedTasks: 0, rolloutState: 'COMPLETED' });
});

test('tasks that end at once after starting do not turn in a busy circle', async () => {
  const { it, host } = await open({ desiredCount: 1 });
  const run = host.run.bind(host);
  host.run = async (payload) => {
    await run(payload);
    await host.end(payload.arn);
  };
  await host.end((await running(it))[0]!);
  await it.settle();
  const first = host.stopped.length;
  expect(first).toBeLessThanOrEqual(3);
  await it.pass(60_000);
  expect(host.stopped.length - first).toBeLessThanOrEqual(7);
  expect((await describe(it)).deployments[0].failedTasks).toBe(0);
});

test('the circuit breaker fails a deployment that cannot start, and rolls back to the last completed one', async () => {
  const deploymentConfiguration = { deploymentCircuitBreaker: { enable: true, rollback: true } };
  const { it, host } = await open({ desiredCount: 1, deploymentConfiguration });
  const { id } = (await describe(it)).deployments[0];
  host.failure = 'broken';
  await it.call('RegisterTaskDefinition', fargateDefinition);
  await it.call('UpdateService', { service: 'api', taskDefinition: 'web:2' });
  await it.settle();
  expect(await running(it)).toHaveLength(1);
  it.time.advance(FIRST_BACKOFF_MS);
  await it.settle();
  host.failure = undefined;
  const described = await describe(it);
  expect(described.taskDefinition).toMatch(/web:1$/);
  expect(described.deployments[0].rolloutStateReason).toBe(
    `ECS deployment circuit breaker: rolling back to deploymentId ${id}.`,
  );
  await it.pass(60_000);
  expect((await describe(it)).deployments).toMatchObject([{ rolloutState: 'COMPLETED' }]);
  expect(await running(it)).toHaveLength(1);
});

test('without rollback a failed deployment stays FAILED and starts nothing more', async () => {
  const it = openEcs();
  await it.ecs.start();
  await prepare(it);
  const host = it.connect();
  host.failure = 'broken';
  const deploymentConfiguration = {
    deploymentCircuitBreaker: { enable: true, rollback: false, thresholdConfiguration: { type: 'COUNT', value: 2 } },
  };
  await it.call('CreateService', { ...service, desiredCount: 1, deploymentConfiguration });
  await it.settle();
  it.time.advance(3600_000);
  await it.settle();
  expect(host.stopped).toHaveLength(2);
  expect((await describe(it)).deployments[0]).toMatchObject({
    rolloutState: 'FAILED',
    rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.',
  });
});
