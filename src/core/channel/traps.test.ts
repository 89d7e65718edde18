import { describe, expect, it } from 'vitest';
import { PayloadType } from '../protocol/payload-type.js';
import { exchange, joined, WITH_STREAMS } from './channel.fixture.js';
import { MISSING_MESSAGE_TIMEOUT } from './incoming-stream.js';
import {
  acknowledged,
  AGENT,
  bytes,
  closed,
  control,
  numbers,
  output,
  readyClient,
  CLIENT,
} from './spoken-frames.fixture.js';

describe('traps', () => {
  it('T1: short, odd and foreign frames are dropped with a reason, and the session goes on', () => {
    const client = readyClient();
    const long = output(1).slice();
    new DataView(long.buffer).setUint32(0, 4_000_000);
    const forged = output(1).slice();
    forged[120] = 0x21;
    for (const frame of [new Uint8Array(0), new Uint8Array(119), new Uint8Array(120), long, forged]) {
      client.channel.receive(frame);
    }
    client.channel.receive(control('agent_job'));
    client.channel.receive(control('acknowledge', bytes('{}')));
    client.channel.receive(control('acknowledge', bytes('no json')));
    client.channel.receive(CLIENT.streamData(1, 1, bytes('own direction')));
    expect(client.events.drops.length).toBe(9);
    expect(client.take()).toEqual([]);
    client.channel.receive(output(1));
    expect(client.events.text()).toBe('<1>');
  });

  it('T7: a repeated message is acknowledged again, and delivered once', () => {
    const client = readyClient();
    for (let times = 0; times < 3; times += 1) client.channel.receive(output(1));
    expect(acknowledged(client)).toEqual([1, 1, 1]);
    expect(client.events.text()).toBe('<1>');
  });

  it('T8: dozens of copies change nothing', () => {
    const client = readyClient();
    for (let times = 0; times < 50; times += 1) client.channel.receive(output(2));
    expect(acknowledged(client)).toEqual(Array.from({ length: 50 }, () => 2));
    client.channel.receive(output(1));
    expect(client.events.text()).toBe('<1><2>');
  });

  it('T9: out of order: acknowledged at once, delivered in order', () => {
    const client = readyClient();
    for (const number of [3, 2, 5]) client.channel.receive(output(number));
    expect(acknowledged(client)).toEqual([3, 2, 5]);
    expect(client.events.text()).toBe('');
    client.channel.receive(output(1));
    expect(client.events.text()).toBe('<1><2><3>');
    client.channel.receive(output(4));
    expect(client.events.text()).toBe('<1><2><3><4><5>');
    expect(acknowledged(client)).toEqual([1, 4]);
  });

  it('T10: channel_closed waits for output that the consumer has not taken yet', () => {
    const client = readyClient();
    client.channel.pauseDelivery();
    client.channel.receive(output(1));
    client.channel.receive(closed('bye'));
    expect(client.events.closings).toEqual([]);
    client.channel.resumeDelivery();
    expect(client.events.text()).toBe('<1>');
    expect(client.events.closings).toEqual(['bye']);
  });

  it('T16: numbering, window and buffer go on over a reconnect', async () => {
    const { agent, client } = await joined(WITH_STREAMS);
    agent.channel.detach();
    agent.channel.write(PayloadType.Output, bytes('a'));
    agent.channel.write(PayloadType.Output, bytes('b'));
    expect(agent.take()).toEqual([]);
    agent.attach();
    expect(numbers(agent)).toEqual([2, 3]);
    agent.channel.detach();
    agent.attach();
    expect(agent.frames.length).toBe(2);
    await exchange(agent, client);
    expect(client.events.text()).toBe('ab');
    expect(agent.channel.drained).toBe(true);
  });

  it('T20: a payload that cannot be decrypted is not acknowledged and does not count', async () => {
    const { agent, client } = await joined({ ...WITH_STREAMS, kmsKeyId: 'k' });
    const forged = AGENT.streamData(3, PayloadType.Output, new Uint8Array(40));
    client.channel.receive(forged);
    expect(acknowledged(client)).toEqual([]);
    agent.channel.write(PayloadType.Output, bytes('true'));
    expect(agent.sent[0]?.sequenceNumber).toBe(3);
    // The forged one comes out of order, too: it must not take the place of the true one.
    client.channel.receive(AGENT.streamData(4, PayloadType.Output, new Uint8Array(40)));
    agent.channel.write(PayloadType.Output, bytes(' story'));
    await exchange(agent, client);
    expect(client.events.text()).toBe('true story');
  });

  it('T33: a message that never comes ends the session, once it has had its time', () => {
    const client = readyClient();
    client.channel.receive(output(2));
    client.clock.now += MISSING_MESSAGE_TIMEOUT - 1;
    client.channel.receive(output(3));
    expect(client.events.failures).toEqual([]);
    client.clock.now += 1;
    client.channel.receive(output(3));
    expect(client.events.failures).toEqual(['The other end left out message 1 of the session.']);
  });

  it('T33: neither a new socket nor a busy consumer is taken for a missing message', () => {
    const client = readyClient();
    client.channel.receive(output(2));
    client.clock.now += MISSING_MESSAGE_TIMEOUT;
    client.attach();
    client.channel.receive(output(3));
    expect(client.events.failures).toEqual([]);
    client.channel.receive(output(1));
    client.channel.pauseDelivery();
    client.channel.receive(output(4));
    client.channel.receive(output(5));
    client.clock.now += MISSING_MESSAGE_TIMEOUT;
    client.channel.receive(output(5));
    expect(client.events.failures).toEqual([]);
  });
});
