import { expect, it } from 'vitest';
import type { LivePermissions } from '../session-ports.js';
import { json, messages, summary, taskComplete } from '../ssmmessages/frames.fixture.js';
import { SessionHarness, TARGET, USER, userIdOf } from './session-harness.fixture.js';
import { SWEEP_INTERVAL } from './session-limits.js';

const BOB = 'arn:aws:iam::111122223333:user/bob';

/** Permissions in the hand of the test. */
function permissions() {
  const state = { version: 1, revoked: new Set<string>(), broken: false };
  const asked: unknown[] = [];
  const livePermissions: LivePermissions = {
    version: () => state.version,
    mayStillExec: ({ sessionId, target, owner, ownerId, documentName }) => {
      asked.push({ sessionId, target, owner, ownerId, documentName });
      if (state.broken) return Promise.reject(new Error('disk'));
      return Promise.resolve(!state.revoked.has(owner));
    },
  };
  return { state, asked, livePermissions };
}

async function open(options: ConstructorParameters<typeof SessionHarness>[0]) {
  const harness = new SessionHarness(options);
  await harness.services.start();
  const { control, sessionId, client } = await harness.whole({ ownerId: userIdOf(USER) });
  const bobs = await harness.start({ owner: BOB });
  return { harness, control, sessionId, client, bobs: bobs.sessionId };
}

it('a session whose owner loses the permission is ended, and its user told why; others go on', async () => {
  const { state, asked, livePermissions } = permissions();
  const { harness, control, sessionId, client, bobs } = await open({ livePermissions });
  await harness.advance(2 * SWEEP_INTERVAL);
  const before = asked.length;
  await harness.advance(10 * SWEEP_INTERVAL);
  expect(asked).toHaveLength(before);

  state.revoked.add(USER);
  state.version += 1;
  await harness.advance(2 * SWEEP_INTERVAL);
  expect(asked).toContainEqual({
    sessionId,
    target: TARGET,
    owner: USER,
    ownerId: userIdOf(USER),
    documentName: 'AmazonECS-ExecuteInteractiveCommand',
  });
  control.receive(taskComplete(sessionId, TARGET));
  await harness.advance(5_000);
  expect(summary(client.sent).at(-1)).toBe('channel_closed');
  expect(json(messages(client.sent).at(-1)).Output).toBe(
    'Your session has been terminated: you no longer have the permission it was started with.',
  );
  expect(await harness.status(sessionId)).toBe('Terminated');
  expect(await harness.status(bobs)).toBe('Connecting');
});

it('without it sessions live on, as on AWS', async () => {
  const { harness, sessionId } = await open({});
  await harness.advance(60_000);
  expect(await harness.status(sessionId)).toBe('Connected');
});

it('permissions that cannot be read are not taken for lost, and are read again', async () => {
  const { state, asked, livePermissions } = permissions();
  const { harness, sessionId } = await open({ livePermissions });
  state.broken = true;
  state.version += 1;
  state.revoked.add(USER);
  await harness.advance(SWEEP_INTERVAL);
  await harness.advance(SWEEP_INTERVAL);
  expect(asked.length).toBeGreaterThanOrEqual(2);
  expect(await harness.status(sessionId)).toBe('Connected');
  state.broken = false;
  await harness.advance(SWEEP_INTERVAL);
  await harness.advance(SWEEP_INTERVAL);
  expect(await harness.status(sessionId)).toBe('Terminating');
});
