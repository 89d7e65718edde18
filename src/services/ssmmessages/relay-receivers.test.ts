import { describe, expect, it } from 'vitest';
import { acknowledge, input, messages, output, summary } from './frames.fixture.js';
import { HIGH_WATER, MAX_REPLAY_BYTES, MAX_REPLAY_FRAMES } from './relay-limits.js';
import { setUpRelay } from './relay.fixture.js';

describe('a receiver that was away', () => {
  it('gets what it has not acknowledged, in the order in which it came, before anything new', () => {
    const { join } = setUpRelay();
    const agent = join('agent');
    const first = join('client');
    const frames = [0, 1, 2, 3].map((number) => output(number, `${number}`));
    agent.receive(frames[0]!);
    agent.receive(frames[2]!);
    agent.receive(frames[1]!);
    first.receive(acknowledge(frames[0]!));
    first.drop();
    agent.receive(frames[3]!);
    const second = join('client');
    expect(second.sent).toEqual([frames[2], frames[1], frames[3]]);
  });

  it('pauses the agent while its client is away, and not before the first client came', () => {
    const { join } = setUpRelay();
    const agent = join('agent');
    agent.receive(output(0, 'prompt'));
    expect(agent.sent).toEqual([]);
    const client = join('client');
    client.drop();
    join('client');
    expect(summary(agent.sent)).toEqual(['pause_publication', 'start_publication']);
    for (const sent of agent.sent) expect(sent.length).toBeGreaterThanOrEqual(120);
  });

  it('pauses an agent again that comes back while the client is still away', () => {
    const { join } = setUpRelay({ restored: true });
    join('agent').drop();
    expect(summary(join('agent').sent)).toEqual(['pause_publication']);
  });

  it('keeps no more than the limits: later frames are left to their sender', () => {
    const { relay, join } = setUpRelay();
    const agent = join('agent');
    for (let number = 0; number < MAX_REPLAY_FRAMES + 10; number += 1) agent.receive(output(number, 'x'));
    expect(summary(join('client').sent)).toHaveLength(MAX_REPLAY_FRAMES);
    const large = setUpRelay();
    const sender = large.join('agent');
    for (let number = 0; number < 200; number += 1) sender.receive(output(number, new Uint8Array(64_000)));
    expect(large.relay.heldFor('client')).toBeLessThan(MAX_REPLAY_BYTES + 64_120);
    expect(sender.paused).toBe(false);
    expect(relay.heldFor('agent')).toBe(0);
  });

  it('does not hold on to a whole chunk of the network for a small frame', () => {
    const { join } = setUpRelay();
    const agent = join('agent');
    const chunk = new Uint8Array(64 * 1024);
    const one = output(0, 'small');
    chunk.set(one, 100);
    agent.receive(chunk.subarray(100, 100 + one.length));
    chunk.fill(0);
    expect(join('client').sent).toEqual([one]);
  });

  it('newest wins: the old socket is out, whatever it still says', () => {
    const { join, events } = setUpRelay();
    const agent = join('agent');
    const old = join('client');
    const young = join('client');
    old.receive(input(0, 'late'));
    old.drop();
    expect(agent.sent.filter((sent) => messages([sent])[0]?.messageType === 'input_stream_data')).toEqual([]);
    expect(events).toEqual([]);
    young.receive(input(0, 'mine'));
    expect(summary(agent.sent)).toContain('input_stream_data 0');
  });
});

describe('back-pressure', () => {
  it('holds frames back for a slow client, then stops reading from the agent; memory is bounded', () => {
    const { relay, join } = setUpRelay();
    const agent = join('agent');
    const client = join('client');
    client.stuck = true;
    let number = 0;
    while (!agent.paused) {
      agent.receive(output(number, new Uint8Array(32_000)));
      number += 1;
      expect(number).toBeLessThan(1_000);
    }
    expect(client.bufferedAmount).toBeLessThan(HIGH_WATER + 33_000);
    expect(relay.heldFor('client')).toBeLessThan(MAX_REPLAY_BYTES + 65_000);
    client.stuck = false;
    client.drain();
    expect(agent.paused).toBe(false);
    expect(agent.sent).toEqual([]);
    expect(summary(client.sent)).toEqual(Array.from({ length: number }, (_, index) => `output_stream_data ${index}`));
  });

  it('sends what was held back as far as there is room', () => {
    const { join } = setUpRelay();
    const agent = join('agent');
    const client = join('client');
    client.stuck = true;
    for (let number = 0; number < 100; number += 1) agent.receive(output(number, new Uint8Array(32_000)));
    const before = client.sent.length;
    client.drain();
    expect(client.sent.length).toBeGreaterThan(before);
    expect(client.sent.length).toBeLessThan(100);
    client.drain();
    client.drain();
    expect(client.sent).toHaveLength(100);
  });

  it('lets acknowledgements overtake held output, but not without end', () => {
    const { join } = setUpRelay();
    const agent = join('agent');
    const client = join('client');
    agent.stuck = true;
    for (let number = 0; number < 60; number += 1) client.receive(input(number, 'x'.repeat(32_000)));
    const waiting = agent.bufferedAmount;
    for (let number = 0; number < 20_000; number += 1) {
      const one = output(number, 'y');
      agent.receive(one);
      client.receive(acknowledge(one));
    }
    expect(agent.bufferedAmount).toBeGreaterThan(waiting);
    expect(agent.bufferedAmount).toBeLessThan(2 * HIGH_WATER + 1_000);
  });

  it('lets the sender go on when the slow receiver leaves', () => {
    const { join } = setUpRelay();
    const agent = join('agent');
    const client = join('client');
    client.stuck = true;
    for (let number = 0; !agent.paused; number += 1) agent.receive(output(number, new Uint8Array(32_000)));
    client.drop();
    expect(agent.paused).toBe(false);
  });

  it('tells an agent whose socket was full that its client is back, once there is room', () => {
    const { join } = setUpRelay();
    const agent = join('agent');
    join('client').drop();
    expect(summary(agent.sent)).toEqual(['pause_publication']);
    agent.bufferedAmount = 3 * HIGH_WATER;
    join('client');
    expect(summary(agent.sent)).toEqual(['pause_publication']);
    agent.drain();
    expect(summary(agent.sent)).toEqual(['pause_publication', 'start_publication']);
    agent.drain();
    expect(agent.sent).toHaveLength(2);
  });
});
