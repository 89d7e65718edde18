import { describe, expect, test } from 'vitest';
import type { AccessQuestion } from '../../platform/aws/access.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { RequestContext } from '../../platform/aws/service.js';
import { SessionRefusal } from '../session-ports.js';
import { awsvpc, context, fargateDefinition, openEcs, type TestEcs } from './ecs.fixture.js';
import { execute, open, two } from './execute-command.fixture.js';
import type { SessionKeyRequest } from './ports.js';

describe('what comes back', () => {
  test('every member, also the name of a container that was not named', async () => {
    const { it, task, taskArn } = await open();
    expect(await execute(it, { task })).toEqual({
      clusterArn: it.arn('cluster/default'),
      containerArn: expect.stringMatching(/:container\/default\//),
      containerName: 'app',
      interactive: true,
      session: {
        sessionId: expect.stringMatching(/^ecs-execute-command-/),
        streamUrl: expect.any(String),
        tokenValue: 'token',
      },
      taskArn,
    });
    expect(it.sessions.started).toEqual([
      {
        target: `ecs:default_${task}_${task}-1000000000`,
        owner: 'arn:aws:iam::111122223333:user/ann',
        ownerId: 'AIDAEXAMPLE',
        starter: expect.objectContaining({ sourceIp: expect.any(String) }),
        idPrefix: 'ecs-execute-command-',
        documentName: 'AmazonECS-ExecuteInteractiveCommand',
        command: '/bin/sh',
        limit: 1000,
        endpointUrl: 'http://127.0.0.1:4580',
      },
    ]);
  });

  test.each([
    ['id', (it: TestEcs, id: string) => ({ task: id })],
    ['ARN', (it: TestEcs, id: string) => ({ task: it.arn(`task/default/${id}`) })],
    ['cluster name', (it: TestEcs, id: string) => ({ task: id, cluster: 'default' })],
    ['cluster ARN', (it: TestEcs, id: string) => ({ task: id, cluster: it.arn('cluster/default') })],
    ['container', (it: TestEcs, id: string) => ({ task: id, container: 'app' })],
  ])('the task may be given by %s', async (_name, input) => {
    const { it, task } = await open();
    expect((await execute(it, input(it, task))).containerName).toBe('app');
  });
});

describe('the order of the checks', () => {
  const id = '0'.repeat(32);
  const rows: [string, (it: TestEcs, task: string) => object, string, string][] = [
    [
      '2 no command',
      (_, task) => ({ task, command: '' }),
      'InvalidParameterException',
      'command should not be null or empty.',
    ],
    [
      '3 length before interactive',
      () => ({ task: 'abc', interactive: false }),
      'InvalidParameterException',
      'task length should be one of [32,36]',
    ],
    [
      '3 length after an ARN is cut',
      (it) => ({ task: it.arn('task/default/abc') }),
      'InvalidParameterException',
      'task length should be one of [32,36]',
    ],
    [
      '2 a reference that an agent would fill in with the rights of the task role',
      () => ({ task: id, command: 'echo {{ssm:secret}}' }),
      'InvalidParameterException',
      'command must not refer to Systems Manager parameters ({{ssm:name}}).',
    ],
    [
      '4 interactive before the cluster',
      () => ({ task: id, interactive: false, cluster: 'none' }),
      'InvalidParameterException',
      'Interactive is the only mode supported currently.',
    ],
    [
      '7 cluster before the task',
      () => ({ task: id, cluster: 'none' }),
      'ClusterNotFoundException',
      'Cluster not found.',
    ],
    ['8 no such task', () => ({ task: id }), 'InvalidParameterException', 'The referenced task was not found.'],
    [
      '8 another cluster in the ARN',
      (it, task) => ({ task: it.arn(`task/other/${task}`) }),
      'InvalidParameterException',
      'The referenced task was not found.',
    ],
    [
      '9 several containers',
      (_, task) => ({ task }),
      'InvalidParameterException',
      'The container name must be specified because the task has multiple containers.',
    ],
    [
      '10 no such container',
      (_, task) => ({ task, container: 'x' }),
      'InvalidParameterException',
      'The specified container was not found in the task.',
    ],
  ];
  test.each(rows)('%s', async (_name, input, code, message) => {
    const { it, task } = await open({}, two);
    await expect(execute(it, input(it, task))).rejects.toMatchObject({ code, message, status: 400 });
    expect(it.sessions.started).toEqual([]);
  });

  test.each([
    ['missing command', { command: undefined }, 'command should not be null or empty.'],
    ['missing task', {}, 'task should not be null or empty.'],
    ['missing interactive', { interactive: undefined, task: id }, 'interactive should not be null or empty.'],
  ])('2 %s', async (_name, input, message) => {
    const it = openEcs();
    await expect(execute(it, input)).rejects.toMatchObject({ code: 'InvalidParameterException', message });
  });
});

describe('6 policy', () => {
  test('is asked with full ARNs, tags and the container that will be entered', async () => {
    const asked: AccessQuestion[] = [];
    const authorization = {
      require: (question: AccessQuestion, { caller }: RequestContext) => {
        expect(caller.arn).toBe('arn:aws:iam::111122223333:user/ann');
        asked.push(question);
        return Promise.resolve();
      },
    };
    const { it, task, taskArn } = await open({ authorization }, {}, { tags: [{ key: 'env', value: 'dev' }] });
    await execute(it, { task });
    expect(asked).toEqual([
      {
        action: 'ecs:ExecuteCommand',
        resources: [
          { arn: it.arn('cluster/default'), tags: {} },
          { arn: taskArn, tags: { env: 'dev' } },
        ],
        conditions: {
          'gangway:command': '/bin/sh',
          'gangway:user': 'root',
          'gangway:debug': 'false',
          'ecs:cluster': it.arn('cluster/default'),
          'ecs:task': taskArn,
          'ecs:container-name': 'app',
          'ecs:enable-execute-command': 'true',
        },
      },
    ]);
  });

  test('decides before the caller learns of any state, also of a task that is not there', async () => {
    const authorization = { require: () => Promise.reject(new AwsError('AccessDeniedException', 'no')) };
    const it = openEcs({ authorization });
    const request = { task: '0'.repeat(32), cluster: 'none' };
    await expect(execute(it, request)).rejects.toMatchObject({ code: 'AccessDeniedException' });
    await expect(execute(it, { ...request, interactive: false })).rejects.toMatchObject({
      message: 'Interactive is the only mode supported currently.',
    });
  });
});

test('12 a key that may not be used ends it before a session starts', async () => {
  const asked: SessionKeyRequest[] = [];
  const sessionKeys = {
    require: (request: SessionKeyRequest) => {
      asked.push(request);
      return Promise.reject(new AwsError('AccessDeniedException', 'kms'));
    },
  };
  const { it, task } = await open({ sessionKeys });
  await it.call('UpdateCluster', {
    cluster: 'default',
    configuration: { executeCommandConfiguration: { kmsKeyId: 'alias/exec' } },
  });
  await expect(execute(it, { task })).rejects.toMatchObject({ message: 'kms' });
  expect(asked).toEqual([
    {
      kmsKeyId: 'alias/exec',
      encryptionContext: { 'aws:ssm:TargetId': `ecs:default_${task}_${task}-1000000000` },
      caller: context.caller,
      context,
    },
  ]);
  expect(it.sessions.started).toEqual([]);
});

describe('13 to 15 what the sessions say', () => {
  test.each([
    [
      'limit',
      new SessionRefusal('limit', 'two'),
      'ClientException',
      'Unable to start new execute sessions because the maximum session limit of 2 has been reached.',
      400,
    ],
    [
      'not connected',
      new SessionRefusal('not-connected', 'no channel'),
      'TargetNotConnectedException',
      'The execute command failed due to an internal error. Try again later.',
      400,
    ],
    ['failure', new Error('disk'), 'ServerException', 'Service Unavailable. Please try again later.', 500],
  ])('%s', async (_name, refuse, code, message, status) => {
    const { it, task } = await open({ sessionLimit: 2 });
    it.sessions.refuse = refuse;
    await expect(execute(it, { task })).rejects.toMatchObject({ code, message, status });
  });
});

describe('the cluster’s configuration at this moment', () => {
  const awslogs = {
    executionRoleArn: 'exec',
    containerDefinitions: [
      {
        name: 'app',
        image: 'host',
        logConfiguration: {
          logDriver: 'awslogs',
          options: { 'awslogs-group': '/ecs/web', 'awslogs-region': 'eu-central-1', 'awslogs-stream-prefix': 'ecs' },
        },
      },
    ],
  };
  const override = { cloudWatchLogGroupName: 'g', s3BucketName: 'b', s3KeyPrefix: 'demo', s3EncryptionEnabled: true };
  test.each([
    ['none: the container’s own log group', undefined, awslogs, { logging: { cloudWatchLogGroupName: '/ecs/web' } }],
    ['DEFAULT without an awslogs driver', { logging: 'DEFAULT' }, {}, {}],
    ['NONE', { logging: 'NONE', kmsKeyId: 'k' }, awslogs, { kmsKeyId: 'k' }],
    ['OVERRIDE', { logging: 'OVERRIDE', logConfiguration: override }, awslogs, { logging: override }],
  ])('%s', async (_name, executeCommandConfiguration, definition, expected) => {
    const { it, task } = await open({}, definition);
    if (executeCommandConfiguration !== undefined) {
      await it.call('UpdateCluster', { cluster: 'default', configuration: { executeCommandConfiguration } });
    }
    await execute(it, { task });
    const { kmsKeyId, logging } = it.sessions.started[0]!;
    expect({ ...(kmsKeyId && { kmsKeyId }), ...(logging && { logging }) }).toEqual(expected);
  });
});

test('targets are found by name, from the right; a stranger is not', async () => {
  const it = openEcs();
  await it.ecs.start();
  await it.call('CreateCluster', { clusterName: 'my_big_cluster' });
  await it.call('RegisterTaskDefinition', fargateDefinition);
  it.connect();
  const request = { ...awsvpc, cluster: 'my_big_cluster', taskDefinition: 'web', launchType: 'FARGATE' };
  const { tasks } = await it.call('RunTask', { ...request, enableExecuteCommand: true });
  await it.settle();
  const id = tasks[0].taskArn.split('/').at(-1);
  expect(await it.ecs.targets.find(`ecs:my_big_cluster_${id}_${id}-1000000000`)).toEqual({
    taskArn: tasks[0].taskArn,
    clusterArn: it.arn('cluster/my_big_cluster'),
    containerName: 'app',
    enterable: true,
    sessionLimit: 1000,
  });
  for (const stranger of [
    '',
    'ecs:x',
    `ecs:my_big_cluster_${id}_other`,
    `ecs:cluster_${id}_${id}-1000000000`,
    'mi-1',
  ]) {
    expect(await it.ecs.targets.find(stranger)).toBeUndefined();
  }
});
