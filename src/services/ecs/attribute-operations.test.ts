import { expect, test } from 'vitest';
import { openEcs, type Answer } from './ecs.fixture.js';
import { joinInstance } from './instance.fixture.js';

async function open() {
  const it = openEcs();
  await it.ecs.start();
  await it.call('CreateCluster', {});
  const instance = await joinInstance(it, { attributes: agents });
  const put = (attributes: object[]) =>
    it.call('PutAttributes', { attributes: attributes.map((one) => ({ targetId: instance.id, ...one })) });
  const own = async () =>
    (await it.call('DescribeContainerInstances', { containerInstances: [instance.id] })).containerInstances[0]
      .attributes;
  return { it, instance, put, own };
}

const agents = [{ name: 'ecs.capability.execute-command' }, { name: 'ecs.vpc-id', value: 'vpc-1' }];

test('attributes are put, listed and deleted, and outlive a new registration', async () => {
  const { it, instance, put, own } = await open();
  const target = { targetType: 'container-instance', targetId: instance.arn };
  const answer = await put([
    { name: 'stack', value: 'production' },
    { name: 'gpu', targetId: instance.arn },
  ]);
  expect(answer.attributes).toEqual([
    { name: 'stack', value: 'production', ...target },
    { name: 'gpu', ...target },
  ]);
  await put([{ name: 'stack', value: 'test' }]);
  const attributes = [...agents, { name: 'gpu' }, { name: 'stack', value: 'test' }];
  expect(await own()).toEqual(attributes);
  await it.call('RegisterContainerInstance', { containerInstanceArn: instance.arn, attributes: agents });
  expect(await own()).toEqual(attributes);

  const list = (request: object = {}) => it.call('ListAttributes', { targetType: 'container-instance', ...request });
  expect((await list({ attributeName: 'stack', attributeValue: 'test' })).attributes).toEqual([
    { name: 'stack', value: 'test', ...target },
  ]);
  expect((await list({ attributeName: 'stack', attributeValue: 'x' })).attributes).toEqual([]);
  const page = await list({ maxResults: 3 });
  const rest = await list({ nextToken: page.nextToken });
  expect([...page.attributes, ...rest.attributes].map(({ name }: Answer) => name)).toEqual([
    'ecs.capability.execute-command',
    'ecs.vpc-id',
    'gpu',
    'stack',
  ]);

  const remove = (attribute: object) =>
    it.call('DeleteAttributes', { attributes: [{ targetId: instance.id, ...attribute }] });
  await remove({ name: 'stack', value: 'other' });
  expect(await own()).toEqual(attributes);
  await remove({ name: 'stack' });
  await remove({ name: 'gpu' });
  expect(await own()).toEqual(agents);
});

test.each([
  [
    'no name',
    { value: 'x' },
    'InvalidParameterException',
    expect.stringContaining('name should not be null or empty.'),
  ],
  ['a strange name', { name: 'a b' }, 'InvalidParameterException', "Attribute name 'a b' is invalid."],
  ['a long name', { name: 'a'.repeat(129) }, 'InvalidParameterException', expect.any(String)],
  ['a strange value', { name: 'a', value: 'ä' }, 'InvalidParameterException', "Attribute value 'ä' is invalid."],
  ['a value that ends with a space', { name: 'a', value: 'b ' }, 'InvalidParameterException', expect.any(String)],
  ['another target type', { name: 'a', targetType: 'cluster' }, 'InvalidParameterException', expect.any(String)],
  [
    'what agents say',
    { name: 'ecs.capability.external' },
    'InvalidParameterException',
    "Attribute name 'ecs.capability.external' is reserved for the container agent.",
  ],
  [
    'a target that is not there',
    { name: 'a', targetId: '0'.repeat(32) },
    'TargetNotFoundException',
    'The specified target was not found.',
  ],
  ['no target', { name: 'a', targetId: '' }, 'InvalidParameterException', 'targetId should not be null or empty.'],
])('PutAttributes refuses %s', async (_what, attribute, code, message) => {
  const { put, own } = await open();
  await expect(put([{ name: 'first' }, attribute])).rejects.toMatchObject({ code, message });
  expect(await own()).toEqual(agents);
});

test('ten attributes in a call, and ten on an instance', async () => {
  const { put } = await open();
  const named = (count: number, prefix: string) =>
    Array.from({ length: count }, (_, at) => ({ name: `${prefix}${at}` }));
  await expect(put(named(11, 'a'))).rejects.toThrow('attributes can have at most 10 items.');
  await put(named(10, 'a'));
  await put([{ name: 'a3', value: 'x' }]);
  await expect(put([{ name: 'b' }])).rejects.toMatchObject({ code: 'AttributeLimitExceededException' });
});
