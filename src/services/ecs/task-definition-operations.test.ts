import { describe, expect, test } from 'vitest';
import { fargateDefinition, openEcs, type Answer } from './ecs.fixture.js';

const container = { name: 'app', image: 'host', memory: 128 };
/** With an awslogs driver that has what it needs, and more. */
const logged = (more: Readonly<Record<string, string>>) => ({
  ...container,
  logConfiguration: {
    logDriver: 'awslogs',
    options: { 'awslogs-group': '/g', 'awslogs-region': 'eu-central-1', 'awslogs-stream-prefix': 'ecs', ...more },
  },
});

describe('registration', () => {
  test('writes out the defaults that clients rely on, and nothing else', async () => {
    const it = openEcs();
    const { taskDefinition } = await it.call('RegisterTaskDefinition', {
      family: 'web',
      containerDefinitions: [container],
    });
    expect(taskDefinition).toEqual({
      taskDefinitionArn: it.arn('task-definition/web:1'),
      family: 'web',
      revision: 1,
      status: 'ACTIVE',
      networkMode: 'bridge',
      volumes: [],
      placementConstraints: [],
      compatibilities: ['EC2', 'EXTERNAL'],
      requiresAttributes: [{ name: 'com.amazonaws.ecs.capability.docker-remote-api.1.18' }],
      registeredAt: new Date(it.time.now),
      registeredBy: 'arn:aws:iam::111122223333:user/ann',
      containerDefinitions: [
        {
          ...container,
          cpu: 0,
          portMappings: [],
          essential: true,
          environment: [],
          mountPoints: [],
          volumesFrom: [],
          systemControls: [],
        },
      ],
    });
    expect(await it.call('DescribeTaskDefinition', { taskDefinition: 'web' })).toEqual({ taskDefinition });
  });

  test('a short role name becomes its ARN, an ARN stays', async () => {
    const it = openEcs();
    const { taskDefinition } = await it.call('RegisterTaskDefinition', {
      ...fargateDefinition,
      taskRoleArn: 'app-role',
      executionRoleArn: 'arn:aws:iam::1:role/x',
    });
    expect(taskDefinition).toMatchObject({
      taskRoleArn: 'arn:aws:iam::111122223333:role/app-role',
      executionRoleArn: 'arn:aws:iam::1:role/x',
      compatibilities: ['EC2', 'FARGATE'],
    });
  });

  test.each([
    ['1 vCPU', '2 GB', '1024', '2048'],
    ['.25 vcpu', '.5GB', '256', '512'],
    ['16 vCPU', '120 gb', '16384', '122880'],
    ['4096', '30720', '4096', '30720'],
  ])('sizes: %s and %s', async (cpu, memory, units, mebibytes) => {
    const it = openEcs();
    const { taskDefinition } = await it.call('RegisterTaskDefinition', { ...fargateDefinition, cpu, memory });
    expect([taskDefinition.cpu, taskDefinition.memory]).toEqual([units, mebibytes]);
  });

  test('an awslogs driver is kept with all that AWS documents, on EC2 without a stream prefix', async () => {
    const it = openEcs();
    const options = {
      ...{ mode: 'blocking', 'max-buffer-size': '25m', 'awslogs-create-group': 'true' },
      'awslogs-datetime-format': '%Y',
    };
    const { taskDefinition } = await it.call('RegisterTaskDefinition', {
      ...fargateDefinition,
      executionRoleArn: 'exec',
      containerDefinitions: [logged(options)],
    });
    expect(taskDefinition.containerDefinitions[0].logConfiguration).toEqual(logged(options).logConfiguration);
    const onEc2 = { logDriver: 'awslogs', options: { 'awslogs-group': '/g', 'awslogs-region': 'eu-central-1' } };
    const containerDefinitions = [{ ...container, logConfiguration: onEc2 }];
    await it.call('RegisterTaskDefinition', { family: 'ec2', containerDefinitions });
  });

  test('host ports follow the network mode', async () => {
    const it = openEcs();
    const ports = async (definition: object) => {
      const portMappings = [{ containerPort: 80 }];
      const input = { ...definition, containerDefinitions: [{ ...container, portMappings }] };
      return (await it.call('RegisterTaskDefinition', input)).taskDefinition.containerDefinitions[0].portMappings;
    };
    expect(await ports(fargateDefinition)).toEqual([{ containerPort: 80, hostPort: 80, protocol: 'tcp' }]);
    expect(await ports({ family: 'b' })).toEqual([{ containerPort: 80, hostPort: 0, protocol: 'tcp' }]);
  });

  const many = Array.from({ length: 11 }, (_, index) => ({ ...container, name: `c${index}` }));
  test.each<[string, object, string | RegExp]>([
    ['no name', { containerDefinitions: [{ image: 'host' }] }, 'Container.name should not be null or empty.'],
    ['no image', { containerDefinitions: [{ name: 'app' }] }, 'Container.image should not be null or empty.'],
    ['no containers', { containerDefinitions: [] }, 'Container list cannot be empty.'],
    ['too many containers', { containerDefinitions: many }, 'Too many containers.'],
    ['a name twice', { containerDefinitions: [container, container] }, /unique/],
    ['a strange name', { containerDefinitions: [{ ...container, name: 'a b' }] }, /Invalid container name/],
    ['nothing essential', { containerDefinitions: [{ ...container, essential: false }] }, /any essential/],
    [
      'unknown dependency',
      { containerDefinitions: [{ ...container, dependsOn: [{ containerName: 'x', condition: 'START' }] }] },
      "Cannot depend on container + 'x' because it does not exist",
    ],
    [
      'unknown volume',
      { containerDefinitions: [{ ...container, mountPoints: [{ sourceVolume: 'v', containerPath: '/v' }] }] },
      "Unknown volume 'v'.",
    ],
    ['bridge', { networkMode: 'bridge' }, 'Fargate only supports network mode ‘awsvpc’.'],
    ['no cpu', { cpu: undefined }, "Fargate requires that 'cpu' be defined at the task level."],
    ['no memory', { memory: undefined }, "Fargate requires that 'memory' be defined at the task level."],
    [
      'a pair that is none',
      { memory: '4096' },
      'No Fargate configuration exists for given values: 256 CPU, 4096 memory.',
    ],
    ['a step that is none', { cpu: '8192', memory: '17408' }, /No Fargate configuration/],
    ['cpu that is no number', { cpu: 'much' }, /^Invalid 'cpu' setting for task\./],
    ['memory of 0', { memory: '0' }, /^Invalid 'memory' setting for task\./],
    ['pidMode host', { pidMode: 'host' }, /pidMode/],
    [
      'pidMode task on Windows',
      { pidMode: 'task', runtimePlatform: { operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE' } },
      /pidMode/,
    ],
    [
      'awslogs without execution role',
      { containerDefinitions: [logged({})] },
      'Fargate requires task definition to have execution role ARN to support log driver awslogs.',
    ],
    [
      'awslogs without its options',
      { containerDefinitions: [{ ...container, logConfiguration: { logDriver: 'awslogs' } }] },
      'Log driver awslogs requires options: awslogs-region, awslogs-group, awslogs-stream-prefix',
    ],
    [
      'awslogs with options of others',
      { containerDefinitions: [logged({ log_key: 'x' })] },
      'Log driver awslogs disallows options: log_key',
    ],
    [
      'awslogs that creates no group',
      { containerDefinitions: [logged({ 'awslogs-create-group': 'false' })] },
      "Log driver awslogs option 'awslogs-create-group' should only be set to 'true', else omit option.",
    ],
    ['an unknown mode of awslogs', { containerDefinitions: [logged({ mode: 'x' })] }, /'mode' must be/],
    ['a buffer of no size', { containerDefinitions: [logged({ 'max-buffer-size': 'x' })] }, /is not a size: 'x'/],
    [
      'more than 64 KB',
      { containerDefinitions: [{ ...container, command: ['x'.repeat(70_000)] }] },
      /^Actual length: '/,
    ],
  ])('refuses %s', async (_name, change, message) => {
    const call = openEcs().call('RegisterTaskDefinition', { ...fargateDefinition, ...change });
    await expect(call).rejects.toMatchObject({
      code: 'ClientException',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
  });

  test.each([
    ['network mode', { networkMode: 'x' }],
    ['pid mode', { pidMode: 'x' }],
    ['compatibility', { requiresCompatibilities: ['x'] }],
    ['family', { family: 'a/b' }],
    ['log driver', { containerDefinitions: [{ ...container, logConfiguration: { logDriver: 'x' } }] }],
  ])('refuses an unknown %s', async (_name, change) => {
    const call = openEcs().call('RegisterTaskDefinition', { ...fargateDefinition, ...change });
    await expect(call).rejects.toMatchObject({ code: 'InvalidParameterException' });
  });

  test('EC2 needs memory for each container, or for the task', async () => {
    const it = openEcs();
    const containerDefinitions = [{ name: 'app', image: 'host' }];
    await expect(it.call('RegisterTaskDefinition', { family: 'w', containerDefinitions })).rejects.toThrow(
      "Invalid setting for container 'app'. At least one of 'memory' or 'memoryReservation' must be specified.",
    );
    await it.call('RegisterTaskDefinition', { family: 'w', containerDefinitions, memory: '128' });
  });
});

test('revisions count up and are never reused; the latest ACTIVE one is the family', async () => {
  const it = openEcs();
  for (let revision = 1; revision <= 3; revision++) await it.call('RegisterTaskDefinition', fargateDefinition);
  const latest = async () =>
    (await it.call('DescribeTaskDefinition', { taskDefinition: 'web' })).taskDefinition.revision;
  expect(await latest()).toBe(3);
  const { taskDefinition } = await it.call('DeregisterTaskDefinition', { taskDefinition: 'web:3' });
  expect(taskDefinition).toMatchObject({ status: 'INACTIVE', deregisteredAt: new Date(it.time.now) });
  expect(await latest()).toBe(2);
  expect((await it.call('DescribeTaskDefinition', { taskDefinition: 'web:3' })).taskDefinition.status).toBe('INACTIVE');
  expect((await it.call('RegisterTaskDefinition', fargateDefinition)).taskDefinition.revision).toBe(4);
});

test.each([
  ['DescribeTaskDefinition', 'none', 'ClientException', 'Unable to describe task definition.'],
  ['DescribeTaskDefinition', 'web:9', 'ClientException', 'Unable to describe task definition.'],
  ['DeregisterTaskDefinition', 'web', 'ClientException', 'Revision is missing.'],
  ['DeregisterTaskDefinition', 'web:x', 'InvalidParameterException', 'Invalid revision number. Number: x'],
  ['DeregisterTaskDefinition', 'web:1:2', 'InvalidParameterException', 'Invalid revision number. Number: 1:2'],
])('%s of %s', async (operation, taskDefinition, code, message) => {
  await expect(openEcs().call(operation, { taskDefinition })).rejects.toMatchObject({ code, message });
});

test('lists sort revisions as numbers, filter by family and status, and page both ways', async () => {
  const it = openEcs();
  for (let count = 0; count < 11; count++) await it.call('RegisterTaskDefinition', fargateDefinition);
  await it.call('RegisterTaskDefinition', { ...fargateDefinition, family: 'web2' });
  await it.call('DeregisterTaskDefinition', { taskDefinition: 'web:4' });
  const list = async (input: object) => {
    const found: string[] = [];
    let nextToken: string | undefined;
    do {
      const page: Answer = await it.call('ListTaskDefinitions', { ...input, ...(nextToken && { nextToken }) });
      found.push(...page.taskDefinitionArns.map((arn: string) => arn.split('/')[1]!));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return found;
  };
  const active = ['web:1', 'web:2', 'web:3', 'web:5', 'web:6', 'web:7', 'web:8', 'web:9', 'web:10', 'web:11'];
  expect(await list({ maxResults: 3 })).toEqual([...active, 'web2:1']);
  expect(await list({ maxResults: 4, sort: 'DESC', familyPrefix: 'web' })).toEqual([...active].reverse());
  expect(await list({ status: 'INACTIVE' })).toEqual(['web:4']);
});

test('what is INACTIVE can be deleted, and its number is never used again', async () => {
  const it = openEcs();
  for (let revision = 1; revision <= 2; revision++) await it.call('RegisterTaskDefinition', fargateDefinition);
  await it.call('DeregisterTaskDefinition', { taskDefinition: 'web:2' });
  const answer = await it.call('DeleteTaskDefinitions', { taskDefinitions: ['web:2', 'web:1', 'none:1'] });
  expect(answer).toMatchObject({
    taskDefinitions: [{ revision: 2, status: 'DELETE_IN_PROGRESS', deleteRequestedAt: new Date(it.time.now) }],
    failures: [
      { arn: it.arn('task-definition/web:1'), reason: expect.stringContaining('ACTIVE') },
      { arn: it.arn('task-definition/none:1'), reason: 'MISSING' },
    ],
  });
  const list = async (status: string) => (await it.call('ListTaskDefinitions', { status })).taskDefinitionArns;
  expect(await list('DELETE_IN_PROGRESS')).toEqual([it.arn('task-definition/web:2')]);
  expect(await list('INACTIVE')).toEqual([]);
  expect((await it.call('RegisterTaskDefinition', fargateDefinition)).taskDefinition.revision).toBe(3);
  await expect(it.call('DeleteTaskDefinitions', { taskDefinitions: ['web'] })).rejects.toThrow('Revision is missing.');
});

test('families', async () => {
  const it = openEcs();
  for (const family of ['web', 'web2', 'api'])
    await it.call('RegisterTaskDefinition', { ...fargateDefinition, family });
  await it.call('DeregisterTaskDefinition', { taskDefinition: 'api:1' });
  const families = async (input: object) => (await it.call('ListTaskDefinitionFamilies', input)).families;
  expect(await families({})).toEqual(['api', 'web', 'web2']);
  expect(await families({ status: 'ACTIVE' })).toEqual(['web', 'web2']);
  expect(await families({ status: 'INACTIVE' })).toEqual(['api']);
  expect(await families({ familyPrefix: 'web' })).toEqual(['web', 'web2']);
});
