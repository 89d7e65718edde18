import { describe, expect, it } from 'vitest';
import { SessionHarness, TARGET, settled } from '../ssm/session-harness.fixture.js';
import type { FakeSocket } from './fake-socket.fixture.js';
import { acknowledge, json, messages, output, sessionState, summary, taskComplete } from './frames.fixture.js';
import {
  AGENT_RETURN_LIMIT,
  CLIENT_RETURN_LIMIT,
  END_GRACE,
  FAREWELL_TIMEOUT,
  LAST_WORDS_LIMIT,
} from './relay-limits.js';

const lastOutput = (socket: FakeSocket): unknown => json(messages(socket.sent).at(-1)).Output;

describe('the end of a session', () => {
  it('all output, then channel_closed, when the command has ended', async () => {
    const harness = new SessionHarness();
    const { control, sessionId, agent, client } = await harness.whole();
    const last = output(0, 'bye');
    agent.receive(last);
    agent.receive(sessionState(sessionId, 'Terminating'));
    expect(summary(client.sent)).toEqual(['output_stream_data 0']);
    client.receive(acknowledge(last));
    expect(summary(client.sent)).toEqual(['output_stream_data 0', 'channel_closed']);
    expect(client.closed).toEqual({ code: 1000, reason: 'the session has ended' });
    expect(await harness.status(sessionId)).toBe('Terminating');
    agent.drop();
    control.receive(taskComplete(sessionId, TARGET));
    expect(await harness.status(sessionId)).toBe('Terminated');
  });

  it('channel_closed has AWS’s members, in strict types (wire-protocol 5.6)', async () => {
    const harness = new SessionHarness();
    const { sessionId, agent, client } = await harness.whole();
    agent.receive(sessionState(sessionId, 'Terminating'));
    const closed = messages(client.sent).at(-1);
    expect(closed).toMatchObject({ messageType: 'channel_closed', flags: 0, sequenceNumber: 0, payloadType: 0 });
    expect(json(closed)).toEqual({
      MessageId: closed?.messageId,
      CreatedDate: '2026-01-02T03:04:05.000Z',
      DestinationId: TARGET,
      SessionId: sessionId,
      MessageType: 'channel_closed',
      SchemaVersion: 1,
      Output: '',
    });
  });

  it('does not wait for a lost acknowledgement longer than the grace (T10)', async () => {
    const harness = new SessionHarness();
    const { sessionId, agent, client } = await harness.whole();
    agent.receive(output(0, 'bye'));
    agent.receive(sessionState(sessionId, 'Terminating'));
    await harness.advance(END_GRACE - 1);
    expect(client.closed).toBeUndefined();
    await harness.advance(1);
    expect(summary(client.sent)).toEqual(['output_stream_data 0', 'channel_closed']);
  });

  it('sends a slow client what is held back for it before channel_closed', async () => {
    const harness = new SessionHarness();
    const { sessionId, agent, client } = await harness.whole();
    client.stuck = true;
    for (let number = 0; number < 60; number += 1) agent.receive(output(number, new Uint8Array(32_000)));
    agent.receive(sessionState(sessionId, 'Terminating'));
    expect(client.sent.length).toBeLessThan(60);
    await harness.advance(END_GRACE);
    expect(summary(client.sent)).toEqual([
      ...Array.from({ length: 60 }, (_, number) => `output_stream_data ${number}`),
      'channel_closed',
    ]);
    expect(client.closed).toBeUndefined();
    client.drain();
    expect(client.closed?.code).toBe(1000);
  });

  it('drops a client that never takes its last output', async () => {
    const harness = new SessionHarness();
    const { sessionId, agent, client } = await harness.whole();
    client.stuck = true;
    agent.receive(output(0, 'bye'));
    agent.receive(sessionState(sessionId, 'Terminating'));
    await harness.advance(END_GRACE + FAREWELL_TIMEOUT - 1);
    expect(client.closed).toBeUndefined();
    await harness.advance(1);
    expect(client.closed?.code).toBe(1006);
  });

  it('shows the agent’s failure text, whichever channel speaks first (T11)', async () => {
    for (const dataFirst of [true, false]) {
      const harness = new SessionHarness();
      const { control, sessionId, agent, client } = await harness.whole();
      if (dataFirst) agent.drop();
      expect(client.closed).toBeUndefined();
      control.receive(taskComplete(sessionId, TARGET, 'Failed', 'Unable to start command'));
      if (!dataFirst) agent.drop();
      expect(summary(client.sent)).toEqual(['channel_closed']);
      expect(lastOutput(client)).toBe('Unable to start command');
      expect(await harness.status(sessionId)).toBe('Failed');
    }
  });

  it('does not close the client while the agent is only away', async () => {
    const harness = new SessionHarness();
    const { sessionId, agent, client } = await harness.whole();
    agent.drop();
    await harness.advance(60_000);
    expect(client.closed).toBeUndefined();
    expect(await harness.status(sessionId)).toBe('Disconnected');
    await harness.agentChannel(sessionId);
    expect(await harness.status(sessionId)).toBe('Connected');
  });

  it('waits for the output behind a success that overtook it, but not for ever', async () => {
    const harness = new SessionHarness();
    const { control, sessionId, agent, client } = await harness.whole();
    control.receive(taskComplete(sessionId, TARGET));
    const late = output(0, 'late');
    agent.receive(late);
    client.receive(acknowledge(late));
    expect(summary(client.sent)).toEqual(['output_stream_data 0']);
    await harness.advance(END_GRACE);
    expect(summary(client.sent)).toEqual(['output_stream_data 0', 'channel_closed']);
  });

  it('acknowledges every agent_task_complete and acts once (T12)', async () => {
    const harness = new SessionHarness();
    const { control, sessionId, agent, client } = await harness.whole();
    agent.drop();
    const first = taskComplete(sessionId, TARGET, 'Failed', 'first');
    const second = taskComplete(sessionId, TARGET, 'Failed', 'second');
    for (const each of [first, first, second]) control.receive(each);
    const [, ...answers] = messages(control.sent);
    expect(answers.map((answer) => answer.messageType)).toEqual(Array(3).fill('agent_task_acknowledge'));
    const ids = messages([first, first, second]).map(({ messageId }) => messageId);
    expect(answers.map((answer) => json(answer).MessageId)).toEqual(ids);
    expect(json(answers[0])).toEqual({
      SchemaVersion: 1,
      MessageId: ids[0],
      TaskId: sessionId,
      Topic: 'agent_task_complete',
    });
    expect(summary(client.sent)).toEqual(['channel_closed']);
    expect(lastOutput(client)).toBe('first');
  });

  it('acknowledges, but does not believe, an agent that completes the session of another target', async () => {
    const harness = new SessionHarness();
    const { sessionId, client } = await harness.whole();
    const other = await harness.controlChannel('ecs:demo_other_runtime');
    other.receive(taskComplete(sessionId, 'ecs:demo_other_runtime', 'Failed', 'lie'));
    expect(summary(other.sent)).toEqual(['agent_task_acknowledge']);
    expect(client.sent).toEqual([]);
    expect(await harness.status(sessionId)).toBe('Connected');
  });

  it('TerminateSession closes both sides, and tells the agent on both channels', async () => {
    const harness = new SessionHarness();
    const { control, sessionId, agent, client } = await harness.whole();
    expect(await harness.call('TerminateSession', { SessionId: sessionId })).toEqual({ SessionId: sessionId });
    expect(lastOutput(client)).toBe('Your session has been terminated.');
    expect(client.closed?.code).toBe(1000);
    expect(summary(agent.sent)).toEqual(['channel_closed']);
    expect(summary(control.sent)).toEqual(['interactive_shell', 'channel_closed']);
    expect(await harness.status(sessionId)).toBe('Terminating');
    await harness.call('TerminateSession', { SessionId: sessionId });
    control.receive(taskComplete(sessionId, TARGET));
    expect(await harness.status(sessionId)).toBe('Terminated');
    expect(agent.closed?.code).toBe(1000);
    await harness.call('TerminateSession', { SessionId: sessionId });
    expect(summary(client.sent)).toEqual(['channel_closed']);
  });

  it('endAll ends every session of a target, and no other', async () => {
    const harness = new SessionHarness();
    const { client, sessionId } = await harness.whole();
    await harness.controlChannel('ecs:other_task_runtime');
    const other = await harness.start({ target: 'ecs:other_task_runtime' });
    await harness.services.sessions.endAll(TARGET, 'The container has stopped.');
    await harness.advance(LAST_WORDS_LIMIT);
    expect(lastOutput(client)).toBe('The container has stopped.');
    expect(await harness.status(sessionId)).toBe('Terminating');
    expect(await harness.status(other.sessionId)).toBe('Connecting');
  });

  it('endAll still lets the last output through', async () => {
    const harness = new SessionHarness();
    const { client, agent } = await harness.whole();
    const last = output(0, 'last words');
    agent.receive(last);
    await harness.services.sessions.endAll(TARGET, 'stopped');
    await harness.advance(LAST_WORDS_LIMIT);
    expect(summary(client.sent)).toEqual(['output_stream_data 0']);
    client.receive(acknowledge(last));
    expect(summary(client.sent)).toEqual(['output_stream_data 0', 'channel_closed']);
  });

  it('endAll leaves the end to an agent that is there, which may still have last words', async () => {
    const harness = new SessionHarness();
    const { client, agent, control, sessionId } = await harness.whole();
    await harness.services.sessions.endAll(TARGET, '');
    await harness.advance(LAST_WORDS_LIMIT - 1);
    const last = output(0, 'last words');
    agent.receive(last);
    client.receive(acknowledge(last));
    expect(summary(client.sent)).toEqual(['output_stream_data 0']);
    control.receive(taskComplete(sessionId, TARGET, 'Failed', 'its container has stopped'));
    await harness.advance(2 * LAST_WORDS_LIMIT);
    expect(summary(client.sent)).toEqual(['output_stream_data 0', 'channel_closed']);
    expect(lastOutput(client)).toBe('its container has stopped');
  });

  it('endAll does not wait for an agent that is gone', async () => {
    const harness = new SessionHarness();
    const { client, agent, control } = await harness.whole();
    agent.drop();
    control.drop();
    await harness.services.sessions.endAll(TARGET, 'stopped');
    expect(lastOutput(client)).toBe('stopped');
  });

  it('tells an agent that comes back to a session that is being ended, on either channel', async () => {
    const harness = new SessionHarness();
    const { control, sessionId, agent } = await harness.whole();
    agent.drop();
    control.drop();
    await harness.call('TerminateSession', { SessionId: sessionId });
    expect(summary((await harness.controlChannel()).sent)).toEqual(['channel_closed']);
    expect(summary((await harness.agentChannel(sessionId)).sent)).toContain('channel_closed');
  });

  it('does not wait for the report of an agent that is gone', async () => {
    const harness = new SessionHarness();
    await harness.services.start();
    const { control, sessionId, agent } = await harness.whole();
    agent.receive(sessionState(sessionId, 'Terminating'));
    agent.drop();
    control.drop();
    await harness.advance(AGENT_RETURN_LIMIT - 1_000);
    expect(await harness.status(sessionId)).toBe('Terminating');
    await harness.advance(1_000);
    expect(await harness.status(sessionId)).toBe('Terminated');
  });

  it('does not wait for ever for an agent that never reports', async () => {
    const harness = new SessionHarness({ orphanTimeout: 60_000 });
    await harness.services.start();
    const { sessionId, agent } = await harness.whole();
    agent.receive(sessionState(sessionId, 'Terminating'));
    await harness.advance(59_000);
    expect(await harness.status(sessionId)).toBe('Terminating');
    await harness.advance(1_000);
    expect(await harness.status(sessionId)).toBe('Terminated');
    expect(agent.closed?.code).toBe(1000);
  });

  it('a client cut off just before the end comes back for the last output', async () => {
    const harness = new SessionHarness();
    await harness.services.start();
    const { control, sessionId, agent, client } = await harness.whole();
    const first = output(0, 'seen');
    const last = output(1, 'exit status');
    agent.receive(first);
    client.receive(acknowledge(first));
    client.drop();
    agent.receive(last);
    agent.receive(sessionState(sessionId, 'Terminating'));
    agent.drop();
    control.receive(taskComplete(sessionId, TARGET));
    expect(await harness.status(sessionId)).toBe('Terminated');
    await harness.advance(CLIENT_RETURN_LIMIT - 1_000);
    const { TokenValue } = await harness.call('ResumeSession', { SessionId: sessionId });
    const back = await harness.clientChannel(sessionId, TokenValue);
    expect(summary(back.sent)).toEqual(['output_stream_data 1']);
    back.receive(acknowledge(last));
    expect(summary(back.sent)).toEqual(['output_stream_data 1', 'channel_closed']);
    await settled();
    expect((await harness.call('ResumeSession', { SessionId: sessionId })).TokenValue).toBe('');
  });

  it('a client that stays away is not waited for', async () => {
    const harness = new SessionHarness();
    await harness.services.start();
    const { control, sessionId, agent, client } = await harness.whole();
    client.drop();
    agent.receive(sessionState(sessionId, 'Terminating'));
    control.receive(taskComplete(sessionId, TARGET));
    await harness.advance(CLIENT_RETURN_LIMIT);
    expect((await harness.call('ResumeSession', { SessionId: sessionId })).TokenValue).toBe('');
    expect(agent.closed?.code).toBe(1000);
  });

  it('a client that comes first after a short command still sees all of it', async () => {
    const harness = new SessionHarness();
    const control = await harness.controlChannel();
    const { sessionId, token } = await harness.start({ command: 'echo hi' });
    const agent = await harness.agentChannel(sessionId);
    agent.receive(output(0, 'hi'));
    agent.receive(sessionState(sessionId, 'Terminating'));
    agent.drop();
    control.receive(taskComplete(sessionId, TARGET));
    await harness.advance(END_GRACE);
    const client = await harness.clientChannel(sessionId, token);
    client.receive(acknowledge(output(0, 'hi')));
    expect(summary(client.sent)).toEqual(['output_stream_data 0', 'channel_closed']);
  });
});
