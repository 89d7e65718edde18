// eslint-disable-next-line no-restricted-imports -- a fixture brings the platform that the floor is given
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { decodeMessage } from '../protocol/decode-message.js';
import type { DecodedMessage } from '../protocol/message.js';
import type {
  ChannelEnvironment,
  ChannelEvents,
  ChannelRole,
  HandshakeOutcome,
  KeyService,
  PayloadCipher,
} from './channel-api.js';
import { Channel } from './channel.js';
import type { ChannelOptions } from './channel.js';

export const SESSION_ID = 'ecs-execute-command-0123456789abcdef0';
export const TARGET_ID = 'ecs:demo_0123456789abcdef0123456789abcdef_0123456789abcdef0123456789abcdef-2531612879';

/** AES-256-GCM with a nonce of the caller's choice, or a random one. */
export function gcm(key: Uint8Array, nextNonce: () => Uint8Array = () => randomBytes(12)): PayloadCipher {
  return {
    seal(plaintext) {
      const nonce = nextNonce();
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const text = cipher.update(plaintext);
      cipher.final();
      return Buffer.concat([nonce, text, cipher.getAuthTag()]);
    },
    open(sealed) {
      const cipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
      cipher.setAuthTag(sealed.subarray(sealed.length - 16));
      const text = cipher.update(sealed.subarray(12, sealed.length - 16));
      cipher.final();
      return text;
    },
  };
}

/** Time that only moves when told. */
export class SimulatedClock {
  now = 1_700_000_000_000;
}

export function environmentOf(clock: SimulatedClock): ChannelEnvironment {
  return {
    now: () => clock.now,
    randomBytes: (length) => randomBytes(length),
    sha256: (bytes) => createHash('sha256').update(bytes).digest(),
    cipher: (key) => gcm(key),
  };
}

/** KMS in memory: decrypts only under the context that the key was made with. */
export class MemoryKeyService implements KeyService {
  readonly contexts: Record<string, string>[] = [];
  readonly #keys = new Map<string, { plaintext: Uint8Array; context: string }>();
  /** Decrypts and generates wait for this. */
  gate: Promise<void> = Promise.resolve();

  async generateDataKey(request: {
    keyId: string;
    numberOfBytes: number;
    encryptionContext: Record<string, string>;
  }): Promise<{ plaintext: Uint8Array; ciphertextBlob: Uint8Array }> {
    await this.gate;
    const plaintext = randomBytes(request.numberOfBytes);
    const ciphertextBlob = randomBytes(48);
    this.contexts.push(request.encryptionContext);
    this.#keys.set(ciphertextBlob.toString('hex'), { plaintext, context: JSON.stringify(request.encryptionContext) });
    return { plaintext, ciphertextBlob };
  }

  async decrypt(request: {
    keyId: string;
    ciphertextBlob: Uint8Array;
    encryptionContext: Record<string, string>;
  }): Promise<Uint8Array> {
    await this.gate;
    const key = this.#keys.get(Buffer.from(request.ciphertextBlob).toString('hex'));
    if (key?.context !== JSON.stringify(request.encryptionContext)) throw new Error('InvalidCiphertextException');
    return key.plaintext;
  }
}

/** What a channel told its owner. */
export class EventRecord implements ChannelEvents {
  readonly received: { payloadType: number; payload: Uint8Array }[] = [];
  readonly outcomes: HandshakeOutcome[] = [];
  readonly failures: string[] = [];
  readonly closings: string[] = [];
  readonly drops: string[] = [];
  writableCount = 0;
  drainedCount = 0;
  onData: ((payloadType: number, payload: Uint8Array) => void) | undefined;

  data(payloadType: number, payload: Uint8Array): void {
    this.onData?.(payloadType, payload);
    this.received.push({ payloadType, payload: Uint8Array.from(payload) });
  }
  ready(outcome: HandshakeOutcome): void {
    this.outcomes.push(outcome);
  }
  failed(message: string): void {
    this.failures.push(message);
  }
  writable(): void {
    this.writableCount += 1;
  }
  drained(): void {
    this.drainedCount += 1;
  }
  dropped(reason: string): void {
    this.drops.push(reason);
  }
  closed(output: string): void {
    this.closings.push(output);
  }

  text(payloadType = 1): string {
    return Buffer.concat(
      this.received.filter((one) => one.payloadType === payloadType).map((one) => one.payload),
    ).toString();
  }
}

/** A channel with everything it sent, decoded. */
export class TestEnd {
  readonly events = new EventRecord();
  readonly channel: Channel;
  readonly clock: SimulatedClock;
  readonly sent: DecodedMessage[] = [];
  readonly frames: Uint8Array[] = [];

  constructor(role: ChannelRole, options: Partial<ChannelOptions> = {}, clock = new SimulatedClock()) {
    this.clock = clock;
    this.channel = new Channel({
      role,
      sessionId: SESSION_ID,
      targetId: TARGET_ID,
      environment: environmentOf(clock),
      events: this.events,
      ...options,
    });
  }

  attach(): this {
    this.channel.attach((frame) => {
      this.frames.push(frame);
      this.sent.push(decodeMessage(frame));
    });
    return this;
  }

  /** What has been sent since the last call. */
  take(): DecodedMessage[] {
    this.frames.length = 0;
    return this.sent.splice(0);
  }

  /** Frames sent since the last call. */
  takeFrames(): Uint8Array[] {
    this.sent.length = 0;
    return this.frames.splice(0);
  }

  /** Lets time pass up to the next tick, at most `limit` ms. False: nothing was pending. */
  passToTick(limit = Infinity): boolean {
    const next = this.channel.nextTick;
    if (next === undefined || next - this.clock.now > limit) return false;
    this.clock.now = Math.max(this.clock.now, next);
    this.channel.tick();
    return true;
  }
}

/** Carries frames both ways until nothing is left, KMS calls included. */
export async function exchange(agent: TestEnd, client: TestEnd): Promise<void> {
  for (let quiet = 0; quiet < 8;) {
    const fromAgent = agent.takeFrames();
    const fromClient = client.takeFrames();
    for (const frame of fromAgent) client.channel.receive(frame);
    for (const frame of fromClient) agent.channel.receive(frame);
    quiet = fromAgent.length + fromClient.length === 0 ? quiet + 1 : 0;
    await Promise.resolve();
  }
}

export const HANDSHAKE = Object.freeze({
  agentVersion: '3.3.1.0',
  sessionType: 'InteractiveCommands',
  offerStreams: true,
});

/** With `joined`: a client that speaks GangwayStreams. To any other, an agent sends output in two messages. */
export const WITH_STREAMS = Object.freeze({ client: Object.freeze({ streams: { mode: 'terminal' } as const }) });

/** Two ends that have shaken hands. */
export async function joined(
  options: { agent?: Partial<ChannelOptions>; client?: Partial<ChannelOptions>; kmsKeyId?: string } = {},
): Promise<{ agent: TestEnd; client: TestEnd; clock: SimulatedClock }> {
  const clock = new SimulatedClock();
  const keyService = new MemoryKeyService();
  const agent = new TestEnd('agent', { keyService, ...options.agent }, clock).attach();
  const client = new TestEnd('client', { keyService, ...options.client }, clock).attach();
  agent.channel.startHandshake({
    ...HANDSHAKE,
    ...(options.kmsKeyId === undefined ? {} : { kmsKeyId: options.kmsKeyId }),
  });
  await exchange(agent, client);
  return { agent, client, clock };
}
