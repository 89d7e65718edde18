import { describe, expect, test } from 'vitest';
import { Limits } from '../limits.js';
import { execute, open } from './execute-command.fixture.js';
import { openEcs } from './ecs.fixture.js';

const tagged = (...pairs: (readonly [string, string])[]) => pairs.map(([key, value]) => ({ key, value }));

describe('with the limit open a cluster says when its sessions end', () => {
  test.each([
    [tagged(), undefined],
    [tagged(['gangway:idle-timeout', '60']), { idleTimeout: 3_600_000 }],
    [tagged(['gangway:idle-timeout', 'none']), { idleTimeout: null }],
    [tagged(['gangway:idle-timeout', '0']), { idleTimeout: null }],
    [
      tagged(['gangway:idle-timeout', 'PT5S'], ['gangway:max-duration', 'PT1H30M']),
      { idleTimeout: 5_000, maxDuration: 5_400_000 },
    ],
  ])('%j', async (tags, times) => {
    const { it, task } = await open({ limits: Limits.parse('idle-timeout,max-duration') });
    if (tags.length > 0) await it.call('TagResource', { resourceArn: it.arn('cluster/default'), tags });
    await execute(it, { task });
    expect(it.sessions.started[0]!.times).toEqual(times);
    const target = it.sessions.started[0]!.target;
    expect((await it.ecs.targets.find(target))?.times).toEqual(times);
  });

  test.each(['', '-1', '1.5', 'PT', 'P1D', '5m', 'never', 'PT0S', '10081', 'PT169H', ' 5'])(
    '%j is refused',
    async (value) => {
      const it = openEcs({ limits: 'open' });
      const tags = tagged(['gangway:max-duration', value]);
      await expect(it.call('CreateCluster', { tags })).rejects.toMatchObject({
        code: 'InvalidParameterException',
        message: expect.stringMatching(/^The tag 'gangway:max-duration' of a cluster must be .*, not '.*'\.$/),
      });
    },
  );

  test('a slip of the pen is no tag', async () => {
    const it = openEcs({ limits: 'open' });
    const tags = tagged(['gangway:idle-timeouts', '5']);
    await expect(it.call('CreateCluster', { tags })).rejects.toMatchObject({
      message: expect.stringContaining('Tags for times are gangway:idle-timeout, gangway:max-duration.'),
    });
  });
});

test.each(['gangway:idle-timeout', 'gangway:max-duration'])('where the limit holds %s is refused', async (key) => {
  const it = openEcs();
  await it.call('CreateCluster', {});
  const tag = it.call('TagResource', { resourceArn: it.arn('cluster/default'), tags: tagged([key, '5']) });
  await expect(tag).rejects.toMatchObject({
    code: 'InvalidParameterException',
    message: expect.stringMatching(/is not permitted by the limit '(idle-timeout|max-duration)' of this endpoint\./),
  });
});

test('sessions per container: 1,000 as on AWS, and any number where that limit is open', async () => {
  const held = await open();
  await execute(held.it, { task: held.task });
  const free = await open({ limits: Limits.parse('session-limit'), sessionLimit: 2 });
  await execute(free.it, { task: free.task });
  expect([held, free].map(({ it }) => it.sessions.started[0]!.limit)).toEqual([1000, Number.MAX_SAFE_INTEGER]);
  expect([...free.host.tasks.values()]).toMatchObject([{ sessionLimit: Number.MAX_SAFE_INTEGER }]);
});
