import { describe, expect, it } from 'vitest';
import { PayloadType } from '../protocol/payload-type.js';
import type { ChannelEvents, StreamsRequest } from './channel-api.js';
import { exchange, HANDSHAKE, joined, MemoryKeyService, SESSION_ID, TARGET_ID, TestEnd } from './channel.fixture.js';
import { bytes, Peer } from './spoken-frames.fixture.js';

const STREAMS: StreamsRequest = { mode: 'terminal', columns: 120, rows: 40, term: 'xterm-256color' };
const PREFIX = 'Encountered error while initiating handshake. ';

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
        streams: { ...STREAMS, noDigests: true },
      },
    ]);
    expect(client.events.outcomes).toEqual([{ ...agent.events.outcomes[0], peerVersion: '3.3.1.0', streams: STREAMS }]);
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
    const sealed = agent.sent[0]!;
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
