import { describe, expect, it } from 'vitest';
import { encodeEncryptionChallenge } from '../protocol/encryption-challenge.js';
import { parseHandshakeComplete } from '../protocol/handshake-complete.js';
import { parseHandshakeRequest } from '../protocol/handshake-request.js';
import { PayloadType } from '../protocol/payload-type.js';
import { ChannelFrames } from './channel-frames.js';
import { environmentOf, HANDSHAKE, MemoryKeyService, SimulatedClock, TestEnd } from './channel.fixture.js';
import { bytes, Peer, SESSION_TYPE_DONE, STREAMS_UNSUPPORTED } from './spoken-frames.fixture.js';

const PREFIX = 'Encountered error while initiating handshake. ';

function startedAgent(extra: object = {}): { agent: TestEnd; client: Peer; keyService: MemoryKeyService } {
  const keyService = new MemoryKeyService();
  const agent = new TestEnd('agent', { keyService }).attach();
  agent.channel.startHandshake({ ...HANDSHAKE, ...extra });
  return { agent, client: new Peer('client'), keyService };
}

describe('the agent', () => {
  it('asks for SessionType first and GangwayStreams last', () => {
    const { agent } = startedAgent({ kmsKeyId: 'k' });
    const [message] = agent.take();
    const request = parseHandshakeRequest(message!.payload);
    expect(request.requestedClientActions.map(({ actionType }) => actionType)).toEqual([
      'SessionType',
      'KMSEncryption',
      'GangwayStreams',
    ]);
    expect(request.requestedClientActions[2]!.actionParameters).toEqual({ Version: 1 });
    expect(message).toMatchObject({ sequenceNumber: 0, flags: 1, payloadType: 5, messageType: 'output_stream_data' });
  });

  it('goes on when the official client does not know GangwayStreams', () => {
    const { agent, client } = startedAgent();
    const answer = {
      ClientVersion: '1.2.650.0',
      ProcessedClientActions: [SESSION_TYPE_DONE, STREAMS_UNSUPPORTED],
      Errors: ['Unsupported action GangwayStreams'],
    };
    agent.channel.receive(client.say(PayloadType.HandshakeResponse, answer));
    expect(agent.events.failures).toEqual([]);
    expect(agent.events.outcomes[0]?.streams).toBeUndefined();
    for (const type of [PayloadType.StdErr, PayloadType.ExitCode]) {
      expect(() => agent.channel.write(type, bytes('x'))).toThrow(expect.objectContaining({ code: 'not-negotiated' }));
    }
  });

  it('fails the session on any other failed action, with the text of wire-protocol 4.2', () => {
    const { agent, client } = startedAgent({ kmsKeyId: 'k' });
    const error = 'Failed to process action KMSEncryption: Error calling KMS GenerateDataKey API: AccessDenied';
    const answer = {
      ProcessedClientActions: [SESSION_TYPE_DONE, { ActionType: 'KMSEncryption', ActionStatus: 2, Error: error }],
    };
    agent.channel.receive(client.say(PayloadType.HandshakeResponse, answer));
    expect(agent.events.failures).toEqual([`${PREFIX}KMSEncryption failed on client with status 2 error: ${error}`]);
    expect(agent.events.outcomes).toEqual([]);
    expect(() => agent.channel.write(1, bytes('x'))).toThrow(expect.objectContaining({ code: 'closed' }));
  });

  it('does not go on without encryption when the client says nothing of it', () => {
    const { agent, client } = startedAgent({ kmsKeyId: 'k' });
    agent.channel.receive(client.say(PayloadType.HandshakeResponse, { ProcessedClientActions: [SESSION_TYPE_DONE] }));
    expect(agent.events.failures).toEqual([
      `${PREFIX}KMSEncryption failed on client with status 0 error: the client did not answer it`,
    ]);
  });

  it('does not take streams that it has not offered', () => {
    const { agent, client } = startedAgent({ offerStreams: false });
    const streams = { ActionType: 'GangwayStreams', ActionStatus: 1, ActionResult: { Mode: 'pipes' } };
    agent.channel.receive(client.say(PayloadType.HandshakeResponse, { ProcessedClientActions: [streams] }));
    expect(agent.events.outcomes[0]?.streams).toBeUndefined();
  });

  it('refuses streams that make no sense', () => {
    const bad = [
      null,
      {},
      { Mode: 'x' },
      { Mode: 'pipes', Rows: -1 },
      { Mode: 'pipes', Columns: 65_536 },
      { Mode: 'pipes', Term: '../x' },
    ];
    for (const ActionResult of bad) {
      const { agent, client } = startedAgent();
      const answer = { ProcessedClientActions: [{ ActionType: 'GangwayStreams', ActionStatus: 1, ActionResult }] };
      agent.channel.receive(client.say(PayloadType.HandshakeResponse, answer));
      expect(agent.events.failures, JSON.stringify(ActionResult)).toEqual([
        expect.stringContaining(`${PREFIX}GangwayStreams`),
      ]);
    }
  });

  it('waits 15 s for the response', () => {
    const { agent } = startedAgent();
    const start = agent.clock.now;
    while (agent.events.failures.length === 0 && agent.passToTick());
    expect(agent.clock.now - start).toBe(15_000);
    expect(agent.events.failures).toEqual([
      `${PREFIX}Handshake timed out. Please ensure that you have the latest version of the session manager plugin.`,
    ]);
    expect(agent.channel.nextTick).toBeUndefined();
  });

  it('waits 15 s for the data key, and does not care when it comes later', async () => {
    const { agent, client, keyService } = startedAgent({ kmsKeyId: 'k' });
    let open = (): void => undefined;
    keyService.gate = new Promise((resolve) => (open = resolve));
    agent.channel.receive(client.say(PayloadType.HandshakeResponse, kmsAnswer('AQID')));
    while (agent.events.failures.length === 0 && agent.passToTick());
    open();
    await new Promise((resolve) => setImmediate(resolve));
    expect(agent.events.failures).toEqual([expect.stringContaining('Error when decrypting data key timed out')]);
  });

  it('waits 15 s for the answer to the challenge', async () => {
    const keyService = new MemoryKeyService();
    const { agent, client, start } = await challenged(keyService);
    expect(client.take()).not.toEqual([]);
    while (agent.events.failures.length === 0 && agent.passToTick());
    expect(agent.clock.now - start).toBe(15_000);
    expect(agent.events.failures).toEqual([`${PREFIX}Timed out waiting for encryption challenge.`]);
  });

  it('says so at once when the answer to the challenge is wrong', async () => {
    const { agent } = await challenged(new MemoryKeyService());
    const frames = new ChannelFrames('client', environmentOf(agent.clock));
    const wrong = encodeEncryptionChallenge(new Uint8Array(92));
    agent.channel.receive(frames.streamData(1, PayloadType.EncChallengeResponse, wrong));
    expect(agent.events.failures).toEqual([`${PREFIX}Encryption challenge does not match!`]);
    expect(agent.events.outcomes).toEqual([]);
  });

  it('fails on a response that cannot be read', () => {
    for (const payload of [bytes('no json'), bytes('[]'), bytes('{"ProcessedClientActions":7}')]) {
      const { agent, client } = startedAgent();
      agent.channel.receive(client.say(PayloadType.HandshakeResponse, payload));
      expect(agent.events.failures).toEqual([expect.stringContaining(`${PREFIX}HandshakeResponse`)]);
    }
  });

  it('T19: input before the end of the handshake is acknowledged and thrown away', () => {
    const { agent, client } = startedAgent();
    agent.take();
    agent.channel.receive(client.say(PayloadType.Output, bytes('early')));
    expect(agent.take().map(({ messageType }) => messageType)).toEqual(['acknowledge']);
    agent.channel.receive(client.say(PayloadType.HandshakeResponse, { ProcessedClientActions: [SESSION_TYPE_DONE] }));
    agent.channel.receive(client.say(PayloadType.Output, bytes('late')));
    expect(agent.events.text()).toBe('late');
  });

  it('T28: tells the duration in nanoseconds', () => {
    const { agent, client } = startedAgent();
    agent.clock.now += 25;
    agent.channel.receive(client.say(PayloadType.HandshakeResponse, { ProcessedClientActions: [SESSION_TYPE_DONE] }));
    const complete = agent.take().find(({ payloadType }) => payloadType === PayloadType.HandshakeComplete)!;
    expect(parseHandshakeComplete(complete.payload).handshakeTimeToComplete).toBe(25_000_000);
  });

  it('writes nothing before the end of the handshake', () => {
    const { agent } = startedAgent();
    expect(agent.channel.writable).toBe(false);
    expect(() => agent.channel.write(1, bytes('x'))).toThrow(expect.objectContaining({ code: 'not-ready' }));
  });

  it('starts its handshake once, and a client never', () => {
    const { agent } = startedAgent();
    const role = expect.objectContaining({ code: 'role' });
    expect(() => agent.channel.startHandshake(HANDSHAKE)).toThrow(role);
    expect(() => new TestEnd('client').channel.startHandshake(HANDSHAKE)).toThrow(role);
    expect(() => new TestEnd('client').channel.sessionState('Connected')).toThrow(role);
  });
});

function kmsAnswer(key: string): unknown {
  return {
    ProcessedClientActions: [
      SESSION_TYPE_DONE,
      { ActionType: 'KMSEncryption', ActionStatus: 1, ActionResult: { KMSCipherTextKey: key } },
    ],
  };
}

/** An agent that has sent its challenge to a client that has not answered. */
async function challenged(keyService: MemoryKeyService): Promise<{ agent: TestEnd; client: TestEnd; start: number }> {
  const clock = new SimulatedClock();
  const agent = new TestEnd('agent', { keyService }, clock).attach();
  const client = new TestEnd('client', { keyService }, clock).attach();
  agent.channel.startHandshake({ ...HANDSHAKE, kmsKeyId: 'k' });
  for (const frame of agent.takeFrames()) client.channel.receive(frame);
  await new Promise((resolve) => setImmediate(resolve));
  for (const frame of client.takeFrames()) agent.channel.receive(frame);
  await new Promise((resolve) => setImmediate(resolve));
  expect(agent.sent.at(-1)?.payloadType).toBe(PayloadType.EncChallengeRequest);
  for (const frame of agent.takeFrames()) client.channel.receive(frame);
  return { agent, client, start: clock.now };
}
