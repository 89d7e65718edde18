import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { DecodedMessage } from '../protocol/message.js';
import { PayloadType } from '../protocol/payload-type.js';
import { exchange, HANDSHAKE, joined, TestEnd, WITH_STREAMS } from './channel.fixture.js';
import { AGENT, bytes, Peer, SESSION_TYPE_DONE } from './spoken-frames.fixture.js';

const NONE = new Uint8Array(32);
const digests = (messages: readonly DecodedMessage[]): Buffer[] =>
  messages.map(({ payloadDigest }) => Buffer.from(payloadDigest));
const digestOf = ({ payload }: DecodedMessage): Buffer => createHash('sha256').update(payload).digest();

/** A word each way and its acknowledgement. */
async function talk(agent: TestEnd, client: TestEnd): Promise<DecodedMessage[]> {
  agent.take();
  client.take();
  agent.channel.write(PayloadType.Output, bytes('out'));
  client.channel.write(PayloadType.Output, bytes('in'));
  const words = [...agent.sent, ...client.sent];
  const frames = [agent.takeFrames(), client.takeFrames()];
  for (const frame of frames[0]!) client.channel.receive(frame);
  for (const frame of frames[1]!) agent.channel.receive(frame);
  const answers = [...agent.sent, ...client.sent];
  await exchange(agent, client);
  expect([client.events.text(), agent.events.text()]).toEqual(['out', 'in']);
  expect([...agent.events.drops, ...client.events.drops]).toEqual([]);
  return [...words, ...answers];
}

/** An agent whose client has answered the offer of streams in these words. */
function agentWith(streams: unknown): TestEnd {
  const agent = new TestEnd('agent').attach();
  agent.channel.startHandshake(HANDSHAKE);
  const answer = { ActionType: 'GangwayStreams', ActionStatus: 1, ActionResult: streams, Error: '' };
  const actions = [SESSION_TYPE_DONE, answer];
  agent.channel.receive(new Peer('client').say(PayloadType.HandshakeResponse, { ProcessedClientActions: actions }));
  agent.take();
  agent.channel.write(PayloadType.Output, bytes('out'));
  return agent;
}

describe('digests', () => {
  it('are left out after the handshake of two ends of ours', async () => {
    const { agent, client } = await joined(WITH_STREAMS);
    const spoken = await talk(agent, client);
    expect(spoken.length).toBeGreaterThan(3);
    for (const digest of digests(spoken)) expect(digest).toEqual(Buffer.from(NONE));
  });

  it('are in every message where the client does not speak of streams', async () => {
    const { agent, client } = await joined();
    const spoken = await talk(agent, client);
    expect(spoken.length).toBeGreaterThan(3);
    expect(digests(spoken)).toEqual(spoken.map(digestOf));
  });

  it('are in every message of a handshake', () => {
    const agent = new TestEnd('agent').attach();
    const client = new TestEnd('client', { streams: { mode: 'terminal' } }).attach();
    agent.channel.startHandshake(HANDSHAKE);
    const spoken: DecodedMessage[] = [];
    for (const [from, to] of [[agent, client] as const, [client, agent] as const, [agent, client] as const]) {
      spoken.push(...from.sent.filter(({ messageType }) => messageType !== 'acknowledge'));
      for (const frame of from.takeFrames()) to.channel.receive(frame);
    }
    expect(spoken.map(({ payloadType }) => payloadType)).toEqual([5, 6, 7]);
    expect(digests(spoken)).toEqual(spoken.map(digestOf));
  });

  it('are made by an agent whose client says nothing of them, as ours did once', () => {
    expect(digests(agentWith({ Mode: 'pipes', NoDigests: true }).sent)).toEqual([Buffer.from(NONE)]);
    for (const streams of [{ Mode: 'pipes' }, { Mode: 'pipes', NoDigests: false }]) {
      const { sent } = agentWith(streams);
      expect(digests(sent)).toEqual(sent.map(digestOf));
    }
  });

  it('may be missing from output that overtakes the end of the handshake', () => {
    const client = new TestEnd('client', { streams: { mode: 'terminal' } }).attach();
    const agent = new Peer('agent');
    const actions = [
      { ActionType: 'SessionType', ActionParameters: { SessionType: 'Standard_Stream' } },
      { ActionType: 'GangwayStreams', ActionParameters: { Version: 1 } },
    ];
    client.channel.receive(
      agent.say(PayloadType.HandshakeRequest, { AgentVersion: '3.3.1.0', RequestedClientActions: actions }),
    );
    const complete = agent.say(PayloadType.HandshakeComplete, { HandshakeTimeToComplete: 1, CustomerMessage: '' });
    const early = AGENT.streamData(2, PayloadType.Output, bytes('early'));
    early.set(NONE, 80);
    client.channel.receive(early);
    client.channel.receive(complete);
    expect(client.events.text()).toBe('early');
    expect(client.events.drops).toEqual([]);
  });

  it('that do not fit drop a message, from an agent that is not known to be ours', () => {
    const client = new TestEnd('client', { streams: { mode: 'terminal' } }).attach();
    const wrong = AGENT.streamData(0, PayloadType.Output, bytes('wrong'));
    wrong.set(NONE, 80);
    client.channel.receive(wrong);
    expect(client.events.text()).toBe('');
    expect(client.events.drops).toEqual([expect.stringContaining('does not fit its digest')]);
  });
});
