import { describe, expect, test } from 'vitest';
import { Limits } from '../limits.js';
import { RecordingAuthorization } from '../recording-authorization.fixture.js';
import { execute, open } from './execute-command.fixture.js';

describe('with a limit open a session may be what AWS’s cannot', () => {
  test.each([
    [{ user: 'nobody' }, { user: 'nobody' }, { 'gangway:user': 'nobody', 'gangway:debug': 'false' }],
    [{ user: '1000:www-data' }, { user: '1000:www-data' }, { 'gangway:user': '1000:www-data' }],
    [{ debug: true }, { toolbox: {} }, { 'gangway:user': 'root', 'gangway:debug': 'true' }],
    [
      { debugImage: 'busybox:1.36' },
      { toolbox: { image: 'busybox:1.36' } },
      { 'gangway:debug': 'true', 'gangway:debug-image': 'busybox:1.36' },
    ],
  ])('%j', async (gangway, freedom, conditions) => {
    const authorization = new RecordingAuthorization();
    const { it, task } = await open({ limits: Limits.parse('aws,user,debug'), authorization });
    const answer = await execute(it, { task, gangway });
    expect(answer.gangway).toEqual('debugImage' in gangway ? { ...gangway, debug: true } : gangway);
    expect(it.sessions.started).toMatchObject([{ freedom, command: '/bin/sh' }]);
    expect(authorization.asked[0]!.conditions).toMatchObject({ 'gangway:command': '/bin/sh', ...conditions });
  });

  test.each(['root', 'root:root', '0', '0:1000', 'root:nobody'])('policies know %s as root', async (user) => {
    const authorization = new RecordingAuthorization();
    const { it, task } = await open({ limits: 'open', authorization });
    await execute(it, { task, gangway: { user } });
    expect(authorization.asked[0]!.conditions).toMatchObject({ 'gangway:user': 'root' });
    expect(it.sessions.started[0]!.freedom).toEqual({ user });
  });

  test('whoever wishes nothing gets AWS’s session, and no answer that AWS would not give', async () => {
    const { it, task } = await open({ limits: 'open' });
    expect(await execute(it, { task, gangway: {} })).not.toHaveProperty('gangway');
    expect(it.sessions.started[0]).not.toHaveProperty('freedom');
  });
});

describe('where AWS’s limits hold', () => {
  test.each([
    [{ user: 'nobody' }, 'user'],
    [{ user: 'root' }, 'user'],
    [{ debug: true }, 'debug'],
    [{ debugImage: 'busybox' }, 'debug'],
  ])('%j is refused by name, with the way to lift it', async (gangway, limit) => {
    const { it, task } = await open({ limits: Limits.parse(`open,-${limit}`) });
    await expect(execute(it, { task, gangway })).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message: expect.stringMatching(`the limit '${limit}' of this endpoint\\. .* --limits ${limit}\\.`),
    });
    expect(it.sessions.started).toEqual([]);
  });

  test('gangway:command and gangway:user are told to the policies all the same', async () => {
    const authorization = new RecordingAuthorization();
    const { it, task } = await open({ authorization });
    await execute(it, { task, command: 'ps aux' });
    expect(authorization.asked[0]!.conditions).toMatchObject({ 'gangway:command': 'ps aux', 'gangway:user': 'root' });
  });
});

test.each(['', ' ', '00', '01', '-1', '4294967295', 'a b', 'a:', ':b', 'a:b:c', 'a/b', '${x}', 'x'.repeat(33), 'rööt'])(
  'the user %j is refused',
  async (user) => {
    const { it, task } = await open({ limits: 'open' });
    await expect(execute(it, { task, gangway: { user } })).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message: 'gangway.user must be a user, a uid, or user:group.',
    });
  },
);

test.each(['', '-v', 'a b', 'a\nb', 'x'.repeat(513)])('the image %j is refused', async (debugImage) => {
  const { it, task } = await open({ limits: 'open' });
  await expect(execute(it, { task, gangway: { debugImage } })).rejects.toMatchObject({
    message: 'gangway.debugImage must be the name of an image.',
  });
});
