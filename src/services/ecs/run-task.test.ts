import { expect, test } from 'vitest';
import { awsvpc, fargateDefinition, openEcs, prepare, type Answer } from './ecs.fixture.js';

async function open(options: Parameters<typeof openEcs>[0] = {}) {
  const it = openEcs(options);
  await it.ecs.start();
  await prepare(it);
  return it;
}

const fargate = { ...awsvpc, taskDefinition: 'web', launchType: 'FARGATE' };

test('what the host is told is the definition with its overrides', async () => {
  const it = openEcs({ sessionLimit: 2 });
  await it.ecs.start();
  await prepare(it, {
    containerDefinitions: [
      {
        name: 'app',
        image: 'rootfs:/srv/root',
        entryPoint: ['/bin/sh', '-c'],
        command: ['sleep 1'],
        environment: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
        workingDirectory: '/srv',
        user: 'nobody',
        readonlyRootFilesystem: true,
        linuxParameters: { initProcessEnabled: true },
        stopTimeout: 7,
      },
      { name: 'side', image: 'host', essential: false },
    ],
  });
  const host = it.connect();
  await it.call('RunTask', {
    ...fargate,
    enableExecuteCommand: true,
    overrides: {
      taskRoleArn: 'other-role',
      containerOverrides: [
        {
          name: 'app',
          command: ['env'],
          environment: [
            { name: 'B', value: '3' },
            { name: 'C', value: '4' },
          ],
        },
      ],
    },
  });
  await it.settle();
  const [payload] = [...host.tasks.values()];
  expect(payload).toEqual({
    arn: expect.stringContaining(':task/default/'),
    clusterArn: it.arn('cluster/default'),
    family: 'web',
    version: '1',
    desiredStatus: 'RUNNING',
    taskRoleArn: 'arn:aws:iam::111122223333:role/other-role',
    enableExecuteCommand: true,
    metadata: {
      launchType: 'FARGATE',
      availabilityZone: 'eu-central-1a',
      cpu: 256,
      memory: 512,
      privateIpv4Address: expect.stringContaining('10.0.'),
      macAddress: expect.stringContaining(':'),
      tags: {},
    },
    sessionLimit: 2,
    networkMode: 'awsvpc',
    containers: [
      {
        name: 'app',
        arn: expect.stringContaining(':container/default/'),
        image: 'rootfs:/srv/root',
        essential: true,
        entryPoint: ['/bin/sh', '-c'],
        command: ['env'],
        environment: [
          { name: 'A', value: '1' },
          { name: 'B', value: '3' },
          { name: 'C', value: '4' },
        ],
        workingDirectory: '/srv',
        user: 'nobody',
        hostname: expect.stringMatching(/^ip-10-0-/),
        readonlyRootFilesystem: true,
        initProcessEnabled: true,
        stopTimeout: 7,
      },
      {
        name: 'side',
        arn: expect.stringContaining(':container/default/'),
        image: 'host',
        essential: false,
        environment: [],
        hostname: expect.stringMatching(/^ip-10-0-/),
        readonlyRootFilesystem: false,
        initProcessEnabled: false,
        stopTimeout: 30,
      },
    ],
  });
});

test('the same client token gives the same tasks; with other arguments it is a conflict', async () => {
  const it = await open();
  const request = { ...fargate, count: 2, clientToken: 'token' };
  const first = await it.call('RunTask', request);
  const again = await it.call('RunTask', request);
  const arns = first.tasks.map((task: Answer) => task.taskArn);
  expect(again.tasks.map((task: Answer) => task.taskArn)).toEqual(arns);
  await expect(it.call('RunTask', { ...request, count: 3 })).rejects.toMatchObject({
    code: 'ConflictException',
    members: { resourceIds: arns },
  });
  expect((await it.call('ListTasks')).taskArns).toHaveLength(2);
});

test.each([
  ['count out of range', { count: 11 }, 'InvalidParameterException', 'count should be between 1 and 10.'],
  ['no definition', { taskDefinition: 'none' }, 'ClientException', 'TaskDefinition not found.'],
  ['bad revision', { taskDefinition: 'web:x' }, 'InvalidParameterException', 'Invalid revision number. Number: x'],
  [
    'no network',
    { networkConfiguration: {} },
    'InvalidParameterException',
    "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
  ],
  [
    'override of an unknown container',
    { overrides: { containerOverrides: [{ name: 'x' }] } },
    'InvalidParameterException',
    'Override for container named x is not a container in the TaskDefinition.',
  ],
  ['unknown launch type', { launchType: 'MOON' }, 'ClientException', 'launch type should be one of [EC2,FARGATE]'],
  [
    'EC2 without instances',
    { launchType: 'EC2' },
    'InvalidParameterException',
    'No Container Instances were found in your cluster.',
  ],
  [
    'unknown platform',
    { platformVersion: '9.9' },
    'PlatformUnknownException',
    'The specified platform version does not exist.',
  ],
  [
    'exec on an old platform',
    { platformVersion: '1.3.0', enableExecuteCommand: true },
    'PlatformTaskDefinitionIncompatibilityException',
    expect.any(String),
  ],
  ['another cluster', { cluster: 'none' }, 'ClusterNotFoundException', 'Cluster not found.'],
  [
    'placement on Fargate',
    { placementStrategy: [{ type: 'random' }] },
    'InvalidParameterException',
    'Task placement strategies are not supported with FARGATE launch type.',
  ],
  [
    'reserved tag',
    { tags: [{ key: 'aws:x', value: '' }] },
    'InvalidParameterException',
    expect.stringContaining('reserved'),
  ],
])('RunTask refuses: %s', async (_name, change, code, message) => {
  const it = await open();
  await expect(it.call('RunTask', { ...fargate, ...change })).rejects.toMatchObject({ code, message });
});

test.each([
  ['secrets', { secrets: [{ name: 'A', valueFrom: 'x' }] }],
  ['environmentFiles', { environmentFiles: [{ value: 'x', type: 's3' }] }],
  ['repositoryCredentials', { repositoryCredentials: { credentialsParameter: 'x' } }],
  ['firelensConfiguration', { firelensConfiguration: { type: 'fluentbit' } }],
])('what a host cannot give a container is refused, not left out: %s', async (what, container) => {
  const it = await open();
  await it.call('RegisterTaskDefinition', {
    ...fargateDefinition,
    family: 'more',
    executionRoleArn: 'exec',
    containerDefinitions: [{ name: 'app', image: 'host', ...container }],
  });
  await expect(it.call('RunTask', { ...fargate, taskDefinition: 'more' })).rejects.toMatchObject({
    code: 'UnsupportedFeatureException',
    message: `This endpoint does not support ${what}, which container 'app' has.`,
  });
});

test.each([
  ['efsVolumeConfiguration', { efsVolumeConfiguration: { fileSystemId: 'fs-1' } }],
  ['configuredAtLaunch', { configuredAtLaunch: true }],
])('nor is a volume that is not of the host: %s', async (what, volume) => {
  const it = await open();
  const mountPoints = [{ sourceVolume: 'v', containerPath: '/v' }];
  await it.call('RegisterTaskDefinition', {
    ...fargateDefinition,
    family: 'more',
    volumes: [{ name: 'v', ...volume }],
    containerDefinitions: [{ name: 'app', image: 'host', mountPoints }],
  });
  await expect(it.call('RunTask', { ...fargate, taskDefinition: 'more' })).rejects.toMatchObject({
    code: 'UnsupportedFeatureException',
    message: `This endpoint does not support ${what}, which volume 'v' has.`,
  });
});

test('exec needs a task role, in the definition or the override; not with open limits', async () => {
  const it = await open();
  const roleless = { ...fargateDefinition, taskRoleArn: undefined };
  await it.call('RegisterTaskDefinition', { ...roleless, family: 'roleless' });
  const request = { ...fargate, taskDefinition: 'roleless', enableExecuteCommand: true };
  await expect(it.call('RunTask', request)).rejects.toMatchObject({
    code: 'InvalidParameterException',
    message:
      "The task couldn't be run because a valid taskRoleArn is not being used. Specify a valid task role in your task definition and try again.",
  });
  expect((await it.call('RunTask', { ...request, overrides: { taskRoleArn: 'r' } })).tasks).toHaveLength(1);
  const free = await open({ limits: 'open' });
  await free.call('RegisterTaskDefinition', { ...roleless, family: 'roleless' });
  expect((await free.call('RunTask', request)).tasks).toHaveLength(1);
});

test.each([
  [
    'more memory than the task has',
    { containerOverrides: [{ name: 'app', memory: 1024 }] },
    'InvalidParameterException',
    "'memory' setting for container 'app' is greater than for task.",
  ],
  [
    'a size that Fargate has not',
    { cpu: '512', memory: '512' },
    'ClientException',
    'No Fargate configuration exists for given values: 512 CPU, 512 memory.',
  ],
  [
    'little storage',
    { ephemeralStorage: { sizeInGiB: 20 } },
    'ClientException',
    'EphemeralStorage size should be at least 21',
  ],
  [
    'environment files',
    { containerOverrides: [{ name: 'app', environmentFiles: [{ value: 'x', type: 's3' }] }] },
    'UnsupportedFeatureException',
    "This endpoint does not support environmentFiles, which the override of container 'app' has.",
  ],
])('an override is refused: %s', async (_name, overrides, code, message) => {
  const it = await open();
  await expect(it.call('RunTask', { ...fargate, overrides })).rejects.toMatchObject({ code, message });
});
