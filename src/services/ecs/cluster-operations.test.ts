import { describe, expect, test } from 'vitest';
import { awsvpc, openEcs, prepare, type Answer } from './ecs.fixture.js';

const execution = (executeCommandConfiguration: object) => ({ configuration: { executeCommandConfiguration } });

describe('executeCommandConfiguration', () => {
  const seed = {
    kmsKeyId: 'alias/exec',
    logging: 'OVERRIDE',
    logConfiguration: {
      cloudWatchLogGroupName: 'group',
      cloudWatchEncryptionEnabled: true,
      s3BucketName: 'bucket',
      s3EncryptionEnabled: true,
      s3KeyPrefix: 'demo',
    },
  };

  test.each([
    ['everything', seed, seed],
    ['nothing in it', {}, { logging: 'DEFAULT' }],
    ['a key only', { kmsKeyId: 'k' }, { kmsKeyId: 'k', logging: 'DEFAULT' }],
    ['DEFAULT', { logging: 'DEFAULT' }, { logging: 'DEFAULT' }],
    ['NONE', { logging: 'NONE' }, { logging: 'NONE' }],
    ['a group only', { logging: 'OVERRIDE', logConfiguration: { cloudWatchLogGroupName: 'g' } }, 'same'],
    ['a bucket only', { logging: 'OVERRIDE', logConfiguration: { s3BucketName: 'b', s3KeyPrefix: 'p' } }, 'same'],
  ])('%s is kept as sent, with logging written out', async (_name, sent, kept) => {
    const it = openEcs();
    const expected = execution(kept === 'same' ? sent : (kept as object));
    expect((await it.call('CreateCluster', execution(sent))).cluster).toMatchObject(expected);
    const described = await it.call('DescribeClusters', { include: ['CONFIGURATIONS'] });
    expect(described.clusters[0].configuration).toEqual(expected.configuration);
    expect((await it.call('DescribeClusters', {})).clusters[0].configuration).toBeUndefined();
  });

  const mustOverride = "You must set logging to 'OVERRIDE' when you supply a log configuration.";
  test.each([
    [
      'OVERRIDE without log configuration',
      { logging: 'OVERRIDE' },
      "You must specify a log configuration when you set logging to 'OVERRIDE'",
    ],
    ['log configuration without logging', { logConfiguration: { s3BucketName: 'b' } }, mustOverride],
    ['log configuration with NONE', { logging: 'NONE', logConfiguration: { s3BucketName: 'b' } }, mustOverride],
    ['log configuration with DEFAULT', { logging: 'DEFAULT', logConfiguration: {} }, mustOverride],
    [
      'neither group nor bucket',
      { logging: 'OVERRIDE', logConfiguration: {} },
      expect.stringContaining('or an s3BucketName'),
    ],
    ['empty names', { logging: 'OVERRIDE', logConfiguration: { s3BucketName: '' } }, expect.any(String)],
    [
      'S3 encryption without bucket',
      { logging: 'OVERRIDE', logConfiguration: { cloudWatchLogGroupName: 'g', s3EncryptionEnabled: true } },
      expect.stringContaining('s3BucketName'),
    ],
    [
      'CloudWatch encryption without group',
      { logging: 'OVERRIDE', logConfiguration: { s3BucketName: 'b', cloudWatchEncryptionEnabled: true } },
      expect.stringContaining('cloudWatchLogGroupName'),
    ],
    [
      'prefix without bucket',
      { logging: 'OVERRIDE', logConfiguration: { cloudWatchLogGroupName: 'g', s3KeyPrefix: 'p' } },
      expect.stringContaining('s3BucketName'),
    ],
    ['an unknown value', { logging: 'SOME' }, 'logging should be one of [DEFAULT,NONE,OVERRIDE]'],
  ])('%s is refused, by create and by update', async (_name, sent, message) => {
    const it = openEcs();
    const refused = { code: 'InvalidParameterException', message, status: 400 };
    await expect(it.call('CreateCluster', execution(sent))).rejects.toMatchObject(refused);
    await it.call('CreateCluster', { clusterName: 'c' });
    await expect(it.call('UpdateCluster', { cluster: 'c', ...execution(sent) })).rejects.toMatchObject(refused);
  });

  test('an update replaces it whole and leaves the rest', async () => {
    const it = openEcs();
    await it.call('CreateCluster', execution(seed));
    const { cluster } = await it.call('UpdateCluster', { cluster: 'default', ...execution({ logging: 'NONE' }) });
    expect(cluster.configuration).toEqual({ executeCommandConfiguration: { logging: 'NONE' } });
    const settings = [{ name: 'containerInsights', value: 'enabled' }];
    const after = await it.call('UpdateClusterSettings', { cluster: 'default', settings });
    expect(after.cluster).toMatchObject({ settings, configuration: cluster.configuration });
  });
});

test('a cluster as it is created and described', async () => {
  const it = openEcs();
  const tags = [{ key: 'env', value: 'dev' }];
  const { cluster } = await it.call('CreateCluster', { clusterName: 'demo', tags });
  expect(cluster).toEqual({
    clusterArn: it.arn('cluster/demo'),
    clusterName: 'demo',
    status: 'ACTIVE',
    registeredContainerInstancesCount: 0,
    runningTasksCount: 0,
    pendingTasksCount: 0,
    activeServicesCount: 0,
    statistics: [],
    tags,
    settings: [{ name: 'containerInsights', value: 'disabled' }],
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
  });
  const described = await it.call('DescribeClusters', { clusters: ['demo', it.arn('cluster/none')] });
  expect(described.clusters).toEqual([{ ...cluster, tags: [], settings: [] }]);
  expect(described.failures).toEqual([{ arn: it.arn('cluster/none'), reason: 'MISSING' }]);
});

test('counts and statistics are those of the moment', async () => {
  const it = openEcs();
  await it.ecs.start();
  await prepare(it);
  it.connect();
  const request = { ...awsvpc, taskDefinition: 'web', launchType: 'FARGATE' };
  await it.call('CreateService', { ...request, serviceName: 'api', desiredCount: 2 });
  await it.settle();
  const { clusters } = await it.call('DescribeClusters', { include: ['STATISTICS'] });
  expect(clusters[0]).toMatchObject({ runningTasksCount: 2, pendingTasksCount: 0, activeServicesCount: 1 });
  expect(clusters[0].statistics).toContainEqual({ name: 'runningFargateTasksCount', value: '2' });
  expect(clusters[0].statistics).toContainEqual({ name: 'activeFargateServiceCount', value: '1' });
});

test('creating it again returns it; with other arguments it is refused', async () => {
  const it = openEcs();
  const request = { clusterName: 'demo', ...execution({ logging: 'NONE' }) };
  const first = await it.call('CreateCluster', request);
  expect(await it.call('CreateCluster', request)).toEqual(first);
  expect(await it.call('CreateCluster', { clusterName: 'demo' })).toEqual(first);
  await expect(it.call('CreateCluster', { ...request, ...execution({}) })).rejects.toMatchObject({
    code: 'InvalidParameterException',
    message: 'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
  });
});

test('a deleted cluster is INACTIVE, not listed, refuses changes, and can be made anew', async () => {
  const it = openEcs();
  await it.call('CreateCluster', { clusterName: 'demo', ...execution({ logging: 'NONE' }) });
  expect((await it.call('DeleteCluster', { cluster: 'demo' })).cluster.status).toBe('INACTIVE');
  expect((await it.call('ListClusters')).clusterArns).toEqual([]);
  expect((await it.call('DescribeClusters', { clusters: ['demo'] })).clusters[0].status).toBe('INACTIVE');
  await expect(it.call('UpdateCluster', { cluster: 'demo' })).rejects.toMatchObject({
    code: 'ClusterNotFoundException',
    message: 'The referenced cluster was inactive.',
  });
  await expect(it.call('DeleteCluster', { cluster: 'none' })).rejects.toThrow('Cluster not found.');
  expect((await it.call('CreateCluster', { clusterName: 'demo' })).cluster).toMatchObject({ status: 'ACTIVE' });
  const { clusters } = await it.call('DescribeClusters', { clusters: ['demo'], include: ['CONFIGURATIONS'] });
  expect(clusters[0].configuration).toBeUndefined();
});

test('a cluster in use is not deleted', async () => {
  const it = openEcs();
  await it.ecs.start();
  await prepare(it);
  const request = { ...awsvpc, taskDefinition: 'web', launchType: 'FARGATE' };
  const remove = () => it.call('DeleteCluster', { cluster: 'default' });
  const { tasks } = await it.call('RunTask', request);
  await expect(remove()).rejects.toMatchObject({ code: 'ClusterContainsTasksException' });
  await it.call('CreateService', { ...request, serviceName: 'api', desiredCount: 0 });
  await expect(remove()).rejects.toMatchObject({ code: 'ClusterContainsServicesException' });
  const { containerInstance } = await it.call('RegisterContainerInstance', {});
  await expect(remove()).rejects.toMatchObject({ code: 'ClusterContainsContainerInstancesException' });
  await it.call('DeregisterContainerInstance', { containerInstance: containerInstance.containerInstanceArn });
  await it.call('DeleteService', { service: 'api' });
  await it.call('StopTask', { task: tasks[0].taskArn });
  await it.settle();
  expect((await remove()).cluster.status).toBe('INACTIVE');
});

test.each([
  ['name', { clusterName: 'a b' }],
  ['long name', { clusterName: 'a'.repeat(256) }],
  ['setting name', { settings: [{ name: 'x', value: 'enabled' }] }],
  ['setting value', { settings: [{ name: 'containerInsights', value: 'x' }] }],
  ['provider', { capacityProviders: ['mine'] }],
  ['strategy of another provider', { defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE' }] }],
  ['too many tags', { tags: Array.from({ length: 51 }, (_, index) => ({ key: `k${index}`, value: '' })) }],
  [
    'tag twice',
    {
      tags: [
        { key: 'a', value: '1' },
        { key: 'a', value: '2' },
      ],
    },
  ],
  ['tag characters', { tags: [{ key: 'a\u0000', value: '' }] }],
  ['tag value', { tags: [{ key: 'a', value: 'v'.repeat(257) }] }],
])('CreateCluster refuses a bad %s', async (_name, input) => {
  await expect(openEcs().call('CreateCluster', input)).rejects.toMatchObject({ code: 'InvalidParameterException' });
});

test('capacity providers choose where tasks run', async () => {
  const it = openEcs();
  await prepare(it);
  const defaultCapacityProviderStrategy = [
    { capacityProvider: 'FARGATE', base: 1, weight: 1 },
    { capacityProvider: 'FARGATE_SPOT', weight: 4 },
  ];
  const capacityProviders = ['FARGATE', 'FARGATE_SPOT'];
  const providers = { cluster: 'default', capacityProviders, defaultCapacityProviderStrategy };
  await it.call('PutClusterCapacityProviders', providers);
  const { tasks } = await it.call('RunTask', { ...awsvpc, taskDefinition: 'web', count: 3 });
  expect(tasks.map((task: Answer) => [task.launchType, task.capacityProviderName])).toEqual([
    ['FARGATE', 'FARGATE'],
    ['FARGATE', 'FARGATE_SPOT'],
    ['FARGATE', 'FARGATE_SPOT'],
  ]);
  const request = {
    ...awsvpc,
    taskDefinition: 'web',
    launchType: 'FARGATE',
    capacityProviderStrategy: providers.defaultCapacityProviderStrategy,
  };
  await expect(it.call('RunTask', request)).rejects.toMatchObject({ code: 'InvalidParameterException' });
});

test('lists page through everything once', async () => {
  const it = openEcs();
  const names = Array.from({ length: 7 }, (_, index) => `c${index}`);
  for (const clusterName of names) await it.call('CreateCluster', { clusterName });
  const found: string[] = [];
  let nextToken: string | undefined;
  do {
    const page: Answer = await it.call('ListClusters', { maxResults: 3, ...(nextToken && { nextToken }) });
    found.push(...page.clusterArns);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  expect(found).toEqual(names.map((name) => it.arn(`cluster/${name}`)));
  for (const input of [
    { maxResults: 0 },
    { maxResults: 101 },
    { nextToken: 'WyJMaXN0VGFza3MiLCJ4Il0' },
    { nextToken: '%' },
  ]) {
    await expect(it.call('ListClusters', input)).rejects.toMatchObject({ code: 'InvalidParameterException' });
  }
});
