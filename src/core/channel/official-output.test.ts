import { describe, expect, it } from 'vitest';
import type { DecodedMessage } from '../protocol/message.js';
import { MessageType } from '../protocol/message-type.js';
import { PayloadType } from '../protocol/payload-type.js';
import { SEAL_BYTES } from './channel-limits.js';
import { joined, WITH_STREAMS } from './channel.fixture.js';
import type { TestEnd } from './channel.fixture.js';
import { MAX_ALL_PROBES, MAX_PROBES } from './official-output.js';
import { RESEND_ROUND_BYTES } from './retransmission.js';
import { bytes, CLIENT, control } from './spoken-frames.fixture.js';

/** An agent whose official client is played by hand; nothing of the handshake is left to see. */
async function agentOfOfficialClient(): Promise<TestEnd> {
  const { agent } = await joined();
  agent.take();
  return agent;
}

const isEmptyOutput = ({ payloadType, payload }: DecodedMessage): boolean =>
  payloadType === PayloadType.Output && payload.length === 0;

describe('a piece of output for the official client', () => {
  it('goes out as its data, then an empty output with the number before', async () => {
    const agent = await agentOfOfficialClient();
    agent.channel.write(PayloadType.Output, bytes('a'));
    agent.channel.write(PayloadType.Output, bytes('b'));
    expect(
      agent.take().map(({ sequenceNumber, payload }) => [sequenceNumber, Buffer.from(payload).toString()]),
    ).toEqual([
      [3, 'a'],
      [2, ''],
      [5, 'b'],
      [4, ''],
    ]);
  });

  it('keeps that order when it was stored without a socket, and with every further socket', async () => {
    const agent = await agentOfOfficialClient();
    agent.channel.detach();
    agent.channel.write(PayloadType.Output, bytes('a'));
    agent.channel.write(PayloadType.Output, bytes('b'));
    for (let times = 0; times < 3; times += 1) {
      agent.attach();
      expect(agent.take().map(({ sequenceNumber }) => sequenceNumber)).toEqual([3, 2, 5, 4]);
      agent.channel.detach();
    }
  });

  it('keeps that order when publication was paused, whatever ends the pause', async () => {
    const input = CLIENT.streamData(1, PayloadType.Output, bytes('k'));
    for (const sign of [control('start_publication'), input, CLIENT.acknowledge('x', 0)]) {
      const agent = await agentOfOfficialClient();
      agent.channel.receive(control('pause_publication'));
      agent.channel.write(PayloadType.Output, bytes('a'));
      agent.channel.write(PayloadType.Output, bytes('b'));
      expect(agent.take()).toEqual([]);
      agent.channel.receive(sign);
      const sent = agent.take().filter(({ messageType }) => messageType === MessageType.OutputStreamData);
      expect(sent.map(({ sequenceNumber }) => sequenceNumber).slice(0, 4)).toEqual([3, 2, 5, 4]);
    }
  });

  it('keeps that order in every round of a repair', async () => {
    const agent = await agentOfOfficialClient();
    for (let count = 0; count < 10; count += 1) {
      agent.channel.write(PayloadType.Output, new Uint8Array(RESEND_ROUND_BYTES / 3));
    }
    const order = agent.take().map(({ sequenceNumber }) => sequenceNumber);
    const stored = new Set(order);
    const repeated: number[] = [];
    while (repeated.length < 5 * order.length) {
      agent.passToTick();
      repeated.push(...agent.take().map(({ sequenceNumber }) => sequenceNumber));
    }
    const withoutProbes = repeated.filter((number) => stored.has(number));
    expect(withoutProbes).toEqual(withoutProbes.map((_, index) => order[index % order.length]));
  });

  it('is released by a sealed message where the session is encrypted', async () => {
    const { agent, client } = await joined({ kmsKeyId: 'k' });
    agent.take();
    agent.channel.write(PayloadType.Output, bytes('a'));
    expect(agent.take().map(({ payload }) => payload.length)).toEqual([1 + SEAL_BYTES, SEAL_BYTES]);
    agent.attach();
    for (const frame of agent.takeFrames()) client.channel.receive(frame);
    expect(client.events.drops).toEqual([]);
    expect(client.events.text()).toBe('a');
  });

  it('is one message for a client that speaks GangwayStreams, which sees no probes either', async () => {
    const { agent, client } = await joined(WITH_STREAMS);
    agent.take();
    agent.channel.write(PayloadType.Output, bytes('a'));
    agent.channel.write(PayloadType.Output, bytes('b'));
    agent.channel.receive(control('start_publication'));
    for (let times = 0; times < 20; times += 1) agent.passToTick();
    agent.attach();
    const sent = agent.take();
    expect(new Set(sent.map(({ sequenceNumber }) => sequenceNumber))).toEqual(new Set([2, 3]));
    expect(sent.filter(isEmptyOutput)).toEqual([]);
    expect(client.events.failures).toEqual([]);
  });

  it('is one message from a client', async () => {
    const { client } = await joined();
    client.take();
    client.channel.write(PayloadType.Output, bytes('k'));
    expect(client.take().map(({ payload }) => payload.length)).toEqual([1]);
  });
});

describe('a probe', () => {
  it('is an empty output, behind everything that is sent again when the client is back', async () => {
    const agent = await agentOfOfficialClient();
    agent.channel.write(PayloadType.Output, bytes('a'));
    agent.take();
    agent.channel.receive(control('start_publication'));
    const sent = agent.take();
    expect(sent.map(({ sequenceNumber }) => sequenceNumber)).toEqual([3, 2, 4]);
    expect(isEmptyOutput(sent[2]!)).toBe(true);
  });

  it('is not made when there is nothing to find out', async () => {
    const agent = await agentOfOfficialClient();
    agent.channel.receive(control('start_publication'));
    agent.channel.tick();
    expect(agent.take()).toEqual([]);
  });

  /** An agent with an output and all the probes that it makes on one socket, and a way to see their numbers. */
  async function probing() {
    const agent = await agentOfOfficialClient();
    agent.channel.write(PayloadType.Output, bytes('a'));
    const probes = (): number[] => {
      const sent = agent.take().filter(({ sequenceNumber }) => sequenceNumber > 3);
      for (const message of sent) expect(isEmptyOutput(message)).toBe(true);
      return [...new Set(sent.map(({ sequenceNumber }) => sequenceNumber))].sort((one, other) => one - other);
    };
    const wait = (): void => {
      for (let times = 0; times < 3 * MAX_PROBES; times += 1) agent.passToTick();
    };
    wait();
    return { agent, probes, wait };
  }
  const numbers = (first: number, count: number): number[] =>
    Array.from({ length: count }, (_, index) => first + index);

  it('MAX_PROBES: no more are made until one is acknowledged', async () => {
    const { agent, probes, wait } = await probing();
    expect(probes()).toEqual(numbers(4, MAX_PROBES));
    agent.channel.receive(CLIENT.acknowledge('x', 9));
    wait();
    expect(probes()).toEqual(numbers(4, MAX_PROBES + 1).filter((number) => number !== 9));
  });

  it('is made anew on every new socket: what is known of the former ones may never be said again', async () => {
    const { agent, probes, wait } = await probing();
    agent.channel.receive(control('start_publication'));
    expect(probes()).toEqual(numbers(4, MAX_PROBES + 1));
    wait();
    expect(probes()).toEqual(numbers(4, 2 * MAX_PROBES));
    agent.attach();
    wait();
    expect(probes()).toEqual(numbers(4, 3 * MAX_PROBES));
    for (const number of numbers(4, 2 * MAX_PROBES)) agent.channel.receive(CLIENT.acknowledge('x', number));
    wait();
    expect(probes()).toEqual(numbers(4 + 2 * MAX_PROBES, MAX_PROBES));
  });

  it('MAX_ALL_PROBES: bounds them over all sockets', async () => {
    const { agent, probes } = await probing();
    for (let socket = 0; socket < MAX_ALL_PROBES; socket += 1) {
      agent.channel.receive(control('start_publication'));
      agent.take();
    }
    agent.channel.receive(control('start_publication'));
    expect(probes()).toEqual(numbers(4, MAX_ALL_PROBES));
  });
});
