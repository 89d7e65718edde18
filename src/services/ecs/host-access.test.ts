import { expect, test } from 'vitest';
import { context, openEcs } from './ecs.fixture.js';

const ARN = 'arn:aws:ecs:eu-central-1:111122223333:container-instance/default/0123456789abcdef0123456789abcdef';

test.each([
  [
    'a container instance',
    `containerInstanceArn=${ARN}`,
    ARN,
    { 'ecs:cluster': ARN.replace(/:container.*/, ':cluster/default') },
  ],
  ['a host with Fargate capacity', 'hostId=h1&capacity=FARGATE', '*', undefined],
  [
    'one that says both is taken for the latter',
    `hostId=h1&capacity=FARGATE&containerInstanceArn=${ARN}`,
    '*',
    undefined,
  ],
  ['one that says neither', '', '*', undefined],
])('%s must be allowed to poll', async (_name, query, arn, conditions) => {
  const [route] = openEcs().ecs.upgrades;
  expect(await route!.access!({ path: '/ws', query: new URLSearchParams(query) }, context)).toEqual([
    { action: 'ecs:Poll', resources: [{ arn }], ...(conditions && { conditions }) },
  ]);
});
