import { describe, expect, test } from 'vitest';
import { openEcs, type Answer, type TestEcs } from '../ecs.fixture.js';

const exec = { name: 'ecs.capability.execute-command' };
const definition = { family: 'job', containerDefinitions: [{ name: 'app', image: 'host', cpu: 128, memory: 128 }] };

async function open() {
  const it = openEcs();
  await it.ecs.start();
  await it.call('CreateCluster', {});
  await it.call('RegisterTaskDefinition', definition);
  return it;
}

/** Joins an instance that is connected; returns its ARN. */
async function join(it: TestEcs, name: string, zone = 'a', request: object = {}): Promise<string> {
  const { containerInstance } = await it.call('RegisterContainerInstance', {
    instanceIdentityDocument: JSON.stringify({ instanceId: name }),
    versionInfo: { agentVersion: '1.99.0' },
    totalResources: [
      { name: 'CPU', type: 'INTEGER', integerValue: 1024 },
      { name: 'MEMORY', type: 'INTEGER', integerValue: 1024 },
    ],
    attributes: [exec, { name: 'ecs.availability-zone', value: `eu-central-1${zone}` }],
    ...request,
  });
  it.connect(`containerInstanceArn=${containerInstance.containerInstanceArn}`);
  await it.settle();
  return containerInstance.containerInstanceArn;
}

/** Names of the instances the tasks went to, in the order they were placed. */
async function run(it: TestEcs, count: number, request: object = {}, names: Record<string, string> = {}) {
  const answer = await it.call('RunTask', { taskDefinition: 'job', count, ...request });
  await it.settle();
  const byArn = new Map(Object.entries(names).map(([name, arn]) => [arn, name]));
  const placed = answer.tasks.map((task: Answer) => byArn.get(task.containerInstanceArn));
  return { placed, failures: answer.failures, tasks: answer.tasks };
}

/** Three instances, two of them in one zone. */
async function three(it: TestEcs) {
  return { a1: await join(it, 'i-a1'), a2: await join(it, 'i-a2'), b1: await join(it, 'i-b1', 'b') };
}

describe('placement strategies', () => {
  test('spread over zones, then over instances', async () => {
    const it = await open();
    const names = await three(it);
    const placementStrategy = [
      { type: 'spread', field: 'attribute:ecs.availability-zone' },
      { type: 'spread', field: 'instanceId' },
    ];
    const { placed } = await run(it, 6, { placementStrategy }, names);
    const count = (name: string): number => placed.filter((other: string) => other === name).length;
    expect([count('a1') + count('a2'), count('b1')]).toEqual([3, 3]);
    expect(Math.abs(count('a1') - count('a2'))).toBe(1);
  });

  test('binpack fills one instance before it takes the next, by the resource named', async () => {
    const it = await open();
    const names = {
      large: await join(it, 'i-1'),
      small: await join(it, 'i-2', 'a', {
        totalResources: [
          { name: 'CPU', type: 'INTEGER', integerValue: 2048 },
          { name: 'MEMORY', type: 'INTEGER', integerValue: 256 },
        ],
      }),
    };
    const binpack = (field: string) => ({ placementStrategy: [{ type: 'binpack', field }] });
    expect((await run(it, 3, binpack('memory'), names)).placed).toEqual(['small', 'small', 'large']);
    expect((await run(it, 2, binpack('CPU'), names)).placed).toEqual(['large', 'large']);
  });

  test('random takes any that can', async () => {
    const it = await open();
    const names = await three(it);
    const { placed } = await run(it, 10, { placementStrategy: [{ type: 'random' }] }, names);
    expect(placed.filter((name: string | undefined) => name === undefined)).toEqual([]);
  });

  test('a service without a strategy is spread over zones', async () => {
    const it = await open();
    const names = await three(it);
    await it.call('CreateService', { serviceName: 'api', taskDefinition: 'job', desiredCount: 4 });
    await it.settle();
    const { taskArns } = await it.call('ListTasks', { serviceName: 'api' });
    const { tasks } = await it.call('DescribeTasks', { tasks: taskArns });
    expect(tasks.filter((task: Answer) => task.containerInstanceArn === names.b1)).toHaveLength(2);
    expect(new Set(tasks.map((task: Answer) => task.availabilityZone))).toEqual(
      new Set(['eu-central-1a', 'eu-central-1b']),
    );
  });
});

describe('placement constraints', () => {
  test('distinctInstance: one task of the group on an instance, whatever else is there', async () => {
    const it = await open();
    const names = await three(it);
    const placementConstraints = [{ type: 'distinctInstance' }];
    await run(it, 3, { group: 'other' });
    const { placed, failures } = await run(it, 4, { placementConstraints }, names);
    expect(placed.sort()).toEqual(['a1', 'a2', 'b1']);
    expect(failures).toHaveLength(3);
    expect(failures[0].reason).toBe('DistinctInstance placement constraint unsatisfied.');
  });

  test('memberOf of the request and of the definition both hold', async () => {
    const it = await open();
    const names = await three(it);
    await it.call('RegisterTaskDefinition', {
      ...definition,
      placementConstraints: [{ type: 'memberOf', expression: 'attribute:ecs.availability-zone == eu-central-1a' }],
    });
    const memberOf = (expression: string) => ({ placementConstraints: [{ type: 'memberOf', expression }] });
    expect((await run(it, 2, memberOf('ec2InstanceId =~ i-.2'), names)).placed).toEqual(['a2', 'a2']);
    const { failures } = await run(it, 1, memberOf('attribute:ecs.availability-zone != eu-central-1a'));
    expect(failures.map(({ reason }: Answer) => reason)).toEqual(
      Array(3).fill('MemberOf placement constraint unsatisfied.'),
    );
    expect((await run(it, 1, memberOf('task:group == family:job'), names)).placed).toEqual(['a2']);
  });

  test.each([
    ['no expression', { placementConstraints: [{ type: 'memberOf' }] }, 'expression should not be null or empty.'],
    [
      'an expression that is none',
      { placementConstraints: [{ type: 'memberOf', expression: 'attribute:a ==' }] },
      'Invalid placement constraint expression: character 15: a value is expected.',
    ],
    [
      'distinctInstance with an expression',
      { placementConstraints: [{ type: 'distinctInstance', expression: 'attribute:a exists' }] },
      'An expression cannot be specified for the placement constraint distinctInstance.',
    ],
    [
      'an unknown constraint',
      { placementConstraints: [{ type: 'near' }] },
      'Placement constraint type should be one of [distinctInstance,memberOf]',
    ],
    [
      'eleven constraints',
      { placementConstraints: Array(11).fill({ type: 'distinctInstance' }) },
      'placementConstraints can have at most 10 items.',
    ],
    ['spread over nothing', { placementStrategy: [{ type: 'spread' }] }, 'field should not be null or empty.'],
    [
      'binpack by disk',
      { placementStrategy: [{ type: 'binpack', field: 'disk' }] },
      "Invalid field 'disk' for the placement strategy binpack.",
    ],
    [
      'random by something',
      { placementStrategy: [{ type: 'random', field: 'cpu' }] },
      'A field cannot be specified for the placement strategy random.',
    ],
    [
      'an unknown strategy',
      { placementStrategy: [{ type: 'near' }] },
      'Placement strategy type should be one of [binpack,random,spread]',
    ],
  ])('RunTask refuses %s', async (_what, request, message) => {
    const it = await open();
    await join(it, 'i-1');
    await expect(it.call('RunTask', { taskDefinition: 'job', ...request })).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message,
    });
  });
});

describe('ports', () => {
  test.each([
    ['bridge', [{ containerPort: 80, hostPort: 8080 }]],
    ['host', [{ containerPort: 8080 }]],
  ])('in %s mode two tasks never have the same port of an instance', async (networkMode, portMappings) => {
    const it = await open();
    const names = { one: await join(it, 'i-1'), two: await join(it, 'i-2') };
    const [container] = definition.containerDefinitions;
    const containerDefinitions = [{ ...container, portMappings }];
    await it.call('RegisterTaskDefinition', { family: 'web', networkMode, containerDefinitions });
    const first = await run(it, 3, { taskDefinition: 'web' }, names);
    expect(first.placed.sort()).toEqual(['one', 'two']);
    expect(first.failures.map(({ reason }: Answer) => reason)).toEqual(['RESOURCE:PORTS', 'RESOURCE:PORTS']);
    const { containerInstances } = await it.call('DescribeContainerInstances', { containerInstances: [names.one] });
    const ports = (list: Answer[]) => list.find(({ name }) => name === 'PORTS').stringSetValue;
    expect(ports(containerInstances[0].registeredResources)).toEqual([]);
    expect(ports(containerInstances[0].remainingResources)).toEqual(['8080']);
    await it.call('StopTask', { task: first.tasks[0].taskArn });
    await it.settle();
    expect((await run(it, 1, { taskDefinition: 'web' })).tasks).toHaveLength(1);
  });

  test('ports that an instance keeps for itself are taken; another protocol is another port', async () => {
    const it = await open();
    await join(it, 'i-1', 'a', {
      totalResources: [{ name: 'PORTS', type: 'STRINGSET', stringSetValue: ['22', '53'] }],
    });
    const [container] = definition.containerDefinitions;
    const portMappings = [{ containerPort: 53, hostPort: 53, protocol: 'udp' }];
    await it.call('RegisterTaskDefinition', { ...definition, containerDefinitions: [{ ...container, portMappings }] });
    expect((await run(it, 1)).tasks).toHaveLength(1);
    const tcp = [{ containerPort: 1, hostPort: 22 }];
    await it.call('RegisterTaskDefinition', {
      ...definition,
      containerDefinitions: [{ ...container, portMappings: tcp }],
    });
    expect((await run(it, 1)).failures[0].reason).toBe('RESOURCE:PORTS');
  });
});

test('instances are listed by the cluster query language', async () => {
  const it = await open();
  const names = await three(it);
  const list = async (filter: string, more: object = {}) =>
    (await it.call('ListContainerInstances', { filter, ...more })).containerInstanceArns;
  await run(it, 1, { placementConstraints: [{ type: 'memberOf', expression: 'ec2InstanceId == i-b1' }] });
  expect(await list('attribute:ecs.availability-zone == eu-central-1b')).toEqual([names.b1]);
  expect(await list('runningTasksCount == 0 and agentConnected == true')).toEqual([names.a1, names.a2].sort());
  expect(await list('task:group == family:job', { status: 'DRAINING' })).toEqual([]);
  const page = await it.call('ListContainerInstances', { filter: 'agentConnected == true', maxResults: 2 });
  expect(page.containerInstanceArns).toHaveLength(2);
  const rest = { filter: 'agentConnected == true', nextToken: page.nextToken };
  expect((await it.call('ListContainerInstances', rest)).containerInstanceArns).toHaveLength(1);
  await expect(list('agentConnected = true')).rejects.toMatchObject({
    code: 'InvalidParameterException',
    message: 'Invalid filter: character 16: an operator is expected, for example ==.',
  });
});

describe('a VPC that was described', () => {
  const vpc = {
    subnets: [
      { subnetId: 'subnet-aaaaaaaa', availabilityZone: 'eu-central-1a' },
      { subnetId: 'subnet-bbbbbbbb', availabilityZone: 'eu-central-1b' },
    ],
  };
  const awsvpc = (...subnets: string[]) => ({ networkConfiguration: { awsvpcConfiguration: { subnets } } });

  async function openVpc(described = true) {
    const it = openEcs(described ? { vpc } : {});
    await it.ecs.start();
    await it.call('CreateCluster', {});
    await it.call('RegisterTaskDefinition', { ...definition, networkMode: 'awsvpc' });
    return it;
  }

  test('an instance in the zone of none of the subnets cannot take the task: LOCATION', async () => {
    const it = await openVpc();
    const a = await join(it, 'i-a', 'a');
    const { failures, tasks } = await run(it, 1, awsvpc('subnet-bbbbbbbb'));
    expect([tasks, failures]).toEqual([[], [{ arn: a, reason: 'LOCATION' }]]);
  });

  test('of several subnets the task has the one in the zone of its instance', async () => {
    const it = await openVpc();
    const names = { a: await join(it, 'i-a', 'a'), b: await join(it, 'i-b', 'b') };
    const placementStrategy = [{ type: 'spread', field: 'attribute:ecs.availability-zone' }];
    const { tasks } = await run(it, 8, { ...awsvpc('subnet-bbbbbbbb', 'subnet-aaaaaaaa'), placementStrategy }, names);
    expect(tasks).toHaveLength(8);
    const described = await it.call('DescribeTasks', { tasks: tasks.map((task: Answer) => task.taskArn) });
    for (const { containerInstanceArn, availabilityZone, attachments } of described.tasks) {
      const letter = containerInstanceArn === names.a ? 'a' : 'b';
      expect(availabilityZone).toBe(`eu-central-1${letter}`);
      expect(attachments[0].details).toContainEqual({ name: 'subnetId', value: `subnet-${letter.repeat(8)}` });
    }
  });

  test('subnets that nobody has described are wherever the instance is', async () => {
    const it = await openVpc(false);
    await join(it, 'i-a', 'c');
    expect((await run(it, 4, awsvpc('subnet-12344321', 'subnet-aaaaaaab'))).tasks).toHaveLength(4);
  });
});
