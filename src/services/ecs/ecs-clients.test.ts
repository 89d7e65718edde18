import {
  ClientException,
  ClusterNotFoundException,
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ExecuteCommandCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  paginateListTaskDefinitions,
  waitUntilServicesStable,
  waitUntilTasksRunning,
} from '@aws-sdk/client-ecs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { CLI_LIMIT_MS, hasCli, openClients } from './ecs-clients.fixture.js';
import { ACCOUNT, fargateDefinition } from './ecs.fixture.js';

test('the AWS SDK: a service from nothing to a session', async () => {
  const { it, client, configuration, user } = await openClients();
  it.connect();
  await client.send(new CreateClusterCommand({ clusterName: 'demo' }));
  await client.send(new RegisterTaskDefinitionCommand(fargateDefinition as never));
  const { service } = await client.send(
    new CreateServiceCommand({
      cluster: 'demo',
      serviceName: 'api',
      taskDefinition: 'web',
      desiredCount: 1,
      launchType: 'FARGATE',
      enableExecuteCommand: true,
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-12344321'], assignPublicIp: 'ENABLED' } },
    }),
  );
  expect(service).toMatchObject({ status: 'ACTIVE', createdBy: user.arn, createdAt: new Date(it.time.now) });
  await it.settle();
  const waiting = { client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 };
  await waitUntilServicesStable(waiting, { cluster: 'demo', services: ['api'] });
  const { taskArns } = await client.send(new ListTasksCommand({ cluster: 'demo' }));
  await waitUntilTasksRunning(waiting, { cluster: 'demo', tasks: taskArns! });
  const { tasks } = await client.send(new DescribeTasksCommand({ cluster: 'demo', tasks: taskArns }));
  expect(tasks![0]!.containers![0]!.managedAgents).toEqual([
    { name: 'ExecuteCommandAgent', lastStatus: 'RUNNING', lastStartedAt: new Date(it.time.now) },
  ]);
  const session = await client.send(
    new ExecuteCommandCommand({ cluster: 'demo', task: taskArns![0], command: '/bin/sh', interactive: true }),
  );
  expect(session.session?.tokenValue).toBe('token');
  const failing = client.send(new ListTasksCommand({ cluster: 'none' }));
  await expect(failing).rejects.toBeInstanceOf(ClusterNotFoundException);
  const sts = new STSClient(configuration);
  expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    UserId: user.userId,
    Account: ACCOUNT,
    Arn: user.arn,
  });
  sts.destroy();
});

test('the AWS SDK pages through lists', async () => {
  const { it, client } = await openClients();
  for (let count = 0; count < 5; count++) await it.call('RegisterTaskDefinition', fargateDefinition);
  const found: string[] = [];
  for await (const page of paginateListTaskDefinitions({ client, pageSize: 2 }, {})) {
    found.push(...page.taskDefinitionArns!);
  }
  expect(found.map((arn) => arn.split(':').at(-1))).toEqual(['1', '2', '3', '4', '5']);
});

test('the AWS SDK: a task definition as Terraform makes, reads, replaces and deletes it', async () => {
  const { client } = await openClients();
  const containerDefinitions = [
    {
      ...{ name: 'app', image: 'app:1', cpu: 0, memory: 128, essential: true, user: 'app' },
      dependsOn: [{ containerName: 'init', condition: 'SUCCESS' as const }],
      mountPoints: [{ sourceVolume: 'data', containerPath: '/data', readOnly: false }],
      healthCheck: { command: ['CMD', 'true'], interval: 30, retries: 3, timeout: 5 },
      linuxParameters: { initProcessEnabled: true },
    },
    { name: 'init', image: 'init:1', cpu: 0, memory: 64, essential: false },
  ];
  const registered = await client.send(
    new RegisterTaskDefinitionCommand({
      ...{ family: 'tf', networkMode: 'bridge', requiresCompatibilities: ['EC2'], containerDefinitions },
      volumes: [{ name: 'data', host: { sourcePath: '/srv/data' } }],
      tags: [{ key: 'made', value: 'by terraform' }],
    }),
  );
  const taskDefinition = registered.taskDefinition!.taskDefinitionArn;
  const read = await client.send(new DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] }));
  // As the provider compares: sorted already; empty lists do not count.
  const withoutEmpty = read.taskDefinition!.containerDefinitions!.map((container) =>
    Object.fromEntries(Object.entries(container).filter(([, value]) => !(Array.isArray(value) && value.length === 0))),
  );
  expect(withoutEmpty).toEqual(containerDefinitions);
  expect(read.taskDefinition!.volumes).toEqual([{ name: 'data', host: { sourcePath: '/srv/data' } }]);
  expect(read.tags).toEqual([{ key: 'made', value: 'by terraform' }]);
  await client.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
  const deleted = await client.send(new DeleteTaskDefinitionsCommand({ taskDefinitions: [taskDefinition!] }));
  expect(deleted.taskDefinitions![0]!.status).toBe('DELETE_IN_PROGRESS');
  const wrong = { ...containerDefinitions[0]!, dependsOn: [{ containerName: 'app', condition: 'START' as const }] };
  const refused = client.send(new RegisterTaskDefinitionCommand({ family: 'tf', containerDefinitions: [wrong] }));
  await expect(refused).rejects.toBeInstanceOf(ClientException);
});

test.skipIf(!hasCli)(
  'the AWS CLI: the commands of the documentation, and its waiters',
  { timeout: CLI_LIMIT_MS },
  async () => {
    const { it, aws } = await openClients();
    it.connect();
    const configuration =
      'executeCommandConfiguration={kmsKeyId=alias/exec,logging=OVERRIDE,logConfiguration={cloudWatchLogGroupName=group,' +
      'cloudWatchEncryptionEnabled=true,s3BucketName=bucket,s3EncryptionEnabled=true,s3KeyPrefix=demo}}';
    const created = await aws('ecs', 'create-cluster', '--cluster-name', 'demo', '--configuration', configuration);
    expect(created.cluster.configuration.executeCommandConfiguration).toEqual({
      kmsKeyId: 'alias/exec',
      logging: 'OVERRIDE',
      logConfiguration: {
        cloudWatchLogGroupName: 'group',
        cloudWatchEncryptionEnabled: true,
        s3BucketName: 'bucket',
        s3EncryptionEnabled: true,
        s3KeyPrefix: 'demo',
      },
    });
    await aws('ecs', 'register-task-definition', '--cli-input-json', JSON.stringify(fargateDefinition));
    const vpc = 'awsvpcConfiguration={subnets=[subnet-12344321],securityGroups=[sg-12344321],assignPublicIp=ENABLED}';
    await aws(
      ...['ecs', 'create-service', '--cluster', 'demo', '--task-definition', 'web', '--enable-execute-command'],
      ...['--service-name', 'api', '--launch-type', 'FARGATE', '--network-configuration', vpc, '--desired-count', '1'],
    );
    await it.settle();
    await aws('ecs', 'wait', 'services-stable', '--cluster', 'demo', '--services', 'api');
    const { taskArns } = await aws('ecs', 'list-tasks', '--cluster', 'demo', '--service-name', 'api');
    await aws('ecs', 'wait', 'tasks-running', '--cluster', 'demo', '--tasks', taskArns[0]);
    const { tasks } = await aws('ecs', 'describe-tasks', '--cluster', 'demo', '--tasks', taskArns[0].split('/').at(-1));
    expect(tasks[0].enableExecuteCommand).toBe(true);
    const guarded = await aws(
      ...['ecs', 'update-task-protection', '--cluster', 'demo', '--tasks', taskArns[0]],
      ...['--protection-enabled', '--expires-in-minutes', '60'],
    );
    expect(guarded).toMatchObject({
      protectedTasks: [{ taskArn: taskArns[0], protectionEnabled: true }],
      failures: [],
    });
    expect(tasks[0].containers[0].managedAgents[0]).toMatchObject({
      name: 'ExecuteCommandAgent',
      lastStatus: 'RUNNING',
    });
    await aws('ecs', 'delete-service', '--cluster', 'demo', '--service', 'api', '--force');
    await it.settle();
    await aws('ecs', 'wait', 'services-inactive', '--cluster', 'demo', '--services', 'api');
    await aws('ecs', 'wait', 'tasks-stopped', '--cluster', 'demo', '--tasks', taskArns[0]);
    await expect(aws('ecs', 'describe-tasks', '--cluster', 'none', '--tasks', 'x'.repeat(32))).rejects.toThrow(
      'An error occurred (ClusterNotFoundException) when calling the DescribeTasks operation: Cluster not found.',
    );
  },
);
