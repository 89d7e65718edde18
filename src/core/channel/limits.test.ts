import { describe, expect, it } from 'vitest';
import { encodeFlag, Flag, GangwayFlag, signalFlag } from '../protocol/flag.js';
import { MAX_FRAME_BYTES } from '../protocol/frame-layout.js';
import { PayloadType } from '../protocol/payload-type.js';
import { DEFAULT_CHANNEL_LIMITS } from './channel-limits.js';
import { exchange, joined, WITH_STREAMS } from './channel.fixture.js';
import { acknowledged, bytes, output, readyClient } from './spoken-frames.fixture.js';

describe('limits', () => {
  it('maxUnackedMessages: writable turns false, and true again at half, with one event', async () => {
    const { agent, client } = await joined({ ...WITH_STREAMS, agent: { limits: { maxUnackedMessages: 10 } } });
    const before = agent.events.writableCount;
    for (let count = 0; count < 10; count += 1) {
      expect(agent.channel.writable).toBe(true);
      agent.channel.write(PayloadType.Output, bytes('x'));
    }
    expect(agent.channel.writable).toBe(false);
    const frames = agent.takeFrames();
    for (const frame of frames.slice(0, 5)) client.channel.receive(frame);
    await exchange(agent, client);
    expect(agent.channel.writable).toBe(false);
    client.channel.receive(frames[5]!);
    await exchange(agent, client);
    expect(agent.channel.writable).toBe(true);
    expect(agent.events.writableCount).toBe(before + 1);
  });

  it('maxUnackedBytes: writable turns false; twice as much is refused', async () => {
    const { agent } = await joined({ agent: { limits: { maxUnackedBytes: 10_000 } } });
    const payload = new Uint8Array(5_000);
    agent.channel.write(PayloadType.Output, payload);
    expect(agent.channel.writable).toBe(true);
    agent.channel.write(PayloadType.Output, payload);
    expect(agent.channel.writable).toBe(false);
    agent.channel.write(PayloadType.Output, payload);
    expect(() => agent.channel.write(PayloadType.Output, payload)).toThrow(
      expect.objectContaining({ code: 'window-exceeded' }),
    );
  });

  it('maxPayloadBytes: one more is refused, and what fits also fits into a frame when it is sealed', async () => {
    const { agent, client } = await joined({ kmsKeyId: 'k' });
    const { maxPayloadBytes } = DEFAULT_CHANNEL_LIMITS;
    expect(() => agent.channel.write(PayloadType.Output, new Uint8Array(maxPayloadBytes + 1))).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
    agent.channel.write(PayloadType.Output, new Uint8Array(maxPayloadBytes));
    expect(agent.frames[0]!.length).toBe(MAX_FRAME_BYTES);
    await exchange(agent, client);
    expect(client.events.received[0]!.payload.length).toBe(maxPayloadBytes);
  });

  it('maxFrameBytes: a longer frame is dropped', () => {
    const client = readyClient({ maxFrameBytes: 130 });
    client.channel.receive(output(1, 'x'.repeat(11)));
    expect(client.events.text()).toBe('');
    client.channel.receive(output(1, 'x'.repeat(10)));
    expect(client.events.text()).toBe('x'.repeat(10));
  });

  it('maxIncomingMessages: what comes too early beyond it is dropped, unacknowledged', () => {
    const client = readyClient({ maxIncomingMessages: 2 });
    for (const number of [2, 3, 4]) client.channel.receive(output(number));
    expect(acknowledged(client)).toEqual([2, 3]);
    client.channel.receive(output(1));
    client.channel.receive(output(4));
    expect(client.events.text()).toBe('<1><2><3><4>');
  });

  it('maxIncomingBytes: the same, and a busy consumer is bounded by it', () => {
    const client = readyClient({ maxIncomingBytes: 6 });
    client.channel.pauseDelivery();
    for (const number of [1, 2, 3]) client.channel.receive(output(number));
    client.channel.resumeDelivery();
    expect(client.events.text()).toBe('<1><2>');
    expect(acknowledged(client)).toEqual([1, 2]);
  });
});

describe('what may be written', () => {
  it('types 11 and 12 and our own flags only to a peer with GangwayStreams', async () => {
    const ours = [
      [PayloadType.StdErr, bytes('e')],
      [PayloadType.ExitCode, bytes('EXIT_CODE: 7')],
      [PayloadType.Flag, encodeFlag(GangwayFlag.StdinEof)],
      [PayloadType.Flag, encodeFlag(signalFlag(15))],
    ] as const;
    const official = await joined();
    const own = await joined({ client: { streams: { mode: 'pipes' } } });
    for (const [type, payload] of ours) {
      for (const end of [official.agent, official.client]) {
        expect(() => end.channel.write(type, payload)).toThrow(expect.objectContaining({ code: 'not-negotiated' }));
      }
      own.agent.channel.write(type, payload);
      own.client.channel.write(type, payload);
    }
    expect(official.agent.take().concat(official.client.take())).toEqual([]);
    await exchange(own.agent, own.client);
    expect(own.client.events.text(12)).toBe('EXIT_CODE: 7');
    official.client.channel.write(PayloadType.Flag, encodeFlag(Flag.TerminateSession));
    expect(official.client.take().length).toBe(1);
  });

  it('nothing is sent for an empty payload', async () => {
    const { agent } = await joined();
    agent.channel.write(PayloadType.Output, new Uint8Array(0));
    expect(agent.take()).toEqual([]);
    expect(agent.channel.drained).toBe(true);
  });

  it('an empty message from elsewhere is acknowledged and counted, but not handed over: it says nothing', () => {
    const client = readyClient();
    client.channel.receive(output(1, ''));
    client.channel.receive(output(3, ''));
    client.channel.receive(output(2));
    client.channel.receive(output(4));
    expect(acknowledged(client)).toEqual([1, 3, 2, 4]);
    expect(client.events.received.map(({ payload }) => Buffer.from(payload).toString())).toEqual(['<2>', '<4>']);
  });

  it('the caller may use its buffer again at once', async () => {
    const { agent, client } = await joined();
    const payload = bytes('keep');
    agent.channel.write(PayloadType.Output, payload);
    payload.fill(0);
    await exchange(agent, client);
    expect(client.events.text()).toBe('keep');
  });
});
