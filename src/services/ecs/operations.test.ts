import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AwsError } from '../../platform/aws/aws-error.js';
import { decodeJson } from '../../platform/aws/model/decode-json.js';
import { encodeJson } from '../../platform/aws/model/encode-json.js';
import { arbitraryInput } from './arbitrary-input.fixture.js';
import { awsvpc, context, fargateDefinition, openEcs, prepare } from './ecs.fixture.js';
import { ecsSupport, modelOperations } from './support.js';

test('whatever a request says, an operation answers, or refuses as AWS would', async () => {
  const it = openEcs();
  await it.ecs.start();
  await prepare(it);
  it.connect();
  const { tasks } = await it.call('RunTask', { ...awsvpc, taskDefinition: 'web', launchType: 'FARGATE' });
  const { containerInstance } = await it.call('RegisterContainerInstance', {});
  const known = [
    ...['default', 'web', 'web:1', 'FARGATE', 'EC2', 'app', 'subnet-12344321', 'OVERRIDE', 'awsvpc', 'TAGS', ''],
    ...[tasks[0].taskArn, containerInstance.containerInstanceArn, it.arn('cluster/default'), it.arn('constructor/x')],
  ];
  const task = tasks[0].taskArn;
  const run = { ...awsvpc, taskDefinition: 'web', launchType: 'FARGATE' };
  /** What would be accepted; a request is one of these with something changed. */
  const valid: Record<string, object> = {
    CreateService: { ...run, serviceName: 'api', desiredCount: 1 },
    DeleteCluster: { cluster: 'default' },
    DescribeServices: { services: ['api'] },
    DescribeTasks: { tasks: [task] },
    DescribeTaskDefinition: { taskDefinition: 'web' },
    DeleteService: { service: 'api' },
    DescribeContainerInstances: { containerInstances: [containerInstance.containerInstanceArn] },
    DeregisterTaskDefinition: { taskDefinition: 'web:2' },
    ExecuteCommand: { task, command: 'sh', interactive: true },
    ListTagsForResource: { resourceArn: task },
    PutAccountSetting: { name: 'containerInsights', value: 'enabled' },
    PutAccountSettingDefault: { name: 'containerInsights', value: 'enabled' },
    PutClusterCapacityProviders: {
      cluster: 'default',
      capacityProviders: ['FARGATE'],
      defaultCapacityProviderStrategy: [],
    },
    DeleteTaskDefinitions: { taskDefinitions: ['web:1'] },
    GetTaskProtection: { cluster: 'default', tasks: [task] },
    SubmitAttachmentStateChanges: { attachments: [{ attachmentArn: 'a', status: 'ATTACHED' }] },
    UpdateTaskProtection: { cluster: 'default', tasks: [task], protectionEnabled: true },
    DeleteAccountSetting: { name: 'containerInsights' },
    RegisterTaskDefinition: fargateDefinition,
    RunTask: run,
    StartTask: { ...run, containerInstances: [containerInstance.containerInstanceArn] },
    StopTask: { task },
    SubmitContainerStateChange: { task },
    SubmitTaskStateChange: { task },
    TagResource: { resourceArn: task, tags: [{ key: 'a', value: 'b' }] },
    UntagResource: { resourceArn: task, tagKeys: ['a'] },
    UpdateCluster: { cluster: 'default' },
    UpdateClusterSettings: { cluster: 'default', settings: [] },
    UpdateService: { service: 'api' },
  };
  const answered = new Set<string>();
  const operations = it.ecs.service.operations;
  const requests = operations.map((operation) =>
    arbitraryInput(operation.input, known).map((change) => ({
      operation,
      input: { ...valid[operation.name], ...JSON.parse(JSON.stringify(change)) },
    })),
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(...requests), async ({ operation, input }) => {
      try {
        const decoded = decodeJson(operation.input, input, (path) => it.ecs.service.missingMember(path));
        await operation.access!(decoded as never, context);
        encodeJson(operation.output, await operation.run(decoded as never, context));
        answered.add(operation.name);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        expect(error.fault).toBe('client');
      }
    }),
    { numRuns: 1200 },
  );
  await it.settle();
  expect(it.logged).toEqual([]);
  // Not only refusals: most operations got through to the end.
  expect(answered.size).toBeGreaterThan(25);
}, 60_000);

test('every operation is one of the model, with its own schemas', () => {
  const { operations } = openEcs().ecs.service;
  const names = operations.map(({ name }) => name);
  expect(names.filter((name) => !modelOperations().includes(name))).toEqual([]);
  for (const { name, input, output } of operations) {
    expect([(input as unknown[])[2], (output as unknown[])[2]]).toEqual([`${name}Request`, `${name}Response`]);
  }
});

test('the support matrix has every operation of the model once', () => {
  const names = openEcs().ecs.service.operations.map(({ name }) => name);
  const rows = ecsSupport(names);
  expect(rows.map(({ operation }) => operation)).toEqual(modelOperations());
  expect(modelOperations().length).toBeGreaterThan(80);
  expect(rows.filter(({ supported }) => supported)).toHaveLength(names.length);
  expect(rows.filter(({ supported, note }) => !supported && note !== '')).toEqual([]);
});

test('an answer passes through the codec without losing a member', async () => {
  const it = openEcs();
  await it.call('CreateCluster', {});
  const output = await it.call('RegisterTaskDefinition', fargateDefinition);
  const { output: schema } = it.ecs.service.operations.find(({ name }) => name === 'RegisterTaskDefinition')!;
  const encoded = encodeJson(schema, output) as { taskDefinition: Record<string, unknown> };
  const { registeredAt, ...rest } = encoded.taskDefinition;
  const { registeredAt: sent, ...expected } = output.taskDefinition;
  expect(registeredAt).toBe(sent.getTime() / 1000);
  expect(isDeepStrictEqual(rest, JSON.parse(JSON.stringify(expected)))).toBe(true);
});
