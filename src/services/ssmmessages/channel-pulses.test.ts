import { describe, expect, it } from 'vitest';
import { UNANSWERED_PINGS } from '../../platform/aws/socket-pulse.js';
import { SessionHarness, TARGET } from '../ssm/session-harness.fixture.js';
import { ChannelPulses } from './channel-pulses.js';
import { FakeSocket } from './fake-socket.fixture.js';
import { messages, output, summary } from './frames.fixture.js';
import { PING_INTERVAL } from './relay-limits.js';

/** From the last byte at the latest, and one sweep. */
const GONE_AFTER = (UNANSWERED_PINGS + 1) * PING_INTERVAL + 1_000;

describe('a network that is pulled without a word', () => {
  it('agent: its control channel is given up, and its target notconnected', async () => {
    const harness = new SessionHarness();
    await harness.services.start();
    const control = await harness.controlChannel();
    await harness.advance(10 * 60_000);
    expect((await harness.call('GetConnectionStatus', { Target: TARGET })).Status).toBe('connected');
    control.pulled = true;
    await harness.advance(UNANSWERED_PINGS * PING_INTERVAL - 1_000);
    expect(control.closed).toBeUndefined();
    await harness.advance(GONE_AFTER - UNANSWERED_PINGS * PING_INTERVAL + 1_000);
    expect(control.closed?.code).toBe(1006);
    expect((await harness.call('GetConnectionStatus', { Target: TARGET })).Status).toBe('notconnected');
    expect(JSON.stringify(harness.environment.logged)).toContain('peer no longer answers pings');
  });

  it('agent: the session counts it as away, and ends as without one', async () => {
    const harness = new SessionHarness({ orphanTimeout: 60_000 });
    await harness.services.start();
    const { control, agent, client, sessionId } = await harness.whole();
    control.pulled = agent.pulled = true;
    await harness.advance(GONE_AFTER);
    expect(await harness.status(sessionId)).toBe('Disconnected');
    await harness.advance(60_000);
    expect(summary(client.sent).at(-1)).toBe('channel_closed');
  });

  it('client: the agent is told to pause, as for one that hung up', async () => {
    const harness = new SessionHarness();
    await harness.services.start();
    const { agent, client, sessionId } = await harness.whole();
    client.pulled = true;
    await harness.advance(GONE_AFTER);
    expect(client.closed?.code).toBe(1006);
    expect(agent.closed).toBeUndefined();
    expect(messages(agent.sent).at(-1)?.messageType).toBe('pause_publication');
    expect(await harness.status(sessionId)).toBe('Disconnected');
  });

  it('pings are no activity (T35), and data is an answer as good as a pong', async () => {
    const harness = new SessionHarness({ idleTimeout: 20 * PING_INTERVAL });
    await harness.services.start();
    const { agent, client } = await harness.whole();
    await harness.advance(PING_INTERVAL);
    expect([agent.pings, client.pings]).toEqual([1, 1]);
    await harness.advance(19 * PING_INTERVAL);
    expect(summary(client.sent).at(-1)).toBe('channel_closed');

    const another = await harness.whole();
    another.agent.pulled = true;
    for (let number = 0; number < 10; number += 1) {
      another.agent.receive(output(number, 'x'));
      await harness.advance(PING_INTERVAL);
    }
    expect(another.agent.closed).toBeUndefined();
  });
});

describe('the pulses of many sockets', () => {
  it('each at its own moment', () => {
    const pulses = new ChannelPulses();
    const sockets = [0, 1_000, 2_000].map((now) => {
      const socket = new FakeSocket();
      pulses.add(socket, now, () => undefined);
      return socket;
    });
    const pings = (now: number): number[] => {
      pulses.sweep(now);
      return sockets.map((socket) => socket.pings);
    };
    expect(pings(PING_INTERVAL - 1)).toEqual([0, 0, 0]);
    expect(pings(PING_INTERVAL)).toEqual([1, 0, 0]);
    expect(pings(PING_INTERVAL + 1_000)).toEqual([1, 1, 0]);
    expect(pings(PING_INTERVAL + 2_000)).toEqual([1, 1, 1]);
  });

  it('nothing is kept of a socket that has closed', () => {
    const pulses = new ChannelPulses();
    const socket = new FakeSocket();
    pulses.add(socket, 0, () => undefined);
    socket.drop();
    pulses.sweep(1);
    expect(pulses.size).toBe(0);
  });
});
