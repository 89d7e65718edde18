import { describe, expect, it } from 'vitest';
import { SessionHarness, TARGET } from '../ssm/session-harness.fixture.js';
import type { FakeSocket } from './fake-socket.fixture.js';
import { acknowledge, json, messages, output, sessionState, summary, taskComplete } from './frames.fixture.js';

const IDLE_TEXT = 'Your session timed out due to inactivity and has been terminated.';

const lastOutput = (socket: FakeSocket): unknown => json(messages(socket.sent).at(-1)).Output;

describe('timeouts', () => {
  it('idle: ends the session after 20 minutes with AWS’s words, on both sides', async () => {
    const harness = new SessionHarness();
    await harness.services.start();
    const { control, agent, client } = await harness.whole();
    await harness.advance(20 * 60_000 - 1_000);
    expect(client.closed).toBeUndefined();
    await harness.advance(1_000);
    expect(lastOutput(client)).toBe(IDLE_TEXT);
    expect(summary(agent.sent)).toContain('channel_closed');
    expect(summary(control.sent)).toContain('channel_closed');
  });

  it('idle: new stream data counts, in either direction; repeats, acknowledgements and pings do not (T35)', async () => {
    const harness = new SessionHarness({ idleTimeout: 60_000 });
    await harness.services.start();
    const { agent, client } = await harness.whole();
    const one = output(0, 'a');
    await harness.advance(50_000);
    agent.receive(one);
    await harness.advance(50_000);
    expect(client.closed).toBeUndefined();
    agent.receive(one);
    client.receive(acknowledge(one));
    client.handlers.ping?.();
    agent.handlers.ping?.();
    await harness.advance(10_000);
    expect(lastOutput(client)).toBe(IDLE_TEXT);
  });

  it('orphans: a session whose client never came is ended', async () => {
    const harness = new SessionHarness({ orphanTimeout: 60_000 });
    await harness.services.start();
    await harness.controlChannel();
    const { sessionId } = await harness.start();
    const agent = await harness.agentChannel(sessionId);
    await harness.advance(60_000);
    expect(summary(agent.sent)).toEqual(['channel_closed']);
  });

  it('orphans: a session whose agent stays away is ended, and its client told', async () => {
    const harness = new SessionHarness({ orphanTimeout: 60_000 });
    await harness.services.start();
    const { agent, client } = await harness.whole();
    await harness.advance(30_000);
    agent.drop();
    await harness.advance(59_000);
    expect(client.closed).toBeUndefined();
    await harness.advance(1_000);
    expect(lastOutput(client)).toContain('agent has not been connected');
  });

  it('a client that is away is left to the idle timeout', async () => {
    const harness = new SessionHarness({ orphanTimeout: 60_000 });
    await harness.services.start();
    const { sessionId, client } = await harness.whole();
    client.drop();
    await harness.advance(10 * 60_000);
    expect(await harness.status(sessionId)).toBe('Disconnected');
    await harness.advance(10 * 60_000);
    expect(await harness.status(sessionId)).toBe('Terminating');
  });

  it('no timer is left behind', async () => {
    const harness = new SessionHarness();
    const { control, sessionId, agent, client } = await harness.whole();
    agent.receive(sessionState(sessionId, 'Terminating'));
    control.receive(taskComplete(sessionId, TARGET));
    expect(client.closed).toBeDefined();
    expect(harness.environment.timers).toBe(0);
  });
});
