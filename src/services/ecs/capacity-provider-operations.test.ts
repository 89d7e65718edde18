import { expect, test } from 'vitest';
import { openEcs } from './ecs.fixture.js';

test('there are the providers of Fargate, and no others', async () => {
  const it = openEcs();
  const provider = (name: string) => ({
    capacityProviderArn: it.arn(`capacity-provider/${name}`),
    name,
    status: 'ACTIVE',
    type: name,
  });
  expect(await it.call('DescribeCapacityProviders')).toEqual({
    capacityProviders: [provider('FARGATE'), provider('FARGATE_SPOT')],
    failures: [],
    nextToken: undefined,
  });
  const named = [it.arn('capacity-provider/FARGATE_SPOT'), 'mine'];
  expect(await it.call('DescribeCapacityProviders', { capacityProviders: named })).toMatchObject({
    capacityProviders: [provider('FARGATE_SPOT')],
    failures: [{ arn: it.arn('capacity-provider/mine'), reason: 'MISSING' }],
  });
  const page = await it.call('DescribeCapacityProviders', { maxResults: 1 });
  expect(await it.call('DescribeCapacityProviders', { nextToken: page.nextToken })).toMatchObject({
    capacityProviders: [provider('FARGATE_SPOT')],
  });
});

test.each([
  ['CreateCapacityProvider', { name: 'mine', autoScalingGroupProvider: { autoScalingGroupArn: 'arn' } }],
  ['UpdateCapacityProvider', { name: 'mine', autoScalingGroupProvider: {} }],
  ['DeleteCapacityProvider', { capacityProvider: 'mine' }],
])('%s is refused by name', async (operation, input) => {
  await expect(openEcs().call(operation, input)).rejects.toMatchObject({
    code: 'UnsupportedFeatureException',
    message: expect.stringContaining('Auto Scaling groups'),
  });
});
