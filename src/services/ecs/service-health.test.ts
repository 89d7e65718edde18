import { expect, test } from 'vitest';
import { awsvpc, fargateDefinition, openEcs, prepare, type Answer } from './ecs.fixture.js';
import type { FakeHost } from './fake-host.fixture.js';

const [container] = fargateDefinition.containerDefinitions;
const checked = { containerDefinitions: [{ ...container, healthCheck: { command: ['CMD', 'true'] } }] };

async function open(request: object = {}) {
  const it = openEcs();
  await it.ecs.start();
  await prepare(it, checked);
  const host = it.connect();
  await it.settle();
  await it.call('CreateService', {
    ...awsvpc,
    serviceName: 'api',
    taskDefinition: 'web',
    launchType: 'FARGATE',
    desiredCount: 2,
    ...request,
  });
  await it.settle();
  const service = async () => (await it.call('DescribeServices', { services: ['api'] })).services[0];
  return { it, host, service, held: () => [...host.tasks.keys()] };
}

/** What the host's health checks say of a task. */
function publish(host: FakeHost, taskArn: string, healthStatus: string): void {
  host.say({
    type: 'PublishHealthRequest',
    message: { messageId: 'm', taskArn, containers: [{ containerName: 'app', healthStatus }] },
  } as never);
}

test('a deployment is over when its tasks are HEALTHY, not when they run', async () => {
  const { it, host, service, held } = await open();
  expect(await service()).toMatchObject({ runningCount: 2, deployments: [{ rolloutState: 'IN_PROGRESS' }] });
  for (const arn of held()) publish(host, arn, 'HEALTHY');
  await it.settle();
  expect(await service()).toMatchObject({ runningCount: 2, deployments: [{ rolloutState: 'COMPLETED' }] });
});

test('a task that fails its health checks stays until another is HEALTHY, and is told of', async () => {
  const { it, host, service, held } = await open();
  const [sick, well] = held() as [string, string];
  for (const arn of [sick, well]) publish(host, arn, 'HEALTHY');
  await it.settle();
  publish(host, sick, 'UNHEALTHY');
  await it.settle();
  expect(host.stopped).toEqual([]);
  const [next] = held().filter((arn) => arn !== sick && arn !== well);
  publish(host, next!, 'HEALTHY');
  await it.settle();
  expect(host.stopped).toEqual([sick]);
  const { tasks } = await it.call('DescribeTasks', { tasks: [sick] });
  expect(tasks[0]).toMatchObject({
    stopCode: 'ServiceSchedulerInitiated',
    stoppedReason: 'Task failed container health checks',
  });
  const { events } = await service();
  expect(events.map(({ message }: Answer) => message)).toContain(
    `(service api) (task ${sick.split('/').at(-1)}) failed container health checks.`,
  );
});

test('without room for both it is stopped first', async () => {
  const { it, host, held } = await open({
    desiredCount: 1,
    deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 0 },
  });
  const [sick] = held();
  publish(host, sick!, 'UNHEALTHY');
  await it.settle();
  expect(host.stopped).toEqual([sick]);
  expect(held()).toHaveLength(1);
});

test('within the grace period nobody believes it', async () => {
  const { it, host, held } = await open({
    desiredCount: 1,
    healthCheckGracePeriodSeconds: 60,
    deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 0 },
  });
  const [sick] = held();
  publish(host, sick!, 'UNHEALTHY');
  await it.pass(59_000);
  expect(host.stopped).toEqual([]);
  await it.pass(2000);
  expect(host.stopped).toEqual([sick]);
});

test('the circuit breaker counts them as failed, and rolls back', async () => {
  const { it, host, service, held } = await open({
    desiredCount: 1,
    deploymentConfiguration: {
      maximumPercent: 200,
      minimumHealthyPercent: 100,
      deploymentCircuitBreaker: { enable: true, rollback: true },
    },
  });
  const [first] = held();
  publish(host, first!, 'HEALTHY');
  await it.settle();
  const { id } = (await service()).deployments[0];
  await it.call('UpdateService', { service: 'api', forceNewDeployment: true });
  for (let round = 0; round < 12; round++) {
    await it.pass(15_000);
    if ((await service()).deployments[0].rolloutStateReason.includes('rolling back')) break;
    for (const arn of held().filter((other) => other !== first)) publish(host, arn, 'UNHEALTHY');
    await it.settle();
  }
  expect((await service()).deployments[0].rolloutStateReason).toBe(
    `ECS deployment circuit breaker: rolling back to deploymentId ${id}.`,
  );
  expect(host.stopped).not.toContain(first);
});
