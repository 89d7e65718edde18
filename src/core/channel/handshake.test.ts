import { describe, expect, it } from 'vitest';
import { parseHandshakeComplete } from '../protocol/handshake-complete.js';
import { parseHandshakeRequest } from '../protocol/handshake-request.js';
import { encodeJson } from '../protocol/json-fields.js';
import { PayloadType } from '../protocol/payload-type.js';
import type { ChannelEvents, StreamsRequest } from './channel-api.js';
import { ChannelFrames } from './channel-frames.js';
import { encodeEncryptionChallenge } from '../protocol/encryption-challenge.js';
import {
  environmentOf,
  exchange,
  HANDSHAKE,
  joined,
  MemoryKeyService,
  SESSION_ID,
  SimulatedClock,
  TARGET_ID,
  TestEnd,
} from './channel.fixture.js';

const STREAMS: StreamsRequest = { mode: 'terminal', columns: 120, rows: 40, term: 'xterm-256color' };
const PREFIX = 'Encountered error while initiating handshake. ';
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

/** Frames of a peer that is played by hand. */
class Peer {
  readonly #frames: ChannelFrames;
  #number = 0;
  constructor(role: 'agent' | 'client') {
    this.#frames = new ChannelFrames(role, environmentOf(new SimulatedClock()));
  }
  say(payloadType: number, payload: unknown): Uint8Array {
    this.#number += 1;
    const content = payload instanceof Uint8Array ? payload : encodeJson(payload);
    return this.#frames.streamData(this.#number - 1, payloadType, content);
  }
}

function jsonOf(end: TestEnd, payloadType: number): any {
  const message = end.take().find((sent) => sent.payloadType === payloadType);
  return message === undefined ? undefined : JSON.parse(Buffer.from(message.payload).toString());
}

function startedAgent(extra: object = {}): { agent: TestEnd; client: Peer; keyService: MemoryKeyService } {
  const keyService = new MemoryKeyService();
  const agent = new TestEnd('agent', { keyService }).attach();
  agent.channel.startHandshake({ ...HANDSHAKE, ...extra });
  return { agent, client: new Peer('client'), keyService };
}

const SESSION_TYPE_DONE = { ActionType: 'SessionType', ActionStatus: 1, ActionResult: null, Error: '' };
const STREAMS_UNSUPPORTED = {
  ActionType: 'GangwayStreams',
  ActionStatus: 0,
  ActionResult: 3,
  Error: 'Unsupported action GangwayStreams',
};

describe('the handshake of two of our ends', () => {
  it('without encryption: request, response, complete', async () => {
    const { agent, client } = await joined({ client: { streams: STREAMS } });
    expect(agent.events.outcomes).toEqual([
      {
        peerVersion: '1.2.650.0',
        sessionType: 'InteractiveCommands',
        properties: null,
        encrypted: false,
        customerMessage: '',
        streams: STREAMS,
      },
    ]);
    expect(client.events.outcomes).toEqual([{ ...agent.events.outcomes[0], peerVersion: '3.3.1.0' }]);
    expect(agent.channel.writable && client.channel.writable).toBe(true);
    expect(agent.channel.nextTick).toBeUndefined();
    expect(client.channel.nextTick).toBeUndefined();
  });

  it('with encryption: key, challenge both ways, message to the user', async () => {
    const keyService = new MemoryKeyService();
    const { agent, client } = await joined({ kmsKeyId: 'k', agent: { keyService }, client: { keyService } });
    for (const end of [agent, client]) {
      expect(end.events.failures).toEqual([]);
      expect(end.events.outcomes[0]).toMatchObject({
        encrypted: true,
        customerMessage: 'This session is encrypted using AWS KMS.',
        streams: undefined,
      });
    }
    expect(keyService.contexts).toEqual([
      {
        'aws:ssm:SessionId': SESSION_ID,
        'aws:ssm:TargetId': TARGET_ID,
        'aws:ssm:RandomChallenge': expect.stringMatching(/^[A-Za-z0-9+/]{22}==$/),
      },
    ]);
    agent.channel.write(PayloadType.Output, bytes('$ '));
    const sealed = agent.sent.at(-1)!;
    expect(Buffer.from(sealed.payload).includes('$ ')).toBe(false);
    expect(sealed.payload.length).toBe(2 + 28);
    client.channel.write(PayloadType.Output, bytes('ls\r'));
    client.channel.write(PayloadType.Size, bytes('{"cols":80,"rows":24}'));
    expect(Buffer.from(client.sent.at(-1)!.payload).toString()).toBe('{"cols":80,"rows":24}');
    await exchange(agent, client);
    expect(client.events.text()).toBe('$ ');
    expect(agent.events.text()).toBe('ls\r');
    expect(agent.events.text(3)).toBe('{"cols":80,"rows":24}');
  });

  it('a customer message of the owner takes the place of ours', async () => {
    const agent = new TestEnd('agent').attach();
    const client = new TestEnd('client').attach();
    agent.channel.startHandshake({ ...HANDSHAKE, customerMessage: 'recorded' });
    await exchange(agent, client);
    expect(client.events.outcomes[0]?.customerMessage).toBe('recorded');
  });

  it('T21: another target at one end makes the key useless', async () => {
    const { agent } = await joined({ kmsKeyId: 'k', client: { targetId: `${TARGET_ID}x` } });
    expect(agent.events.failures).toEqual([
      `${PREFIX}Fetching data key failed: Unable to retrieve data key, Error when decrypting data key InvalidCiphertextException`,
    ]);
  });

  it('may begin before either socket is open', async () => {
    const agent = new TestEnd('agent');
    const client = new TestEnd('client');
    agent.channel.startHandshake(HANDSHAKE);
    expect(agent.sent).toEqual([]);
    await exchange(agent.attach(), client.attach());
    expect(client.events.outcomes.length).toBe(1);
  });
});

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
      expect(() => agent.channel.write(type, bytes('x'))).toThrowError(
        expect.objectContaining({ code: 'not-negotiated' }),
      );
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
    expect(() => agent.channel.write(1, bytes('x'))).toThrowError(expect.objectContaining({ code: 'closed' }));
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
    expect(agent.events.failures).toEqual([expect.stringContaining(PREFIX)]);
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
    expect(() => agent.channel.write(1, bytes('x'))).toThrowError(expect.objectContaining({ code: 'not-ready' }));
  });

  it('starts its handshake once, and a client never', () => {
    const { agent } = startedAgent();
    const role = expect.objectContaining({ code: 'role' });
    expect(() => agent.channel.startHandshake(HANDSHAKE)).toThrowError(role);
    expect(() => new TestEnd('client').channel.startHandshake(HANDSHAKE)).toThrowError(role);
    expect(() => new TestEnd('client').channel.sessionState('Connected')).toThrowError(role);
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

describe('the client', () => {
  const request = (...actions: object[]): unknown => ({ AgentVersion: '3.3.0.0', RequestedClientActions: actions });
  const shell = {
    ActionType: 'SessionType',
    ActionParameters: { SessionType: 'InteractiveCommands', Properties: null },
  };
  const kms = {
    ActionType: 'KMSEncryption',
    ActionParameters: { KMSKeyId: 'k', Challenge: 'AAECAwQFBgcICQoLDA0ODw==' },
  };

  it('T22: takes the first Output for a session without a handshake, and delivers it', () => {
    const client = new TestEnd('client').attach();
    const agent = new Peer('agent');
    const order: string[] = [];
    client.events.onData = () => order.push(`data after ${client.events.outcomes.length} ready`);
    client.channel.receive(agent.say(PayloadType.Output, bytes('# ')));
    expect(order).toEqual(['data after 1 ready']);
    expect(client.events.text()).toBe('# ');
    expect(client.events.outcomes).toEqual([
      { peerVersion: '', sessionType: '', properties: null, encrypted: false, customerMessage: '', streams: undefined },
    ]);
    expect(client.take().map(({ messageType }) => messageType)).toEqual(['acknowledge']);
    client.channel.write(PayloadType.Size, bytes('{"cols":80,"rows":24}'));
    expect(client.take()[0]).toMatchObject({ sequenceNumber: 0, flags: 0, messageType: 'input_stream_data' });
  });

  it('without streams answers GangwayStreams as the official client would', () => {
    const client = new TestEnd('client').attach();
    const offer = { ActionType: 'GangwayStreams', ActionParameters: { Version: 1 } };
    client.channel.receive(new Peer('agent').say(PayloadType.HandshakeRequest, request(shell, offer)));
    expect(jsonOf(client, PayloadType.HandshakeResponse)).toEqual({
      ClientVersion: '1.2.650.0',
      ProcessedClientActions: [SESSION_TYPE_DONE, STREAMS_UNSUPPORTED],
      Errors: ['Unsupported action GangwayStreams'],
    });
  });

  it('with streams says what it wants', () => {
    const client = new TestEnd('client', { streams: STREAMS }).attach();
    const offer = { ActionType: 'GangwayStreams', ActionParameters: { Version: 1 } };
    client.channel.receive(new Peer('agent').say(PayloadType.HandshakeRequest, request(shell, offer)));
    expect(jsonOf(client, PayloadType.HandshakeResponse).ProcessedClientActions[1]).toEqual({
      ActionType: 'GangwayStreams',
      ActionStatus: 1,
      ActionResult: { Mode: 'terminal', Columns: 120, Rows: 40, Term: 'xterm-256color' },
      Error: '',
    });
  });

  it('does not take part in another version of the streams', () => {
    const client = new TestEnd('client', { streams: STREAMS }).attach();
    const offer = { ActionType: 'GangwayStreams', ActionParameters: { Version: 2 } };
    client.channel.receive(new Peer('agent').say(PayloadType.HandshakeRequest, request(shell, offer)));
    expect(jsonOf(client, PayloadType.HandshakeResponse).ProcessedClientActions[1]).toEqual(STREAMS_UNSUPPORTED);
  });

  it('refuses an unknown session type, and an action with it', () => {
    const client = new TestEnd('client').attach();
    const odd = { ActionType: 'SessionType', ActionParameters: { SessionType: 'Odd' } };
    client.channel.receive(new Peer('agent').say(PayloadType.HandshakeRequest, request(odd)));
    expect(jsonOf(client, PayloadType.HandshakeResponse)).toMatchObject({
      ProcessedClientActions: [
        { ActionStatus: 2, Error: 'Failed to process action SessionType: Unknown session type Odd' },
      ],
      Errors: ['Unknown session type Odd'],
    });
  });

  it('takes every session type of wire-protocol 4.1', () => {
    for (const SessionType of ['Standard_Stream', 'InteractiveCommands', 'NonInteractiveCommands', 'Port']) {
      const client = new TestEnd('client').attach();
      const agent = new Peer('agent');
      const action = { ActionType: 'SessionType', ActionParameters: { SessionType, Properties: { portNumber: '22' } } };
      client.channel.receive(agent.say(PayloadType.HandshakeRequest, request(action)));
      client.channel.receive(
        agent.say(PayloadType.HandshakeComplete, { HandshakeTimeToComplete: 1, CustomerMessage: '' }),
      );
      expect(client.events.outcomes[0]).toMatchObject({ sessionType: SessionType, properties: { portNumber: '22' } });
    }
  });

  it('fails when the handshake is complete and there is no session type', () => {
    for (const first of [[], [request()]]) {
      const client = new TestEnd('client').attach();
      const agent = new Peer('agent');
      for (const payload of first) client.channel.receive(agent.say(PayloadType.HandshakeRequest, payload));
      client.channel.receive(agent.say(PayloadType.HandshakeComplete, {}));
      expect(client.events.failures).toEqual(['unable to determine SessionType']);
    }
  });

  it('acknowledges the challenge of the request only when there was one', async () => {
    for (const [action, acknowledged] of [
      [kms, true],
      [{ ...kms, ActionParameters: { KMSKeyId: 'k' } }, undefined],
    ] as const) {
      const keyService = new MemoryKeyService();
      const client = new TestEnd('client', { keyService }).attach();
      client.channel.receive(new Peer('agent').say(PayloadType.HandshakeRequest, request(shell, action)));
      await new Promise((resolve) => setImmediate(resolve));
      const response = jsonOf(client, PayloadType.HandshakeResponse);
      expect(response.ProcessedClientActions[1].ActionResult.ChallengeAcknowledgement).toBe(acknowledged);
      expect('aws:ssm:RandomChallenge' in keyService.contexts[0]!).toBe(acknowledged === true);
    }
  });

  it('tells the agent why there is no key, and then waits for the end of the session', async () => {
    const keyService = new MemoryKeyService();
    keyService.gate = Promise.reject(new Error('AccessDeniedException'));
    const client = new TestEnd('client', { keyService }).attach();
    const agent = new Peer('agent');
    client.channel.receive(agent.say(PayloadType.HandshakeRequest, request(shell, kms)));
    await new Promise((resolve) => setImmediate(resolve));
    const reason = 'Error calling KMS GenerateDataKey API: AccessDeniedException';
    expect(jsonOf(client, PayloadType.HandshakeResponse)).toMatchObject({
      ProcessedClientActions: [
        { ActionStatus: 1 },
        { ActionType: 'KMSEncryption', ActionStatus: 2, Error: `Failed to process action KMSEncryption: ${reason}` },
      ],
      Errors: [reason],
    });
    expect(client.events.failures).toEqual([]);
    while (client.events.failures.length === 0 && client.passToTick());
    expect(client.events.failures).toEqual([`Failed to process action KMSEncryption: ${reason}`]);
  });

  it('without a key service refuses encryption', async () => {
    const client = new TestEnd('client').attach();
    client.channel.receive(new Peer('agent').say(PayloadType.HandshakeRequest, request(shell, kms)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(jsonOf(client, PayloadType.HandshakeResponse).ProcessedClientActions[1].ActionStatus).toBe(2);
  });

  it('keeps what arrives during a call of KMS, in order', async () => {
    const keyService = new MemoryKeyService();
    let open = (): void => undefined;
    keyService.gate = new Promise((resolve) => (open = resolve));
    const client = new TestEnd('client', { keyService }).attach();
    const agent = new Peer('agent');
    client.channel.receive(agent.say(PayloadType.HandshakeRequest, request(shell, kms)));
    const complete = agent.say(PayloadType.HandshakeComplete, { CustomerMessage: 'x' });
    const size = agent.say(PayloadType.Size, bytes('{}'));
    client.channel.receive(size);
    client.channel.receive(complete);
    client.channel.receive(complete);
    expect(client.take().map(({ messageType }) => messageType)).toEqual(['acknowledge']);
    open();
    await new Promise((resolve) => setImmediate(resolve));
    expect(client.events.outcomes.length).toBe(1);
    expect(client.events.received.map(({ payloadType }) => payloadType)).toEqual([PayloadType.Size]);
    expect(client.take().map(({ messageType }) => messageType)).toEqual([
      'input_stream_data',
      'acknowledge',
      'acknowledge',
    ]);
  });

  it('has no limit before the first message, and 30 s after the request', () => {
    const client = new TestEnd('client').attach();
    expect(client.channel.nextTick).toBeUndefined();
    const start = client.clock.now;
    client.channel.receive(new Peer('agent').say(PayloadType.HandshakeRequest, request(shell)));
    while (client.events.failures.length === 0 && client.passToTick());
    expect(client.clock.now - start).toBe(30_000);
    expect(client.events.failures).toEqual(['Timed out waiting for the handshake to complete.']);
  });

  it('fails on a request that cannot be read', () => {
    const client = new TestEnd('client').attach();
    client.channel.receive(new Peer('agent').say(PayloadType.HandshakeRequest, bytes('{')));
    expect(client.events.failures).toEqual(['HandshakeRequest is not JSON']);
  });

  it('fails on a challenge that its key does not open', async () => {
    const client = new TestEnd('client', { keyService: new MemoryKeyService() }).attach();
    const agent = new Peer('agent');
    client.channel.receive(agent.say(PayloadType.HandshakeRequest, request(shell, kms)));
    await new Promise((resolve) => setImmediate(resolve));
    client.channel.receive(agent.say(PayloadType.EncChallengeRequest, encodeEncryptionChallenge(new Uint8Array(92))));
    expect(client.events.failures.length).toBe(1);
  });

  it('a handshake payload after the handshake is thrown away', () => {
    const client = new TestEnd('client').attach();
    const agent = new Peer('agent');
    client.channel.receive(agent.say(PayloadType.Output, bytes('a')));
    client.channel.receive(agent.say(PayloadType.HandshakeRequest, request(shell)));
    client.channel.receive(agent.say(PayloadType.Output, bytes('b')));
    expect(client.events.text()).toBe('ab');
    expect(client.events.outcomes.length).toBe(1);
    expect(client.events.drops).toEqual(['payload type 5 after the handshake']);
  });
});

describe('an owner', () => {
  it('that throws in ready is told of it, not the peer', () => {
    const record: string[] = [];
    const events: ChannelEvents = {
      data: () => undefined,
      ready: () => {
        throw new Error('owner');
      },
      failed: (message) => record.push(`failed ${message}`),
      writable: () => undefined,
      drained: () => undefined,
      dropped: (reason) => record.push(reason),
    };
    const client = new TestEnd('client', { events }).attach();
    client.channel.receive(new Peer('agent').say(PayloadType.Output, bytes('a')));
    expect(record).toEqual(['message 0 was not taken: owner']);
  });
});
