import { expect, test } from 'vitest';
import { awsvpc, openEcs, prepare } from './ecs.fixture.js';

async function open() {
  const it = openEcs();
  await prepare(it);
  const run = { ...awsvpc, taskDefinition: 'web', launchType: 'FARGATE' };
  await it.call('CreateService', { ...run, serviceName: 'api', desiredCount: 0 });
  const { tasks } = await it.call('RunTask', run);
  const { containerInstance } = await it.call('RegisterContainerInstance', {});
  const arns = {
    cluster: it.arn('cluster/default'),
    service: it.arn('service/default/api'),
    task: tasks[0].taskArn,
    'task definition': it.arn('task-definition/web:1'),
    'container instance': containerInstance.containerInstanceArn,
  };
  const tags = async (resourceArn: string) => (await it.call('ListTagsForResource', { resourceArn })).tags;
  return { it, arns, tags };
}

test.each(['cluster', 'service', 'task', 'task definition', 'container instance'] as const)('a %s', async (noun) => {
  const { it, arns, tags } = await open();
  const resourceArn = arns[noun];
  await it.call('TagResource', {
    resourceArn,
    tags: [
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
    ],
  });
  await it.call('TagResource', { resourceArn, tags: [{ key: 'b', value: '3' }] });
  expect(await tags(resourceArn)).toEqual([
    { key: 'a', value: '1' },
    { key: 'b', value: '3' },
  ]);
  await it.call('UntagResource', { resourceArn, tagKeys: ['a', 'none'] });
  expect(await tags(resourceArn)).toEqual([{ key: 'b', value: '3' }]);
});

test.each([
  ['an unknown resource', 'cluster/none', 'ResourceNotFoundException'],
  ['an unknown kind', 'constructor/x', 'ResourceNotFoundException'],
  ['no ARN', '', 'InvalidParameterException'],
])('%s has no tags', async (_name, resource, code) => {
  const { it } = await open();
  const resourceArn = resource === '' ? 'demo' : it.arn(resource);
  for (const operation of ['ListTagsForResource', 'TagResource', 'UntagResource']) {
    await expect(it.call(operation, { resourceArn, tags: [], tagKeys: [] })).rejects.toMatchObject({ code });
  }
});

test('more than fifty in all, or a reserved key, is refused', async () => {
  const { it, arns } = await open();
  const tags = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({ key: `k${from + index}`, value: '' }));
  await it.call('TagResource', { resourceArn: arns.cluster, tags: tags(0, 50) });
  await it.call('TagResource', { resourceArn: arns.cluster, tags: tags(0, 50) });
  await expect(it.call('TagResource', { resourceArn: arns.cluster, tags: tags(50, 1) })).rejects.toMatchObject({
    code: 'LimitExceededException',
  });
  for (const input of [{ tags: [{ key: 'AWS:x', value: '' }] }, { tagKeys: ['aws:x'] }]) {
    const operation = 'tags' in input ? 'TagResource' : 'UntagResource';
    await expect(it.call(operation, { resourceArn: arns.cluster, ...input })).rejects.toMatchObject({
      code: 'InvalidParameterException',
    });
  }
});
