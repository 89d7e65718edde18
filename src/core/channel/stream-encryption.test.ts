import { describe, expect, it } from 'vitest';
import { PayloadType } from '../protocol/payload-type.js';
import type { PayloadCipher } from './channel-api.js';
import { gcm } from './channel.fixture.js';
import { StreamEncryption } from './stream-encryption.js';

const DATA_KEY = Uint8Array.from({ length: 64 }, (_, index) => index);
const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value, 'latin1'));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function withNonce(nonce: string): (key: Uint8Array) => PayloadCipher {
  return (key) => gcm(key, () => Buffer.from(nonce, 'hex'));
}

describe('appendix A.4', () => {
  it('agent to client: key bytes 0 to 31', () => {
    const agent = new StreamEncryption('agent', DATA_KEY, withNonce('000102030405060708090a0b'));
    const sealed = agent.outgoing(PayloadType.Output, text('hello'));
    expect(hex(sealed)).toBe('000102030405060708090a0b2f67ba77aa2797ff353b8a046d28236dcd9d057bbb');
    const client = new StreamEncryption('client', DATA_KEY, (key) => gcm(key));
    expect(Buffer.from(client.incoming(PayloadType.Output, sealed)).toString()).toBe('hello');
  });

  it('client to agent: key bytes 32 to 63', () => {
    const client = new StreamEncryption('client', DATA_KEY, withNonce('0b0a09080706050403020100'));
    const sealed = client.outgoing(PayloadType.Output, text('exit\r'));
    expect(hex(sealed)).toBe('0b0a090807060504030201007ed0dc8e7b2909540cc44a155e41de9f66328b5ffd');
    const agent = new StreamEncryption('agent', DATA_KEY, (key) => gcm(key));
    expect(Buffer.from(agent.incoming(PayloadType.Output, sealed)).toString()).toBe('exit\r');
  });
});

describe('stream encryption', () => {
  it('T20: seals 1, 11 and 12 from the agent, 1 from the client, and nothing else', () => {
    for (const [role, sealed] of [
      ['agent', [1, 11, 12]],
      ['client', [1]],
    ] as const) {
      const peer = role === 'agent' ? 'client' : 'agent';
      const sender = new StreamEncryption(role, DATA_KEY, (key) => gcm(key));
      const receiver = new StreamEncryption(peer, DATA_KEY, (key) => gcm(key));
      for (let type = 0; type <= 13; type += 1) {
        const wire = sender.outgoing(type, text('x'));
        expect(wire.length, `${role} ${type}`).toBe((sealed as readonly number[]).includes(type) ? 29 : 1);
        expect(Buffer.from(receiver.incoming(type, wire)).toString()).toBe('x');
      }
    }
  });

  it('refuses a payload of the other direction, a changed one and a short one', () => {
    const agent = new StreamEncryption('agent', DATA_KEY, (key) => gcm(key));
    const sealed = agent.seal(text('x'));
    expect(() => agent.open(sealed)).toThrow();
    const client = new StreamEncryption('client', DATA_KEY, (key) => gcm(key));
    expect(() => client.open(Uint8Array.from(sealed, (byte, index) => (index === 12 ? byte ^ 1 : byte)))).toThrow();
    expect(() => client.open(sealed.subarray(0, 20))).toThrow();
  });

  it('needs a key of 64 bytes', () => {
    for (const length of [0, 32, 63, 65]) {
      expect(() => new StreamEncryption('agent', new Uint8Array(length), (key) => gcm(key))).toThrow(RangeError);
    }
  });

  it('does not look at the key again once made', () => {
    const key = Uint8Array.from(DATA_KEY);
    const agent = new StreamEncryption('agent', key, (half) => gcm(half));
    key.fill(0);
    const client = new StreamEncryption('client', DATA_KEY, (half) => gcm(half));
    expect(Buffer.from(client.open(agent.seal(text('x')))).toString()).toBe('x');
  });
});
