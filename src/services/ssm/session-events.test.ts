import { expect, it } from 'vitest';
import type { SessionEvent } from '../session-ports.js';
import { output, sessionState, taskComplete } from '../ssmmessages/frames.fixture.js';
import { SessionText } from '../ssmmessages/session-text.js';
import { SessionHarness, TARGET, USER, settled } from './session-harness.fixture.js';

const BOB = 'arn:aws:iam::111122223333:user/bob';

function listening(fail = false) {
  const events: SessionEvent[] = [];
  const harness = new SessionHarness({
    sessionEvents: (event) => {
      events.push(event);
      if (fail) throw new Error('the audit is full');
    },
  });
  return { harness, events };
}

it('a session is told from its start to its end: by whom, why and when', async () => {
  const { harness, events } = listening();
  const { control, sessionId } = await harness.whole({ reason: 'ticket 7' });
  const startDate = harness.environment.now();
  await harness.advance(1_000);
  await harness.call('ResumeSession', { SessionId: sessionId }, BOB);
  await harness.advance(1_000);
  await harness.call('TerminateSession', { SessionId: sessionId }, BOB);
  await harness.call('TerminateSession', { SessionId: sessionId }, BOB);
  await harness.advance(1_000);
  control.receive(taskComplete(sessionId, TARGET));
  await settled();
  const session = {
    sessionId,
    target: TARGET,
    owner: USER,
    documentName: 'AmazonECS-ExecuteInteractiveCommand',
    startDate,
  };
  expect(events).toEqual([
    { ...session, type: 'started', by: USER, reason: 'ticket 7', time: startDate },
    { ...session, type: 'resumed', by: BOB, time: startDate + 1_000 },
    { ...session, type: 'terminated', by: BOB, reason: SessionText.Terminated, time: startDate + 2_000 },
    { ...session, type: 'ended', reason: SessionText.Terminated, time: startDate + 3_000 },
  ]);
  expect(JSON.stringify(events)).not.toContain(harness.tokens[0]);
});

it('one that ends by itself has nobody who asked, and no reason; resuming it then tells nothing', async () => {
  const { harness, events } = listening();
  const { control, sessionId, agent, client } = await harness.whole();
  agent.receive(output(0, 'bye'));
  agent.receive(sessionState(sessionId, 'Terminating'));
  control.receive(taskComplete(sessionId, TARGET));
  await harness.advance(60_000);
  expect(client.closed).toBeDefined();
  expect((await harness.call('ResumeSession', { SessionId: sessionId })).TokenValue).toBe('');
  expect(events.map(({ type, by, reason }) => [type, by, reason])).toEqual([
    ['started', USER, undefined],
    ['ended', undefined, undefined],
  ]);
});

it('a listener that fails harms no session', async () => {
  const { harness, events } = listening(true);
  const { control, sessionId } = await harness.whole();
  control.receive(taskComplete(sessionId, TARGET));
  expect(await harness.status(sessionId)).toBe('Terminated');
  expect(events).toHaveLength(2);
  expect(JSON.stringify(harness.environment.logged)).toContain('could not be told to the audit');
});
