import { describe, expect, it } from 'vitest';
import { encodeEncryptionChallenge } from '../protocol/encryption-challenge.js';
import { PayloadType } from '../protocol/payload-type.js';
import type { StreamsRequest } from './channel-api.js';
import { MemoryKeyService, TestEnd } from './channel.fixture.js';
import { bytes, Peer, SESSION_TYPE_DONE, STREAMS_UNSUPPORTED } from './spoken-frames.fixture.js';

const STREAMS: StreamsRequest = { mode: 'terminal', columns: 120, rows: 40, term: 'xterm-256color' };

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever JSON it is, the test says what it must be
function jsonOf(end: TestEnd, payloadType: number): any {
  const message = end.take().find((sent) => sent.payloadType === payloadType);
  return message === undefined ? undefined : JSON.parse(Buffer.from(message.payload).toString());
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
      ActionResult: { Mode: 'terminal', NoDigests: true, Columns: 120, Rows: 40, Term: 'xterm-256color' },
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
    expect(client.events.failures).toEqual(['The encryption challenge of the agent cannot be decrypted.']);
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
