import { expect, test } from 'vitest';
import { openEcs, type Answer, type TestEcs } from './ecs.fixture.js';
import { HOST_LOST_MS } from './host-loss.js';
import { joinInstance } from './instance.fixture.js';

const definition = { family: 'web', containerDefinitions: [{ name: 'app', image: 'host', cpu: 512, memory: 64 }] };

async function open() {
  const it = openEcs();
  await it.ecs.start();
  await it.call('CreateCluster', {});
  await it.call('RegisterTaskDefinition', definition);
  return it;
}

async function service(it: TestEcs, name = 'api') {
  return (await it.call('DescribeServices', { services: [name] })).services[0];
}

async function places(it: TestEcs): Promise<string[]> {
  const { taskArns } = await it.call('ListTasks', { serviceName: 'api' });
  const { tasks } = await it.call('DescribeTasks', { tasks: taskArns });
  return tasks.map((task: Answer) => task.containerInstanceArn);
}

test('an instance vanishes in mid-deployment: the deployment ends on another', async () => {
  const it = await open();
  const first = await joinInstance(it);
  const create = { serviceName: 'api', taskDefinition: 'web', desiredCount: 2 };
  await it.call('CreateService', {
    ...create,
    deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 100 },
  });
  await it.settle();
  first.host.manual = true;
  await it.call('UpdateService', { service: 'api', forceNewDeployment: true });
  await it.settle();
  expect((await service(it)).deployments).toHaveLength(2);
  first.host.vanish();
  await it.settle();
  const second = await joinInstance(it);
  await it.pass(HOST_LOST_MS + 1000);
  expect(await places(it)).toEqual([second.arn, second.arn]);
  expect(await service(it)).toMatchObject({
    runningCount: 2,
    pendingCount: 0,
    deployments: [{ rolloutState: 'COMPLETED', failedTasks: 0 }],
  });
});

test('two services want the last CPU: one has it, the other says so and takes it when it is free', async () => {
  const it = await open();
  const { id } = await joinInstance(it, { totalResources: [{ name: 'CPU', type: 'INTEGER', integerValue: 512 }] });
  for (const serviceName of ['api', 'other']) {
    await it.call('CreateService', { serviceName, taskDefinition: 'web', desiredCount: 1 });
  }
  await it.settle();
  expect((await service(it)).runningCount).toBe(1);
  const waiting = await service(it, 'other');
  expect(waiting).toMatchObject({ runningCount: 0, pendingCount: 0 });
  expect(waiting.events).toHaveLength(1);
  expect(waiting.events[0].message).toContain(
    `The closest matching (container-instance ${id}) has insufficient CPU units available.`,
  );
  await it.pass(120_000);
  expect((await service(it, 'other')).events).toHaveLength(1);
  await it.call('UpdateService', { service: 'api', desiredCount: 0 });
  await it.settle();
  await it.pass(30_000);
  expect((await service(it, 'other')).runningCount).toBe(1);
});

test('200 tasks start, are replaced by a deployment, and stop', async () => {
  const it = await open();
  const totalResources = [{ name: 'CPU', type: 'INTEGER', integerValue: 4096 }];
  for (let count = 0; count < 2; count++) await joinInstance(it, { totalResources });
  const containerDefinitions = [{ name: 'app', image: 'host', memory: 8 }];
  await it.call('RegisterTaskDefinition', { family: 'small', containerDefinitions });
  await it.call('CreateService', { serviceName: 'api', taskDefinition: 'small', desiredCount: 200 });
  await it.settle();
  expect(await service(it)).toMatchObject({ runningCount: 200, deployments: [{ rolloutState: 'COMPLETED' }] });
  await it.call('UpdateService', { service: 'api', forceNewDeployment: true });
  await it.settle();
  expect(await service(it)).toMatchObject({ runningCount: 200, deployments: [{ rolloutState: 'COMPLETED' }] });
  await it.call('UpdateService', { service: 'api', desiredCount: 0 });
  await it.settle();
  expect(await service(it)).toMatchObject({ runningCount: 0, pendingCount: 0 });
}, 120_000);

test('EXTERNAL: no awsvpc, and exec only where the instance has it', async () => {
  const it = await open();
  await it.call('RegisterTaskDefinition', { ...definition, family: 'own-network', networkMode: 'awsvpc' });
  const create = { serviceName: 'api', launchType: 'EXTERNAL', desiredCount: 1 };
  const networkConfiguration = { awsvpcConfiguration: { subnets: ['subnet-12344321'] } };
  await expect(
    it.call('CreateService', { ...create, taskDefinition: 'own-network', networkConfiguration }),
  ).rejects.toMatchObject({ code: 'InvalidParameterException', message: expect.stringContaining('EXTERNAL') });
  await it.call('RegisterTaskDefinition', { ...definition, taskRoleArn: 'role' });
  await it.call('CreateService', { ...create, taskDefinition: 'web', enableExecuteCommand: true });
  await joinInstance(it);
  await joinInstance(it, { attributes: [{ name: 'ecs.capability.external' }] });
  expect((await service(it)).events[0].message).toContain('is missing an attribute required by your task.');
  const exec = [{ name: 'ecs.capability.external' }, { name: 'ecs.capability.execute-command' }];
  const { arn } = await joinInstance(it, { attributes: exec });
  expect(await places(it)).toEqual([arn]);
});
