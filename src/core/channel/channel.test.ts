import { describe, expect, it } from 'vitest';
import { FRAME_OFFSET } from '../protocol/frame-layout.js';
import { PayloadType } from '../protocol/payload-type.js';
import { exchange, joined, SESSION_ID, TestEnd, WITH_STREAMS } from './channel.fixture.js';
import { ACKNOWLEDGE_DELAY } from './owed-acknowledgements.js';
import { acknowledged, bytes, closed, control, numbers, output, readyClient, CLIENT } from './spoken-frames.fixture.js';

describe('acknowledgements', () => {
  it('name type, id and number of their message, with flags 3 and number 0', () => {
    const client = new TestEnd('client').attach();
    const frame = output(0);
    client.channel.receive(frame);
    const [acknowledge] = client.take();
    expect(acknowledge).toMatchObject({ flags: 3, sequenceNumber: 0, payloadType: 0, messageType: 'acknowledge' });
    expect(JSON.parse(Buffer.from(acknowledge!.payload).toString())).toMatchObject({
      AcknowledgedMessageType: 'output_stream_data',
      AcknowledgedMessageSequenceNumber: 0,
      IsSequentialMessage: true,
    });
  });

  it('are selective: only the named message is forgotten', async () => {
    const { agent, client } = await joined(WITH_STREAMS);
    for (const text of ['a', 'b', 'c']) agent.channel.write(PayloadType.Output, bytes(text));
    const frames = agent.takeFrames();
    client.channel.receive(frames[2]!);
    for (const frame of client.takeFrames()) agent.channel.receive(frame);
    agent.attach();
    expect(numbers(agent)).toEqual([2, 3]);
  });

  it('of the last message say that the channel is drained, once', async () => {
    const { agent, client } = await joined();
    const before = agent.events.drainedCount;
    agent.channel.write(PayloadType.Output, bytes('a'));
    agent.channel.write(PayloadType.Output, bytes('b'));
    expect(agent.channel.drained).toBe(false);
    await exchange(agent, client);
    expect(agent.channel.drained).toBe(true);
    expect(agent.events.drainedCount).toBe(before + 1);
  });

  it('that nobody waits for change nothing', async () => {
    const { agent } = await joined();
    const before = agent.events.drainedCount;
    agent.channel.receive(CLIENT.acknowledge('x', 1));
    agent.channel.receive(CLIENT.acknowledge('x', 999));
    expect(agent.events.drainedCount).toBe(before);
  });

  it('of a key wait behind its echo, and are together when their time has come', async () => {
    const waiting = { acknowledgeDelay: ACKNOWLEDGE_DELAY };
    const { agent, client, clock } = await joined({ agent: waiting, client: { ...WITH_STREAMS.client, ...waiting } });
    while (agent.passToTick() || client.passToTick()) await exchange(agent, client);
    agent.take();
    const begun = clock.now;
    for (const key of ['a', 'b']) {
      client.channel.write(PayloadType.Output, bytes(key));
      for (const frame of client.takeFrames()) agent.channel.receive(frame);
      agent.channel.write(PayloadType.Output, bytes(key));
      expect(agent.take().map(({ messageType }) => messageType)).toEqual(['output_stream_data']);
      clock.now += 10;
    }
    expect(agent.passToTick()).toBe(true);
    expect(clock.now).toBe(begun + ACKNOWLEDGE_DELAY);
    expect(acknowledged(agent)).toHaveLength(2);
  });

  it('may come before the call that sends returns: stored first, then sent', async () => {
    const { agent, client } = await joined();
    agent.channel.attach((frame) => client.channel.receive(frame));
    client.channel.attach((frame) => agent.channel.receive(frame));
    agent.channel.write(PayloadType.Output, bytes('a'));
    expect(agent.channel.drained).toBe(true);
    expect(agent.channel.nextTick).toBeUndefined();
    expect(client.events.text()).toBe('a');
  });
});

describe('digests', () => {
  /** The frame with one bit of its digest changed. */
  const damaged = (frame: Uint8Array): Uint8Array => {
    const copy = Uint8Array.from(frame);
    copy[FRAME_OFFSET.payloadDigest]! ^= 1;
    return copy;
  };

  it('are looked at by a client: stream data that does not fit is neither shown nor acknowledged', () => {
    const client = readyClient();
    client.channel.receive(damaged(output(1)));
    expect(acknowledged(client)).toEqual([]);
    expect(client.events.received).toEqual([]);
    client.channel.receive(output(1));
    expect(acknowledged(client)).toEqual([1]);
  });

  it('are not looked at by an agent, as by that of AWS', async () => {
    const { agent, client } = await joined(WITH_STREAMS);
    client.channel.write(PayloadType.Output, bytes('a'));
    const [frame] = client.takeFrames();
    agent.channel.receive(damaged(frame!));
    expect(acknowledged(agent)).toHaveLength(1);
  });
});

describe('delivery', () => {
  it('keeps its order when the owner answers inside the call and both ends share a process', async () => {
    const { agent, client } = await joined();
    agent.channel.attach((frame) => client.channel.receive(frame));
    client.channel.attach((frame) => agent.channel.receive(frame));
    client.events.onData = (_, payload) => {
      const text = Buffer.from(payload).toString();
      if (text.length < 20) client.channel.write(PayloadType.Output, bytes(`${text}!`));
    };
    agent.events.onData = (_, payload) => agent.channel.write(PayloadType.Output, Uint8Array.from(payload));
    agent.channel.write(PayloadType.Output, bytes('x'));
    agent.channel.write(PayloadType.Output, bytes('y'));
    expect(client.events.received.length).toBe(40);
    expect(client.events.drops.concat(agent.events.drops)).toEqual([]);
    expect(agent.channel.drained && client.channel.drained).toBe(true);
  });

  it('paused: messages are kept and not acknowledged; resumed: delivered in order, then acknowledged', () => {
    const client = readyClient();
    client.channel.pauseDelivery();
    for (const number of [1, 3, 2, 2]) client.channel.receive(output(number));
    expect(acknowledged(client)).toEqual([]);
    expect(client.events.text()).toBe('');
    client.channel.resumeDelivery();
    expect(client.events.text()).toBe('<1><2><3>');
    expect(acknowledged(client)).toEqual([1, 2, 3]);
  });

  it('paused by the consumer in the middle stops right there', () => {
    const client = readyClient();
    client.events.onData = () => client.channel.pauseDelivery();
    for (const number of [2, 3, 1]) client.channel.receive(output(number));
    expect(client.events.text()).toBe('<1>');
    client.channel.resumeDelivery();
    expect(client.events.text()).toBe('<1><2>');
  });

  it('a copy is kept, not the frame', () => {
    const client = readyClient();
    const frame = output(2);
    client.channel.receive(frame);
    frame.fill(0);
    client.channel.receive(output(1));
    expect(client.events.text()).toBe('<1><2>');
  });

  it('a copy is kept of a Buffer, too', () => {
    const client = readyClient();
    const frame = Buffer.from(output(2));
    client.channel.receive(frame);
    frame.fill(0);
    client.channel.receive(output(1));
    expect(client.events.text()).toBe('<1><2>');
  });

  it('of a message of which a copy comes meanwhile happens once, and leaves nothing behind', () => {
    const client = readyClient({ maxIncomingMessages: 1 });
    const frame = output(1);
    let nested = 0;
    client.events.onData = () => {
      nested += 1;
      if (nested === 1) client.channel.receive(frame);
    };
    client.channel.receive(frame);
    client.channel.receive(output(3));
    client.channel.receive(output(2));
    expect(client.events.text()).toBe('<1><2><3>');
  });

  it('to an owner that throws is tried again, and not acknowledged before', () => {
    const client = readyClient();
    let broken = true;
    client.events.onData = () => {
      if (broken) throw new Error('pty is gone');
    };
    client.channel.receive(output(1));
    client.channel.receive(output(2));
    expect(acknowledged(client)).toEqual([2]);
    expect(client.events.drops).toEqual(['message 1 was not taken: pty is gone']);
    broken = false;
    client.channel.receive(output(1));
    expect(client.events.text()).toBe('<1><2>');
  });

  it('stops in the middle when the owner closes the channel', () => {
    const client = readyClient();
    client.events.onData = () => client.channel.close();
    for (const number of [2, 3, 1]) client.channel.receive(output(number));
    expect(client.events.text()).toBe('<1>');
    expect(client.channel.nextTick).toBeUndefined();
  });
});

describe('the end', () => {
  it('channel_closed is told once, with its text, and nothing follows', () => {
    const client = readyClient();
    client.channel.receive(closed('Your session timed out due to inactivity and has been terminated.'));
    client.channel.receive(closed('again'));
    client.channel.receive(output(1));
    expect(client.events.closings).toEqual(['Your session timed out due to inactivity and has been terminated.']);
    expect(client.events.text()).toBe('');
    expect(client.take()).toEqual([]);
  });

  it('an unreadable channel_closed closes a client and is ignored by an agent', async () => {
    const { agent, client } = await joined();
    const unreadable = control('channel_closed', bytes('{"CreatedDate":7}'));
    agent.channel.receive(unreadable);
    client.channel.receive(unreadable);
    expect(agent.events.closings).toEqual([]);
    expect(client.events.closings).toEqual(['']);
    agent.channel.receive(closed('x'));
    expect(agent.events.closings).toEqual(['x']);
  });

  it('agent_session_state is not numbered and has flags 3', () => {
    const agent = new TestEnd('agent').attach();
    agent.channel.sessionState('Connected');
    const [state] = agent.take();
    expect(state).toMatchObject({ messageType: 'agent_session_state', sequenceNumber: 0, flags: 3, payloadType: 0 });
    expect(Buffer.from(state!.payload).toString()).toBe(
      `{"SchemaVersion":1,"SessionState":"Connected","SessionId":"${SESSION_ID}"}`,
    );
    agent.attach();
    expect(agent.take()).toEqual([]);
  });

  it('after close nothing is sent, taken, told or planned', async () => {
    const { agent, client } = await joined();
    agent.channel.write(PayloadType.Output, bytes('x'));
    agent.take();
    agent.channel.close();
    expect(agent.channel.nextTick).toBeUndefined();
    expect(agent.channel.writable).toBe(false);
    agent.attach();
    agent.channel.tick();
    agent.channel.sessionState('Terminating');
    client.channel.write(PayloadType.Output, bytes('k'));
    for (const frame of client.takeFrames()) agent.channel.receive(frame);
    agent.channel.resumeDelivery();
    expect(agent.take()).toEqual([]);
    expect(agent.events.text()).toBe('');
    expect(() => agent.channel.write(1, bytes('x'))).toThrow(expect.objectContaining({ code: 'closed' }));
  });
});
