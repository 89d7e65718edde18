import { describe, expect, test } from 'vitest';
import { awsvpc, fargateDefinition, openEcs, type TestEcs } from '../ecs.fixture.js';
import { tagStore } from '../tag-store.js';
import { questions } from './ask.fixture.js';
import { table } from './ecs-access-table.fixture.js';
import { ECS, ID, question, service, TASK, web } from './expected-question.fixture.js';

describe('what each operation asks', () => {
  test.each(table)('%s %j', async (operation, input, expected) => {
    const it = await furnished();
    expect(await questions(it, operation, input)).toEqual(expected.map(question));
  });

  test('every operation is in this table', () => {
    const asked = new Set(table.map(([operation]) => operation));
    const operations = openEcs().ecs.service.operations.map(({ name }) => name);
    expect(operations.filter((name) => !asked.has(name))).toEqual([]);
  });

  test('every operation and every upgrade has its questions', () => {
    const { ecs } = openEcs();
    expect(ecs.service.operations.filter(({ access }) => access === undefined)).toEqual([]);
    expect(ecs.upgrades.filter(({ access }) => access === undefined)).toEqual([]);
  });
});

describe('a family without a revision', () => {
  test('is asked about as the revision that would run, and called in a refusal what the caller called it', async () => {
    const it = await furnished();
    const [first] = await questions(it, 'RunTask', { taskDefinition: 'web' });
    expect(first!.resources).toEqual([{ arn: web, shown: `${ECS}:task-definition/web`, tags: { app: 'web' } }]);
    const [absent] = await questions(it, 'RunTask', { taskDefinition: 'none' });
    expect(absent!.resources).toEqual([{ arn: `${ECS}:task-definition/none`, tags: {} }]);
  });
});

describe('what cannot be meant', () => {
  test.each([
    ['TagResource', { resourceArn: `arn:aws-cn:ecs:eu-central-1:111122223333:cluster/default`, tags: [] }],
    ['StopTask', { task: `arn:aws:ecs:eu-west-1:111122223333:task/default/${ID}` }],
    ['DescribeClusters', { clusters: ['arn:aws:ecs:eu-central-1:999999999999:cluster/default'] }],
    ['DescribeTasks', { tasks: Array.from({ length: 101 }, () => ID) }],
    ['DeleteCluster', { cluster: 'a\0b' }],
  ])('%s %j is refused before anything is asked', async (operation, input) => {
    await expect(questions(openEcs(), operation, input)).rejects.toMatchObject({ code: 'InvalidParameterException' });
  });
});

/** Cluster, definition, service with exec, and tags also on a task that is not there. */
async function furnished(): Promise<TestEcs> {
  const it = openEcs();
  await it.call('CreateCluster', { tags: [{ key: 'tier', value: 'one' }] });
  await it.call('RegisterTaskDefinition', { ...fargateDefinition, tags: [{ key: 'app', value: 'web' }] });
  await it.call('CreateService', {
    ...awsvpc,
    ...service,
    launchType: 'FARGATE',
    enableExecuteCommand: true,
    tags: [{ key: 'tier', value: 'two' }],
  });
  await tagStore.put(it.database, TASK, [{ key: 'owner', value: 'ann' }]);
  return it;
}
