import { expect, test } from 'vitest';
import { awsvpc, fargateDefinition, openEcs, prepare, type Answer } from './ecs.fixture.js';

const request = { ...awsvpc, serviceName: 'api', taskDefinition: 'web', launchType: 'FARGATE', desiredCount: 0 };

async function open(options: Parameters<typeof openEcs>[0] = {}) {
  const it = openEcs(options);
  await it.ecs.start();
  await prepare(it);
  await it.call('RegisterTaskDefinition', { ...fargateDefinition, family: 'roleless', taskRoleArn: undefined });
  const containerDefinitions = [{ name: 'app', image: 'host', memory: 64 }];
  await it.call('RegisterTaskDefinition', { family: 'bridge', containerDefinitions });
  return it;
}

test('a service as it is created', async () => {
  const it = await open();
  const { service } = await it.call('CreateService', { ...request, tags: [{ key: 'a', value: 'b' }] });
  const now = new Date(it.time.now);
  const networkConfiguration = {
    awsvpcConfiguration: { subnets: ['subnet-12344321'], securityGroups: ['sg-12344321'], assignPublicIp: 'DISABLED' },
  };
  const launch = { launchType: 'FARGATE', platformVersion: 'LATEST', platformFamily: 'Linux' };
  const { id } = service.deployments[0];
  expect(service).toEqual({
    serviceArn: it.arn('service/default/api'),
    serviceName: 'api',
    clusterArn: it.arn('cluster/default'),
    status: 'ACTIVE',
    desiredCount: 0,
    runningCount: 0,
    pendingCount: 0,
    ...launch,
    taskDefinition: it.arn('task-definition/web:1'),
    deploymentConfiguration: {
      deploymentCircuitBreaker: { enable: false, rollback: false },
      maximumPercent: 200,
      minimumHealthyPercent: 100,
    },
    deployments: [
      {
        id,
        status: 'PRIMARY',
        taskDefinition: it.arn('task-definition/web:1'),
        desiredCount: 0,
        pendingCount: 0,
        runningCount: 0,
        failedTasks: 0,
        createdAt: now,
        updatedAt: now,
        ...launch,
        networkConfiguration,
        rolloutState: 'IN_PROGRESS',
        rolloutStateReason: `ECS deployment ${id} in progress.`,
      },
    ],
    roleArn: 'arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS',
    events: [],
    createdAt: now,
    createdBy: 'arn:aws:iam::111122223333:user/ann',
    currentServiceDeployment: expect.stringMatching(/:service-deployment\/default\/api\/[A-Za-z0-9]{20}$/),
    loadBalancers: [],
    serviceRegistries: [],
    placementConstraints: [],
    placementStrategy: [],
    networkConfiguration,
    schedulingStrategy: 'REPLICA',
    deploymentController: { type: 'ECS' },
    enableECSManagedTags: false,
    propagateTags: 'NONE',
    enableExecuteCommand: false,
    tags: [{ key: 'a', value: 'b' }],
  });
});

const vpc = (change: object) => ({
  networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-12344321'], ...change } },
});
const invalid = 'InvalidParameterException';
test.each([
  ['no such cluster', { cluster: 'none' }, 'ClusterNotFoundException', 'Cluster not found.'],
  ['no such definition', { taskDefinition: 'none' }, 'ClientException', 'TaskDefinition not found.'],
  ['an inactive definition', { taskDefinition: 'old:1' }, 'ClientException', 'TaskDefinition is inactive'],
  [
    'exec without task role',
    { taskDefinition: 'roleless', enableExecuteCommand: true },
    invalid,
    "The service couldn't be created because a valid taskRoleArn is not being used. Specify a valid task role in your task definition and try again.",
  ],
  [
    'awsvpc without network configuration',
    { networkConfiguration: undefined },
    invalid,
    "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
  ],
  [
    'network configuration with bridge',
    { taskDefinition: 'bridge', launchType: 'EC2' },
    invalid,
    'Network Configuration is not valid for the given networkMode of this task definition.',
  ],
  ['empty subnets', vpc({ subnets: [] }), invalid, 'subnets can not be empty.'],
  [
    'an unknown subnet',
    vpc({ subnets: ['subnet-x'] }),
    invalid,
    "Error retrieving subnet information for [subnet-x]: The subnet ID 'subnet-x' does not exist (ErrorCode: InvalidSubnetID.NotFound)",
  ],
  [
    'an unknown security group',
    vpc({ securityGroups: ['sg-x'] }),
    invalid,
    "Error retrieving security group information for [sg-x]: The security group 'sg-x' does not exist (ErrorCode: InvalidGroup.NotFound)",
  ],
  [
    'too many subnets',
    vpc({ subnets: Array(17).fill('subnet-12344321') }),
    invalid,
    'subnets can have at most 16 items.',
  ],
  ['assignPublicIp', vpc({ assignPublicIp: 'X' }), invalid, 'assignPublicIp should be one of [DISABLED,ENABLED]'],
  [
    'an EC2 definition on Fargate',
    { taskDefinition: 'bridge', networkConfiguration: undefined },
    invalid,
    'Task definition does not support launch_type FARGATE.',
  ],
  ['an unknown launch type', { launchType: 'X' }, 'ClientException', 'launch type should be one of [EC2,FARGATE]'],
  ['no name', { serviceName: '' }, invalid, 'serviceName should not be null or empty.'],
  ['a strange name', { serviceName: 'a b' }, invalid, expect.stringContaining('Service name')],
  ['no definition', { taskDefinition: undefined }, invalid, 'taskDefinition should not be null or empty.'],
  ['no desired count', { desiredCount: undefined }, invalid, 'desiredCount should not be null or empty.'],
  ['a negative count', { desiredCount: -1 }, invalid, 'desiredCount should be between 0 and 5000.'],
  ['half a task', { desiredCount: 1.5 }, invalid, expect.any(String)],
  ['propagateTags', { propagateTags: 'X' }, invalid, expect.any(String)],
  ['a long client token', { clientToken: 'x'.repeat(37) }, invalid, 'clientToken longer than 36.'],
  ['a load balancer', { loadBalancers: [{}] }, 'UnsupportedFeatureException', expect.any(String)],
  [
    'DAEMON with a count',
    { schedulingStrategy: 'DAEMON', desiredCount: 1 },
    invalid,
    expect.stringMatching(/^The daemon scheduling strategy does not support a desired count for services\. /),
  ],
  [
    'DAEMON on Fargate',
    { schedulingStrategy: 'DAEMON', desiredCount: undefined },
    invalid,
    'The daemon scheduling strategy is not supported by the Fargate launch type.',
  ],
  [
    'DAEMON with a strategy',
    { schedulingStrategy: 'DAEMON', desiredCount: undefined, placementStrategy: [{ type: 'random' }] },
    invalid,
    'The daemon scheduling strategy does not support placement strategies.',
  ],
  [
    'DAEMON with two tasks on an instance',
    { schedulingStrategy: 'DAEMON', desiredCount: undefined, deploymentConfiguration: { maximumPercent: 200 } },
    invalid,
    'The daemon scheduling strategy requires a maximumPercent of 100.',
  ],
  [
    'placement on Fargate',
    { placementConstraints: [{ type: 'distinctInstance' }] },
    invalid,
    'Task placement constraints are not supported with FARGATE launch type.',
  ],
  [
    'an expression that is none',
    { placementConstraints: [{ type: 'memberOf', expression: 'color == red' }] },
    invalid,
    "Invalid placement constraint expression: character 1: unknown subject 'color'.",
  ],
  [
    'too many strategies',
    { placementStrategy: Array(6).fill({ type: 'random' }) },
    invalid,
    'placementStrategy can have at most 5 items.',
  ],
  [
    'blue and green',
    { deploymentConfiguration: { strategy: 'BLUE_GREEN' } },
    'UnsupportedFeatureException',
    'The deployment strategy BLUE_GREEN is not supported.',
  ],
  [
    'alarms',
    { deploymentConfiguration: { alarms: { enable: true, rollback: false, alarmNames: ['a'] } } },
    'UnsupportedFeatureException',
    'Deployment alarms are not supported.',
  ],
  [
    'zones kept even without room for it',
    {
      availabilityZoneRebalancing: 'ENABLED',
      deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 50 },
    },
    invalid,
    'Availability Zone rebalancing requires a maximumPercent above 100.',
  ],
  ['CODE_DEPLOY', { deploymentController: { type: 'CODE_DEPLOY' } }, 'UnsupportedFeatureException', expect.any(String)],
  [
    'percentages that block',
    { deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 100 } },
    invalid,
    'Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.',
  ],
])('CreateService refuses: %s', async (_name, change, code, message) => {
  const it = await open();
  await it.call('RegisterTaskDefinition', { ...fargateDefinition, family: 'old' });
  await it.call('DeregisterTaskDefinition', { taskDefinition: 'old:1' });
  await expect(it.call('CreateService', { ...request, ...change })).rejects.toMatchObject({ code, message });
  expect((await it.call('ListServices')).serviceArns).toEqual([]);
});

test('the same request again is answered, another one under the same name refused', async () => {
  const it = await open();
  const first = await it.call('CreateService', { ...request, clientToken: 'a' });
  const again = await it.call('CreateService', { clientToken: 'b', ...request });
  expect(again.service.createdAt).toEqual(first.service.createdAt);
  await expect(it.call('CreateService', { ...request, desiredCount: 1 })).rejects.toThrow(
    'Creation of service was not idempotent.',
  );
});

test('exec may be turned on only with a task role, also by an update', async () => {
  const it = await open();
  await it.call('CreateService', { ...request, taskDefinition: 'roleless' });
  const update = { service: 'api', enableExecuteCommand: true };
  await expect(it.call('UpdateService', update)).rejects.toThrow(
    "The service couldn't be updated because a valid taskRoleArn is not being used. Specify a valid task role in your task definition and try again.",
  );
  await it.call('UpdateService', { ...update, taskDefinition: 'web' });
  await expect(it.call('UpdateService', { service: 'api', taskDefinition: 'roleless' })).rejects.toMatchObject({
    code: 'InvalidParameterException',
  });
  const free = await open({ limits: 'open' });
  const request2 = { ...request, taskDefinition: 'roleless', enableExecuteCommand: true };
  expect((await free.call('CreateService', request2)).service.enableExecuteCommand).toBe(true);
});

test('services are described by name and ARN; unknown ones are failures', async () => {
  const it = await open();
  await it.call('CreateService', request);
  const arn = it.arn('service/default/api');
  const described = await it.call('DescribeServices', { services: ['api', arn, 'none', it.arn('service/other/api')] });
  expect(described.services.map(({ serviceArn }: Answer) => serviceArn)).toEqual([arn, arn]);
  expect(described.services[0].tags).toBeUndefined();
  expect(described.failures).toEqual([
    { arn: it.arn('service/default/none'), reason: 'MISSING' },
    { arn: it.arn('service/other/api'), reason: 'MISSING' },
  ]);
  const many = it.call('DescribeServices', { services: Array.from({ length: 11 }, (_, index) => `s${index}`) });
  await expect(many).rejects.toMatchObject({ code: 'InvalidParameterException' });
  await expect(it.call('UpdateService', { service: 'none' })).rejects.toThrow('Service not found.');
});

test('ListServices gives ten unless asked otherwise, and filters', async () => {
  const it = await open();
  for (let index = 0; index < 12; index++) await it.call('CreateService', { ...request, serviceName: `s${index}` });
  const first = await it.call('ListServices', {});
  expect(first.serviceArns).toHaveLength(10);
  expect((await it.call('ListServices', { nextToken: first.nextToken })).serviceArns).toHaveLength(2);
  expect((await it.call('ListServices', { launchType: 'EC2' })).serviceArns).toEqual([]);
  expect((await it.call('ListServices', { launchType: 'FARGATE', maxResults: 100 })).serviceArns).toHaveLength(12);
  expect((await it.call('ListServices', { schedulingStrategy: 'DAEMON' })).serviceArns).toEqual([]);
});

test('a deployment that rounding has blocked says so once', async () => {
  const it = await open();
  it.connect();
  const deploymentConfiguration = { minimumHealthyPercent: 50, maximumPercent: 150 };
  await it.call('CreateService', { ...request, desiredCount: 1, deploymentConfiguration });
  await it.settle();
  await it.call('UpdateService', { service: 'api', forceNewDeployment: true });
  await it.settle();
  await it.call('UpdateService', { service: 'api' });
  await it.settle();
  const { services } = await it.call('DescribeServices', { services: ['api'] });
  const blocked = services[0].events.filter(({ message }: Answer) => message.includes('deployment configuration'));
  expect(blocked).toHaveLength(1);
  await it.call('UpdateService', { service: 'api', deploymentConfiguration: { maximumPercent: 200 } });
  await it.settle();
  expect((await it.call('DescribeServices', { services: ['api'] })).services[0].deployments).toHaveLength(1);
});
