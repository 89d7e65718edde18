import {
  CreateClusterCommand,
  type CreateClusterCommandInput,
  DeleteClusterCommand,
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListTagsForResourceCommand,
  PutClusterCapacityProvidersCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateClusterCommand,
  type ContainerDefinition,
} from '@aws-sdk/client-ecs';
import { CreateRoleCommand, type IAMClient } from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { accountEndpoint, ACCOUNT, REGION } from '../account-endpoint.fixture.js';
import { comparableContainers } from './container-definitions.fixture.js';
import { expectNoDifference, policy, refusal, set } from './difference.fixture.js';

const arn = (resource: string) => `arn:aws:ecs:${REGION}:${ACCOUNT}:${resource}`;
const cluster = arn('cluster/audited');

/** As the provider finds a cluster: exactly one, and INACTIVE is none. */
async function findCluster(ecs: ECSClient, name: string) {
  const { clusters = [] } = await ecs.send(
    new DescribeClustersCommand({ clusters: [name], include: ['TAGS', 'CONFIGURATIONS', 'SETTINGS'] }),
  );
  expect(clusters.length).toBeLessThanOrEqual(1);
  return clusters.find(({ status }) => status !== 'INACTIVE');
}

test('aws_ecs_cluster', async () => {
  const { ecs } = await accountEndpoint();
  // The provider writes both booleans out, and the logging that nobody gave.
  const logged = {
    executeCommandConfiguration: {
      ...{ kmsKeyId: 'alias/exec', logging: 'OVERRIDE' as const },
      logConfiguration: {
        ...{ cloudWatchEncryptionEnabled: false, cloudWatchLogGroupName: '/ecs/exec' },
        ...{ s3BucketName: 'audit', s3EncryptionEnabled: true, s3KeyPrefix: 'exec/' },
      },
    },
  };
  const settings = [{ name: 'containerInsights' as const, value: 'enabled' }];
  const tags = [
    { key: 'team', value: 'ops' },
    { key: 'env', value: '' },
  ];
  const input: CreateClusterCommandInput = { clusterName: 'audited', configuration: logged, settings, tags };
  await ecs.send(new CreateClusterCommand(input));
  const read = async () => {
    const found = await findCluster(ecs, cluster);
    return {
      ...{ arn: found?.clusterArn, name: found?.clusterName, status: found?.status, tags: set(found?.tags) },
      ...{ configuration: found?.configuration, setting: found?.settings },
      service_connect_defaults: found?.serviceConnectDefaults?.namespace,
    };
  };
  const created = {
    ...{ arn: cluster, name: 'audited', status: 'ACTIVE', tags: set(tags) },
    ...{ configuration: logged, setting: settings },
  };
  expectNoDifference(created, await read());

  const storage = { managedStorageConfiguration: { kmsKeyId: 'k-1', fargateEphemeralStorageKmsKeyId: 'k-2' } };
  const plain = { executeCommandConfiguration: { logging: 'DEFAULT' as const }, ...storage };
  const insights = [{ name: 'containerInsights' as const, value: 'enhanced' }];
  const namespace = `arn:aws:servicediscovery:${REGION}:${ACCOUNT}:namespace/ns-1`;
  await ecs.send(
    new UpdateClusterCommand({
      ...{ cluster, configuration: plain, settings: insights, serviceConnectDefaults: { namespace } },
    }),
  );
  await ecs.send(new UntagResourceCommand({ resourceArn: cluster, tagKeys: ['env'] }));
  await ecs.send(new TagResourceCommand({ resourceArn: cluster, tags: [{ key: 'team', value: 'sec' }] }));
  const updated = {
    ...{ ...created, tags: [{ key: 'team', value: 'sec' }], configuration: plain, setting: insights },
    service_connect_defaults: namespace,
  };
  expectNoDifference(updated, await read());
  // AWS::ECS::Cluster
  const listed = await ecs.send(new ListTagsForResourceCommand({ resourceArn: cluster }));
  expect(listed.tags).toEqual(updated.tags);
  // Import, and data aws_ecs_cluster: by name.
  expect((await findCluster(ecs, 'audited'))?.clusterArn).toBe(cluster);

  await ecs.send(new DeleteClusterCommand({ cluster }));
  expect(await findCluster(ecs, cluster)).toBeUndefined();
  // Made anew under its name, nothing of the old one is left.
  await ecs.send(new CreateClusterCommand({ clusterName: 'audited' }));
  expectNoDifference(
    {
      ...{ arn: cluster, name: 'audited', status: 'ACTIVE', tags: [] },
      setting: [{ name: 'containerInsights', value: 'disabled' }],
    },
    await read(),
  );
});

test('aws_ecs_cluster_capacity_providers', async () => {
  const { ecs } = await accountEndpoint();
  await ecs.send(new CreateClusterCommand({ clusterName: 'audited' }));
  const read = async () => {
    const found = await findCluster(ecs, 'audited');
    return {
      ...{ capacity_providers: set(found?.capacityProviders), cluster_name: found?.clusterName },
      default_capacity_provider_strategy: set(found?.defaultCapacityProviderStrategy),
    };
  };
  const put = (capacityProviders: string[], strategy: object[] = []) =>
    ecs.send(
      new PutClusterCapacityProvidersCommand({
        ...{ cluster: 'audited', capacityProviders },
        defaultCapacityProviderStrategy: strategy as { capacityProvider: string }[],
      }),
    );
  const strategy = [
    { capacityProvider: 'FARGATE', weight: 100, base: 1 },
    { capacityProvider: 'FARGATE_SPOT', weight: 0, base: 0 },
  ];
  await put(['FARGATE_SPOT', 'FARGATE'], strategy);
  expectNoDifference(
    {
      ...{ capacity_providers: set(['FARGATE', 'FARGATE_SPOT']), cluster_name: 'audited' },
      default_capacity_provider_strategy: set(strategy),
    },
    await read(),
  );
  await put(['FARGATE']);
  expectNoDifference(
    { capacity_providers: ['FARGATE'], cluster_name: 'audited', default_capacity_provider_strategy: [] },
    await read(),
  );
  // Deletion takes all of them away.
  await put([]);
  expect((await read()).capacity_providers).toEqual([]);
});

async function taskRole(iam: IAMClient): Promise<string> {
  const Principal = { Service: 'ecs-tasks.amazonaws.com' };
  const AssumeRolePolicyDocument = policy({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument }));
  return Role?.Arn ?? '';
}

/** As a configuration writes it; `jsonencode` keeps what it is given. */
const CONTAINERS: readonly ContainerDefinition[] = [
  {
    ...{ name: 'web', image: 'nginx:1', essential: true, cpu: 128, memory: 256, user: '1000' },
    portMappings: [{ containerPort: 80, hostPort: 80, protocol: 'tcp' }],
    environment: [
      { name: 'Z', value: '1' },
      { name: 'A', value: '' },
    ],
    command: ['nginx', '-g', 'daemon off;'],
    linuxParameters: { initProcessEnabled: true },
    logConfiguration: {
      logDriver: 'awslogs',
      options: { 'awslogs-group': '/app', 'awslogs-region': REGION, 'awslogs-stream-prefix': 'web' },
    },
    mountPoints: [{ sourceVolume: 'scratch', containerPath: '/scratch', readOnly: false }],
    healthCheck: { command: ['CMD-SHELL', 'true'], interval: 30, timeout: 5, retries: 3 },
    dependsOn: [{ containerName: 'side', condition: 'START' }],
  },
  { name: 'side', image: 'busybox', essential: false, command: ['sleep', '1000'] },
];

test('aws_ecs_task_definition', async () => {
  const { ecs, iam } = await accountEndpoint();
  const taskRoleArn = await taskRole(iam);
  const tags = [{ key: 'team', value: 'ops' }];
  const register = (containerDefinitions: readonly ContainerDefinition[], runtime = true) =>
    ecs.send(
      new RegisterTaskDefinitionCommand({
        ...{ family: 'app', taskRoleArn, executionRoleArn: taskRoleArn, networkMode: 'awsvpc' },
        ...{ requiresCompatibilities: ['FARGATE'], cpu: '512', memory: '1024', volumes: [{ name: 'scratch' }], tags },
        ...(runtime && { runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: 'X86_64' } }),
        containerDefinitions: [...containerDefinitions],
      }),
    );
  const read = async (taskDefinition: string) => {
    const { taskDefinition: found, tags: kept } = await ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] }),
    );
    return {
      ...{ arn: found?.taskDefinitionArn, family: found?.family, revision: found?.revision, status: found?.status },
      ...{ task_role_arn: found?.taskRoleArn, execution_role_arn: found?.executionRoleArn, cpu: found?.cpu },
      ...{ memory: found?.memory, network_mode: found?.networkMode, runtime_platform: found?.runtimePlatform },
      ...{ requires_compatibilities: set(found?.requiresCompatibilities), volume: found?.volumes, tags: kept },
      placement_constraints: found?.placementConstraints,
      container_definitions: comparableContainers(found?.containerDefinitions ?? [], true),
    };
  };
  const { taskDefinition: made } = await register(CONTAINERS);
  const first = {
    ...{ arn: arn('task-definition/app:1'), family: 'app', revision: 1, status: 'ACTIVE', cpu: '512', memory: '1024' },
    ...{ task_role_arn: taskRoleArn, execution_role_arn: taskRoleArn, network_mode: 'awsvpc', tags },
    runtime_platform: { operatingSystemFamily: 'LINUX', cpuArchitecture: 'X86_64' },
    ...{ requires_compatibilities: ['FARGATE'], placement_constraints: [] },
    container_definitions: comparableContainers(CONTAINERS, true),
  };
  const { volume, ...found } = await read(made?.taskDefinitionArn ?? '');
  expectNoDifference(first, found);
  // An empty host is what AWS makes of a volume of no kind; the provider's attributes are then unset.
  expect(volume).toMatchObject([{ name: 'scratch' }]);

  // Every change is a new revision; the old one goes by its ARN.
  const changed = CONTAINERS.map((container) => ({ ...container, image: `${container.image}-2` }));
  await register(changed, false);
  expectNoDifference(
    {
      ...{ ...first, arn: arn('task-definition/app:2'), revision: 2, volume },
      ...{ runtime_platform: undefined, container_definitions: comparableContainers(changed, true) },
    },
    await read('app'),
  );
  await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: arn('task-definition/app:1') }));
  expect(await read(arn('task-definition/app:1'))).toMatchObject({ status: 'INACTIVE' });
  // track_latest: the family is what is ACTIVE of it.
  expect(await read('app')).toMatchObject({ revision: 2, status: 'ACTIVE' });
  await ecs.send(
    new TagResourceCommand({ resourceArn: arn('task-definition/app:2'), tags: [{ key: 'a', value: 'b' }] }),
  );
  expect(set((await read('app')).tags)).toEqual(set([...tags, { key: 'a', value: 'b' }]));
  await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: arn('task-definition/app:2') }));
  expect(await refusal(read('app'))).toBe('ClientException');
});

test('aws_ecs_task_definition on bridge networks: ports of the host, EFS and bind mounts come back', async () => {
  const { ecs, iam } = await accountEndpoint();
  const containers = [
    {
      ...{ name: 'app', image: 'app', memoryReservation: 64, essential: true, cpu: 0 },
      portMappings: [{ containerPort: 8080 }, { containerPort: 53, hostPort: 5353, protocol: 'udp' as const }],
      ulimits: [{ name: 'nofile' as const, softLimit: 1024, hardLimit: 4096 }],
      secrets: [{ name: 'S', valueFrom: `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/s` }],
    },
  ];
  const volumes = [
    { name: 'host', host: { sourcePath: '/srv' } },
    { name: 'efs', efsVolumeConfiguration: { fileSystemId: 'fs-1', rootDirectory: '/', transitEncryption: 'ENABLED' } },
  ] as const;
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      ...{ family: 'bridge', containerDefinitions: containers, pidMode: 'task', ipcMode: 'none' },
      ...{ executionRoleArn: await taskRole(iam), volumes: [...volumes], requiresCompatibilities: ['EC2'] },
      placementConstraints: [{ type: 'memberOf', expression: 'attribute:ecs.os-type == linux' }],
    }),
  );
  const { taskDefinition } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'bridge' }));
  expectNoDifference(
    {
      ...{ containers: comparableContainers(containers, false), volumes, pid_mode: 'task', ipc_mode: 'none' },
      constraints: [{ type: 'memberOf', expression: 'attribute:ecs.os-type == linux' }],
    },
    {
      containers: comparableContainers(taskDefinition?.containerDefinitions ?? [], false),
      ...{ volumes: taskDefinition?.volumes, pid_mode: taskDefinition?.pidMode, ipc_mode: taskDefinition?.ipcMode },
      constraints: taskDefinition?.placementConstraints,
    },
  );
});

test('data aws_ecs_task_execution', async () => {
  const { ecs } = await accountEndpoint();
  await ecs.send(new CreateClusterCommand({ clusterName: 'audited' }));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      ...{ family: 'job', networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'], cpu: '256', memory: '512' },
      containerDefinitions: [{ name: 'job', image: 'host', command: ['true'] }],
    }),
  );
  const { tasks, failures } = await ecs.send(
    new RunTaskCommand({
      ...{ cluster, taskDefinition: arn('task-definition/job:1'), launchType: 'FARGATE', count: 1 },
      ...{ enableECSManagedTags: false, enableExecuteCommand: false, tags: [{ key: 'run', value: '1' }] },
      clientToken: '01J',
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-12344321'], assignPublicIp: 'DISABLED' } },
      overrides: { containerOverrides: [{ name: 'job', environment: [{ name: 'A', value: 'b' }] }] },
    }),
  );
  expect(failures).toEqual([]);
  const taskArns = tasks?.map(({ taskArn = '' }) => taskArn) ?? [];
  const described = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns, include: ['TAGS'] }));
  expect(described.tasks).toMatchObject([{ launchType: 'FARGATE', tags: [{ key: 'run', value: '1' }] }]);
  // A cluster with tasks is not deleted; the provider tries again until they are gone.
  expect(await refusal(ecs.send(new DeleteClusterCommand({ cluster })))).toBe('ClusterContainsTasksException');
});
