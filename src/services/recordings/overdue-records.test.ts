import { expect, test } from 'vitest';
import type { EndedSession } from '../session-ports.js';
import { OVERDUE_MS } from './overdue-records.js';
import { another, openRecordings, output, recording, SESSION, SESSION_ID } from './recordings.fixture.js';

const EVENTS = [output(1, 'x')];
const RECORD = recording(EVENTS);

test('a record that does not come is spoken of once, and counts when it comes', async () => {
  const ended: EndedSession[] = [];
  const it = await openRecordings({
    findEnded: (after, until, limit) =>
      Promise.resolve(ended.filter(({ endedAt }) => endedAt > after && endedAt <= until).slice(0, limit)),
  });
  const [never, half, whole] = ['a', 'b', 'c'].map((suffix) => another(suffix)) as [
    ...[ReturnType<typeof another>, ReturnType<typeof another>, ReturnType<typeof another>],
  ];
  for (const { session } of [never, half, whole]) {
    it.sessions.set(session.sessionId, session);
    ended.push({ session, endedAt: it.clock() });
  }
  await it.host.whole(whole.sessionId, recording(EVENTS, whole.header));
  await it.host.put(half.sessionId, 0, recording(EVENTS, half.header).subarray(0, 300));
  const overdue = () => it.steps.filter(({ name }) => name === 'SessionRecordOverdue');
  await it.tick();
  expect(overdue()).toEqual([]);
  it.time.ahead = OVERDUE_MS + 1_000;
  await it.tick();
  expect(overdue()).toMatchObject([
    { sessionId: never.sessionId, taskArn: SESSION.taskArn, details: {} },
    { sessionId: half.sessionId, details: { lastPartAt: expect.stringMatching(/Z$/) } },
  ]);
  expect(it.warnings).toHaveLength(2);
  ended.push({ session: SESSION, endedAt: it.clock() });
  await it.restart();
  it.time.ahead = 3 * OVERDUE_MS;
  await it.tick();
  expect(overdue().map(({ sessionId }) => sessionId)).toEqual([never.sessionId, half.sessionId, SESSION_ID]);
  it.time.ahead = 0;
  expect((await it.host.whole(SESSION_ID, RECORD)).signature).not.toBe('');
});

test('more than are looked at in one go may have ended in one millisecond', async () => {
  const endedAt = Date.now() - 2 * OVERDUE_MS;
  const ended = Array.from({ length: 450 }, (_, number) => ({ session: another(`m${number}`).session, endedAt }));
  const it = await openRecordings({
    findEnded: (after, until, limit) =>
      Promise.resolve(endedAt > after && endedAt <= until ? ended.slice(0, limit) : []),
  });
  for (let round = 0; round < 3; round++) await it.tick();
  await expect.poll(() => it.steps.length).toBe(450);
});
