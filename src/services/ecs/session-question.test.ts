import { expect, test } from 'vitest';
import { RecordingAuthorization } from '../recording-authorization.fixture.js';
import { execute, open, two } from './execute-command.fixture.js';

test('a session is looked at again by the question that its ExecuteCommand was asked', async () => {
  const authorization = new RecordingAuthorization();
  const { it, task } = await open({ authorization }, two, { tags: [{ key: 'owner', value: 'ann' }] });
  await execute(it, { task, container: 'side' });
  expect(await it.ecs.sessionQuestion(it.sessions.started[0]!.target, it.sessions.started[0]!)).toEqual(
    authorization.asked[0],
  );
  expect(authorization.asked[0]!.conditions).toMatchObject({ 'ecs:container-name': 'side' });
  expect(authorization.asked[0]!.resources[1]!.tags).toEqual({ owner: 'ann' });
});

test('a task that is gone is asked about all the same; a machine is not', async () => {
  const { it } = await open();
  const target = `ecs:none_${'0'.repeat(32)}_${'0'.repeat(32)}-1`;
  expect(await it.ecs.sessionQuestion(target, { command: 'sh' })).toMatchObject({
    action: 'ecs:ExecuteCommand',
    resources: [
      { arn: it.arn('cluster/none'), tags: {} },
      { arn: it.arn(`task/none/${'0'.repeat(32)}`), tags: {} },
    ],
  });
  expect(await it.ecs.sessionQuestion('i-0123456789abcdef0', { command: 'sh' })).toBeUndefined();
});
