import { describe, expect, it } from 'vitest';
import { sessionState, taskComplete } from '../ssmmessages/frames.fixture.js';
import { AGENT, SessionHarness, TARGET, USER, settled } from './session-harness.fixture.js';
import { HISTORY_LIFETIME, MAX_DETAILS_LENGTH, PRUNE_INTERVAL } from './session-limits.js';
import { SessionStore } from './session-store.js';

/** What a rejected call says to its caller. */
async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code}: ${message}`;
  }
  return 'no refusal';
}

describe('DescribeSessions', () => {
  const describeSessions = async (harness: SessionHarness, input: object) =>
    harness.call('DescribeSessions', { State: 'Active', ...input });
  const ids = (answer: { Sessions: { SessionId: string }[] }): string[] =>
    answer.Sessions.map(({ SessionId }) => SessionId);

  it('shows a session’s members', async () => {
    const harness = new SessionHarness();
    const { control, sessionId, agent } = await harness.whole({ reason: 'ticket 7' });
    await settled();
    expect((await describeSessions(harness, {})).Sessions).toEqual([
      {
        SessionId: sessionId,
        Target: TARGET,
        Status: 'Connected',
        StartDate: new Date('2026-01-02T03:04:05Z'),
        DocumentName: 'AmazonECS-ExecuteInteractiveCommand',
        Owner: USER,
        Reason: 'ticket 7',
        OutputUrl: {},
        AccessType: 'Standard',
        Gangway: { User: 'root', Debug: false },
      },
    ]);
    await harness.advance(5_000);
    agent.drop();
    control.receive(taskComplete(sessionId, TARGET, 'Failed', 'x'.repeat(MAX_DETAILS_LENGTH + 1)));
    await settled();
    expect((await describeSessions(harness, {})).Sessions).toEqual([]);
    const [ended] = (await describeSessions(harness, { State: 'History' })).Sessions;
    expect(ended).toMatchObject({ Status: 'Failed', EndDate: new Date('2026-01-02T03:04:10Z') });
    expect(ended.Details).toHaveLength(MAX_DETAILS_LENGTH);
  });

  it('records every state in order', async () => {
    const harness = new SessionHarness();
    const { control, sessionId, agent, client } = await harness.whole();
    client.drop();
    agent.receive(sessionState(sessionId, 'Terminating'));
    control.receive(taskComplete(sessionId, TARGET));
    await settled();
    const states = await new SessionStore(harness.database).transitions(sessionId);
    expect(states.map(({ status }) => status)).toEqual([
      'Connecting',
      'Connected',
      'Disconnected',
      'Terminating',
      'Terminated',
    ]);
  });

  it('filters, several at once', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    await harness.controlChannel('ecs:other_task_runtime');
    const one = await harness.start();
    await harness.advance(60_000);
    const two = await harness.start({ target: 'ecs:other_task_runtime', owner: AGENT });
    await harness.advance(60_000);
    const three = await harness.whole();
    await settled();
    const filtered = async (...filters: [key: string, value: string][]): Promise<string[]> =>
      ids(await describeSessions(harness, { Filters: filters.map(([key, value]) => ({ key, value })) }));
    expect(await filtered()).toEqual([three.sessionId, two.sessionId, one.sessionId]);
    expect(await filtered(['Target', TARGET])).toEqual([three.sessionId, one.sessionId]);
    expect(await filtered(['Owner', AGENT])).toEqual([two.sessionId]);
    expect(await filtered(['Status', 'Connected'])).toEqual([three.sessionId]);
    expect(await filtered(['SessionId', one.sessionId])).toEqual([one.sessionId]);
    expect(await filtered(['InvokedAfter', '2026-01-02T03:05:05Z'])).toEqual([three.sessionId, two.sessionId]);
    expect(await filtered(['InvokedBefore', '2026-01-02T03:05:05Z'])).toEqual([one.sessionId]);
    expect(await filtered(['Target', TARGET], ['Owner', AGENT])).toEqual([]);
    expect(await filtered(['AccessType', 'Standard'])).toHaveLength(3);
    expect(await filtered(['AccessType', 'JustInTime'])).toEqual([]);
  });

  it('pages', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    // All of them started in the same millisecond.
    const all = await Promise.all(Array.from({ length: 7 }, async () => (await harness.start()).sessionId));
    const seen: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await describeSessions(harness, {
        MaxResults: 3,
        ...(NextToken === undefined ? {} : { NextToken }),
      });
      seen.push(...ids(page));
      ({ NextToken } = page);
    } while (NextToken !== undefined);
    expect(seen.toSorted()).toEqual(all.toSorted());
  });

  it('refuses in AWS’s words', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    await harness.start();
    await harness.start();
    const ask = (input: object): Promise<string> => refusal(describeSessions(harness, input));
    const filters = (...keys: string[]) => ({ Filters: keys.map((key) => ({ key, value: 'x' })) });
    expect(await ask(filters('Colour'))).toMatch(/^InvalidFilterKey: /);
    expect(await ask(filters('toString'))).toMatch(/^InvalidFilterKey: /);
    expect(await ask(filters('Owner', 'Owner'))).toMatch(/^InvalidFilterKey: /);
    expect(await ask(filters('Status'))).toMatch(/^ValidationException: /);
    expect(await ask(filters('InvokedAfter'))).toMatch(/^ValidationException: /);
    expect(await ask(filters('1', '2', '3', '4', '5', '6', '7'))).toMatch(/^ValidationException: /);
    expect(await ask({ State: 'Past' })).toMatch(/^ValidationException: /);
    for (const MaxResults of [0, 201]) expect(await ask({ MaxResults })).toMatch(/^ValidationException: /);
    const { NextToken } = await describeSessions(harness, { MaxResults: 1 });
    for (const bad of ['', 'x', '[]', `${NextToken}x`.slice(4)]) {
      expect(await ask({ NextToken: bad })).toBe('InvalidNextToken: The specified token is not valid.');
    }
    expect(await ask({ NextToken, State: 'History' })).toMatch(/^InvalidNextToken: /);
    expect(await ask({ NextToken })).toBe('no refusal');
  });

  it('keeps history for 30 days', async () => {
    const harness = new SessionHarness();
    await harness.services.start();
    const { control, sessionId, agent } = await harness.whole();
    agent.receive(sessionState(sessionId, 'Terminating'));
    control.receive(taskComplete(sessionId, TARGET));
    await settled();
    await harness.services.stop();
    harness.environment.advance(HISTORY_LIFETIME - PRUNE_INTERVAL);
    await harness.restart();
    expect(await harness.status(sessionId)).toBe('Terminated');
    await harness.services.stop();
    harness.environment.advance(PRUNE_INTERVAL + 1);
    await harness.restart();
    expect(await harness.status(sessionId)).toBe('absent');
    expect(await harness.database.all('SELECT * FROM ssm_session_transitions')).toEqual([]);
    expect(await harness.database.all('SELECT * FROM ssm_session_tokens')).toEqual([]);
  });
});
