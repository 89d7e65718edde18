import { expect, test } from 'vitest';
import { FIRST_BACKOFF_MS } from './deployment.js';
import { awsvpc, fargateDefinition, openEcs, prepare, type Answer } from './ecs.fixture.js';

async function open(request: object = {}) {
  const it = openEcs();
  await it.ecs.start();
  await prepare(it);
  const host = it.connect();
  await it.settle();
  const { service } = await it.call('CreateService', {
    ...awsvpc,
    serviceName: 'api',
    taskDefinition: 'web',
    launchType: 'FARGATE',
    desiredCount: 1,
    ...request,
  });
  const list = async (more: object = {}) =>
    (await it.call('ListServiceDeployments', { service: 'api', ...more })).serviceDeployments;
  const describe = async (arn: string) =>
    (await it.call('DescribeServiceDeployments', { serviceDeploymentArns: [arn] })).serviceDeployments[0];
  return { it, host, service, list, describe };
}

test('a service deployment from its beginning to its success, and the revision it brought', async () => {
  const { it, service, list, describe } = await open();
  const arn = service.currentServiceDeployment;
  expect(await describe(arn)).toMatchObject({
    serviceArn: service.serviceArn,
    status: 'IN_PROGRESS',
    sourceServiceRevisions: [],
    targetServiceRevision: { requestedTaskCount: 1, runningTaskCount: 0 },
    deploymentCircuitBreaker: { status: 'DISABLED', failureCount: 0 },
  });
  await it.settle();
  expect(await describe(arn)).toMatchObject({
    status: 'SUCCESSFUL',
    finishedAt: new Date(it.time.now),
    targetServiceRevision: { runningTaskCount: 1, pendingTaskCount: 0 },
  });
  expect((await it.call('DescribeServices', { services: ['api'] })).services[0].currentServiceDeployment).toBe(
    undefined,
  );
  expect(await list()).toMatchObject([{ serviceDeploymentArn: arn, status: 'SUCCESSFUL' }]);
  const [{ targetServiceRevisionArn }] = await list();
  const { serviceRevisions } = await it.call('DescribeServiceRevisions', {
    serviceRevisionArns: [targetServiceRevisionArn],
  });
  expect(serviceRevisions).toMatchObject([
    {
      serviceRevisionArn: targetServiceRevisionArn,
      taskDefinition: it.arn('task-definition/web:1'),
      launchType: 'FARGATE',
      containerImages: [{ containerName: 'app', image: 'host' }],
    },
  ]);
});

test('a failed deployment and its rollback are one', async () => {
  const deploymentConfiguration = { deploymentCircuitBreaker: { enable: true, rollback: true } };
  const { it, host, list, describe } = await open({ deploymentConfiguration });
  await it.settle();
  const [first] = await list();
  host.failure = 'CannotPullContainerError: no such image';
  await it.call('RegisterTaskDefinition', fargateDefinition);
  await it.call('UpdateService', { service: 'api', taskDefinition: 'web:2' });
  await it.settle();
  const [second] = await list();
  expect(await describe(second.serviceDeploymentArn)).toMatchObject({
    status: 'IN_PROGRESS',
    sourceServiceRevisions: [{ arn: first.targetServiceRevisionArn, runningTaskCount: 1 }],
    deploymentCircuitBreaker: { status: 'MONITORING', failureCount: 2, threshold: 3 },
  });
  it.time.advance(FIRST_BACKOFF_MS);
  await it.settle();
  const rollback = { startedAt: new Date(it.time.now), serviceRevisionArn: first.targetServiceRevisionArn };
  expect(await describe(second.serviceDeploymentArn)).toMatchObject({ status: 'ROLLBACK_IN_PROGRESS', rollback });
  const { events } = (await it.call('DescribeServices', { services: ['api'] })).services[0];
  const messages = events.map(({ message }: Answer) => message);
  expect(
    messages.filter((message: string) => message.includes('deployment failed: tasks failed to start.')),
  ).toHaveLength(1);
  expect(
    messages.filter((message: string) => message.startsWith('(service api) rolling back to deployment ecs-svc/')),
  ).toHaveLength(1);
  host.failure = undefined;
  await it.pass(30_000);
  expect(await list()).toMatchObject([
    { status: 'ROLLBACK_SUCCESSFUL', serviceDeploymentArn: second.serviceDeploymentArn },
    { status: 'SUCCESSFUL', serviceDeploymentArn: first.serviceDeploymentArn },
  ]);
  expect(await list({ status: ['ROLLBACK_SUCCESSFUL'] })).toHaveLength(1);
});

test('one that a later one overtakes is STOPPED, one that fails for good too', async () => {
  const deploymentConfiguration = { deploymentCircuitBreaker: { enable: true, rollback: false } };
  const { it, host, list } = await open({ deploymentConfiguration });
  host.failure = 'broken';
  await it.call('UpdateService', { service: 'api', forceNewDeployment: true });
  await it.settle();
  expect((await list()).map(({ status }: Answer) => status)).toEqual(['IN_PROGRESS', 'STOPPED']);
  it.time.advance(FIRST_BACKOFF_MS);
  await it.settle();
  expect(await list()).toMatchObject([
    { status: 'STOPPED', statusReason: 'ECS deployment circuit breaker: tasks failed to start.' },
    { status: 'STOPPED' },
  ]);
});

test('what is not there is a failure, what cannot be is refused', async () => {
  const { it } = await open();
  const arn = it.arn('service-deployment/default/api/nothing');
  expect(await it.call('DescribeServiceDeployments', { serviceDeploymentArns: [arn] })).toEqual({
    serviceDeployments: [],
    failures: [{ arn, reason: 'MISSING' }],
  });
  const revision = it.arn('service-revision/default/none/1');
  expect((await it.call('DescribeServiceRevisions', { serviceRevisionArns: [revision] })).failures).toEqual([
    { arn: revision, reason: 'MISSING' },
  ]);
  await expect(it.call('DescribeServiceRevisions', { serviceRevisionArns: [arn] })).rejects.toThrow(
    'The ARN provided is invalid.',
  );
  await expect(it.call('ListServiceDeployments', { service: 'none' })).rejects.toMatchObject({
    code: 'ServiceNotFoundException',
  });
});
