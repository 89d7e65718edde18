import { describe, expect, it } from 'vitest';
import { PayloadType } from '../protocol/payload-type.js';
import { exchange, joined, WITH_STREAMS } from './channel.fixture.js';
import { AGENT, bytes, control, numbers } from './spoken-frames.fixture.js';

describe('retransmission', () => {
  it('repeats the same bytes until they are acknowledged, however long it takes', async () => {
    const { agent, client, clock } = await joined(WITH_STREAMS);
    agent.channel.write(PayloadType.Output, bytes('x'));
    const [first] = agent.takeFrames();
    const start = clock.now;
    for (let times = 0; times < 500; times += 1) {
      expect(agent.passToTick(1_000)).toBe(true);
      const repeated = agent.takeFrames();
      for (const frame of repeated) expect(frame).toEqual(first);
    }
    expect(clock.now - start).toBeGreaterThan(300_000);
    agent.attach();
    await exchange(agent, client);
    expect(client.events.text()).toBe('x');
    expect(agent.channel.nextTick).toBeUndefined();
  });

  it('waits while no socket is attached', async () => {
    const { agent } = await joined();
    agent.channel.write(PayloadType.Output, bytes('x'));
    agent.channel.detach();
    expect(agent.channel.nextTick).toBeUndefined();
  });

  it('a tick too early does nothing', async () => {
    const { agent, clock } = await joined();
    agent.channel.write(PayloadType.Output, bytes('x'));
    agent.take();
    clock.now = agent.channel.nextTick! - 1;
    agent.channel.tick();
    expect(agent.take()).toEqual([]);
  });

  it('a socket that throws counts as gone', async () => {
    const { agent, client } = await joined();
    agent.channel.attach(() => {
      throw new Error('EPIPE');
    });
    agent.channel.write(PayloadType.Output, bytes('x'));
    expect(agent.events.drops).toEqual(['the socket takes nothing more: EPIPE']);
    expect(agent.channel.nextTick).toBeUndefined();
    await exchange(agent.attach(), client);
    expect(client.events.text()).toBe('x');
  });
});

describe('publication', () => {
  it('paused: numbered and stored, not sent, not repeated, not writable', async () => {
    const { agent } = await joined();
    agent.channel.write(PayloadType.Output, bytes('a'));
    agent.take();
    agent.channel.receive(control('pause_publication'));
    expect(agent.channel.writable).toBe(false);
    expect(agent.channel.nextTick).toBeUndefined();
    agent.channel.write(PayloadType.Output, bytes('b'));
    agent.clock.now += 10_000;
    agent.channel.tick();
    expect(agent.take()).toEqual([]);
  });

  it('started: everything unacknowledged goes out at once, in order, also when it was not paused', async () => {
    const { agent, client } = await joined(WITH_STREAMS);
    agent.channel.write(PayloadType.Output, bytes('a'));
    agent.channel.receive(control('pause_publication'));
    agent.channel.write(PayloadType.Output, bytes('b'));
    const before = agent.events.writableCount;
    agent.take();
    agent.channel.receive(control('start_publication'));
    expect(numbers(agent)).toEqual([2, 3]);
    expect(agent.events.writableCount).toBe(before + 1);
    agent.channel.receive(control('start_publication'));
    expect(agent.frames.length).toBe(2);
    await exchange(agent, client);
    expect(client.events.text()).toBe('ab');
  });

  it('goes on with any input or acknowledgement: what was stored goes out', async () => {
    for (const sign of ['input', 'acknowledge']) {
      const { agent, client } = await joined();
      agent.channel.receive(control('pause_publication'));
      agent.channel.write(PayloadType.Output, bytes('b'));
      if (sign === 'input') client.channel.write(PayloadType.Output, bytes('k'));
      else client.channel.receive(AGENT.streamData(0, 5, bytes('repeated request')));
      for (const frame of client.takeFrames()) agent.channel.receive(frame);
      expect(agent.channel.writable).toBe(true);
      await exchange(agent, client);
      expect(client.events.text()).toBe('b');
    }
  });

  it('goes on with a new socket', async () => {
    const { agent } = await joined(WITH_STREAMS);
    agent.channel.receive(control('pause_publication'));
    agent.channel.write(PayloadType.Output, bytes('b'));
    agent.attach();
    expect(numbers(agent)).toEqual([2]);
    expect(agent.channel.writable).toBe(true);
  });

  it('of a client is never paused, as in the official one; a start makes it send again', async () => {
    const { client } = await joined();
    client.channel.receive(control('pause_publication'));
    expect(client.channel.writable).toBe(true);
    client.channel.write(PayloadType.Output, bytes('k'));
    client.take();
    client.channel.receive(control('start_publication'));
    expect(numbers(client)).toEqual([1]);
  });
});
