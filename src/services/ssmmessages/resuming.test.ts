import { describe, expect, it } from 'vitest';
import { SessionHarness, settled } from '../ssm/session-harness.fixture.js';
import type { FakeSocket } from './fake-socket.fixture.js';
import { frame, input, json, messages, output, summary } from './frames.fixture.js';

const reasonOf = (socket: FakeSocket): string => `${socket.closed?.code} ${socket.closed?.reason}`;

describe('resuming', () => {
  it('a client comes back with a fresh token and goes on where it was', async () => {
    const harness = new SessionHarness();
    const { sessionId, agent, client } = await harness.whole();
    client.drop();
    expect(await harness.status(sessionId)).toBe('Disconnected');
    agent.receive(output(0, 'meanwhile'));
    const { TokenValue, StreamUrl } = await harness.call('ResumeSession', { SessionId: sessionId });
    expect(StreamUrl).toBe(`ws://127.0.0.1:4580/v1/data-channel/${sessionId}?role=publish_subscribe`);
    const back = await harness.clientChannel(sessionId, TokenValue);
    expect(summary(back.sent)).toEqual(['output_stream_data 0']);
    expect(await harness.status(sessionId)).toBe('Connected');
  });

  it('an agent comes back on a new data channel, and gets the input it missed', async () => {
    const harness = new SessionHarness();
    const { sessionId, agent, client } = await harness.whole();
    agent.drop();
    client.receive(input(0, 'typed'));
    expect(summary((await harness.agentChannel(sessionId)).sent)).toEqual(['input_stream_data 0']);
  });

  it('the same client on a new socket replaces its old one without a word; another client is told', async () => {
    const harness = new SessionHarness();
    const { sessionId, client } = await harness.whole();
    const resume = async (): Promise<string> =>
      (await harness.call('ResumeSession', { SessionId: sessionId })).TokenValue;
    const same = await harness.clientChannel(sessionId, await resume(), 'client-1');
    expect(client.sent).toEqual([]);
    expect(client.closed?.code).toBe(4001);
    const another = await harness.clientChannel(sessionId, await resume(), 'client-2');
    expect(json(messages(same.sent).at(-1)).Output).toBe('Your session has been taken over by another client.');
    expect(same.closed?.code).toBe(4001);
    expect(another.closed).toBeUndefined();
    expect(await harness.status(sessionId)).toBe('Connected');
  });

  it('whoever comes to a session that is over is told so', async () => {
    const harness = new SessionHarness();
    await harness.services.start();
    const { control, sessionId } = await harness.whole();
    const { TokenValue } = await harness.call('ResumeSession', { SessionId: sessionId });
    await harness.call('TerminateSession', { SessionId: sessionId });
    control.receive(frame({ messageType: 'agent_task_complete', payload: Buffer.from(`{"TaskId":"${sessionId}"}`) }));
    for (const socket of [await harness.clientChannel(sessionId, TokenValue), await harness.agentChannel(sessionId)]) {
      expect(summary(socket.sent)).toEqual(['channel_closed']);
      expect(socket.closed?.code).toBe(1000);
    }
  });
});

describe('a restart of the endpoint in mid-session', () => {
  it('agent and client come back and go on, in the middle of their streams (T16, T32)', async () => {
    const harness = new SessionHarness();
    const { sessionId, agent, client } = await harness.whole();
    agent.receive(output(0, 'a'));
    client.receive(input(0, 'b'));
    await settled();
    await harness.restart();
    const agentAgain = await harness.agentChannel(sessionId);
    const { TokenValue } = await harness.call('ResumeSession', { SessionId: sessionId });
    expect(summary(agentAgain.sent)).toEqual(['pause_publication']);
    const clientAgain = await harness.clientChannel(sessionId, TokenValue);
    agentAgain.receive(output(7, 'go'));
    clientAgain.receive(input(5, 'on'));
    expect(summary(clientAgain.sent)).toEqual(['output_stream_data 7']);
    expect(summary(agentAgain.sent)).toEqual(['pause_publication', 'start_publication', 'input_stream_data 5']);
    expect(await harness.status(sessionId)).toBe('Connected');
    expect(summary((await harness.controlChannel()).sent)).toEqual([]);
  });

  it('a session that the agent had not heard of is started when it comes back', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    const { token, sessionId } = await harness.start({ command: 'top' });
    await harness.restart();
    const control = await harness.controlChannel();
    expect(summary(control.sent)).toEqual(['interactive_shell']);
    expect(JSON.stringify(json(messages(control.sent)[0]))).toContain('top');
    expect((await harness.clientChannel(sessionId, token)).closed).toBeUndefined();
  });

  it('a session that was being ended is ended', async () => {
    const harness = new SessionHarness();
    const { sessionId } = await harness.whole();
    await harness.call('TerminateSession', { SessionId: sessionId });
    await harness.restart();
    expect(summary((await harness.agentChannel(sessionId)).sent)).toEqual(['channel_closed']);
    expect(await harness.status(sessionId)).toBe('Terminating');
  });

  it('ended sessions stay ended, and sessions nobody comes back to are ended', async () => {
    const harness = new SessionHarness({ orphanTimeout: 60_000 });
    const { control, sessionId } = await harness.whole();
    control.receive(frame({ messageType: 'agent_task_complete', payload: Buffer.from(`{"TaskId":"${sessionId}"}`) }));
    const orphan = await harness.start();
    await settled();
    await harness.restart();
    expect(await harness.status(sessionId)).toBe('Terminated');
    expect(await harness.status(orphan.sessionId)).toBe('Connecting');
    await harness.advance(60_000);
    expect(await harness.status(orphan.sessionId)).toBe('Terminated');
  });

  it('stop closes every channel and leaves the sessions', async () => {
    const harness = new SessionHarness();
    const { control, sessionId, agent, client } = await harness.whole();
    await harness.services.stop();
    for (const socket of [control, agent, client]) expect(reasonOf(socket)).toBe('1012 the endpoint is stopping');
    expect(summary(client.sent)).toEqual([]);
    await harness.restart();
    expect(await harness.status(sessionId)).toBe('Disconnected');
  });
});
