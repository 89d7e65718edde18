import { randomUUID } from 'node:crypto';
import type { StreamsRequest } from '../core/channel/channel-api.js';
import { Channel } from '../core/channel/channel.js';
import { encodeChannelClosed } from '../core/protocol/channel-closed.js';
import { encodeMessage } from '../core/protocol/encode-message.js';
import { encodeExitCode } from '../core/protocol/exit-code.js';
import { MessageType } from '../core/protocol/message-type.js';
import { parseDataChannelOpening } from '../core/protocol/open-data-channel.js';
import { PayloadType } from '../core/protocol/payload-type.js';
import type { MessageSocket, MessageSocketHandlers } from '../platform/aws/message-socket.js';
import { nodeChannelEnvironment } from '../platform/crypto/node-channel-environment.js';
import type { ClientSession, SessionApi } from './session-api.js';
import { SessionConnection } from './session-connection.js';

/** What came from the client, in order. */
export interface Received {
  readonly payloadType: number;
  readonly payload: Buffer;
}

type Ended = 'open' | 'closed';

/** Gateway and agent in one, scripted: enough of both for a client to be tried against. */
export class FarSide {
  readonly session: ClientSession = {
    sessionId: 'test-session',
    streamUrl: 'ws://far.side/v1/data',
    tokenValue: 'first',
  };
  readonly received: Received[] = [];
  readonly tokens: string[] = [];
  readonly clientIds = new Set<string>();
  /** Set to have dialling or resuming fail. */
  dialError: Error | undefined;
  resumeResult: () => Promise<string | undefined> = () => Promise.resolve(`token-${randomUUID()}`);
  streams: StreamsRequest | undefined;
  terminated = 0;
  pings = 0;
  channel: Channel;
  #state: Ended = 'open';
  #handshake: 'gangway' | 'official' | 'none';
  #started = false;
  #client: FakeSocket | undefined;
  #waiters: (() => void)[] = [];
  readonly #ticker: NodeJS.Timeout;

  constructor(handshake: 'gangway' | 'official' | 'none' = 'gangway') {
    this.#handshake = handshake;
    this.channel = new Channel({
      role: 'agent',
      sessionId: this.session.sessionId,
      targetId: 'ecs:test',
      environment: nodeChannelEnvironment,
      events: {
        ready: ({ streams }) => {
          this.streams = streams;
          this.#notify();
        },
        data: (payloadType, payload) => {
          this.received.push({ payloadType, payload: Buffer.from(payload) });
          this.#notify();
        },
        failed: () => this.#notify(),
        writable: () => this.#notify(),
        drained: () => this.#notify(),
      },
    });
    this.#ticker = setInterval(() => this.channel.tick(), 20);
  }

  readonly api: SessionApi = {
    resume: () => this.resumeResult(),
    terminate: () => {
      this.terminated++;
      return Promise.resolve();
    },
  };

  readonly dial = (): Promise<MessageSocket> => {
    if (this.dialError !== undefined) return Promise.reject(this.dialError);
    const socket = new FakeSocket(
      (data) => this.#fromClient(socket, data),
      () => this.pings++,
    );
    return Promise.resolve(socket);
  };

  connectionOptions(streams: StreamsRequest): ConstructorParameters<typeof SessionConnection>[0] {
    return {
      session: this.session,
      api: this.api,
      dial: this.dial,
      environment: nodeChannelEnvironment,
      streams,
      newId: randomUUID,
      random: () => 0,
    };
  }

  /** Bytes of one payload type, joined. */
  text(payloadType: number = PayloadType.Output): string {
    const parts = this.received.filter((message) => message.payloadType === payloadType);
    return Buffer.concat(parts.map(({ payload }) => payload)).toString('latin1');
  }

  /** Resolves when the condition holds; looked at whenever something arrives. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  write(text: string | Uint8Array, payloadType: number = PayloadType.Output): void {
    this.channel.write(payloadType, typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  /** As a command ends: its exit code, everything acknowledged, closed. */
  async exit(code: number | undefined, output = ''): Promise<void> {
    if (code !== undefined) this.channel.write(PayloadType.ExitCode, encodeExitCode(code));
    await this.until(() => this.channel.drained);
    this.close(output);
  }

  close(output = ''): void {
    const messageId = randomUUID();
    const { sessionId } = this.session;
    const closed = { messageId, createdDate: '', destinationId: 'ecs:test', sessionId, output };
    this.#client?.deliver(
      encodeMessage(
        {
          messageType: MessageType.ChannelClosed,
          createdDate: 1,
          sequenceNumber: 0,
          flags: 0,
          messageId,
          payloadType: 0,
          payload: encodeChannelClosed(closed),
        },
        (bytes) => nodeChannelEnvironment.sha256(bytes),
      ),
    );
    this.stop();
  }

  /** The network is pulled: nothing arrives any more in either direction, and nobody is told. */
  pull(): void {
    this.#client?.pull();
    this.#client = undefined;
    this.channel.detach();
  }

  /** The network drops the connection. */
  cut(): void {
    const socket = this.#client;
    this.#client = undefined;
    this.channel.detach();
    socket?.closed();
  }

  stop(): void {
    clearInterval(this.#ticker);
    this.#state = 'closed';
  }

  get connected(): boolean {
    return this.#client !== undefined;
  }

  #fromClient(socket: FakeSocket, data: Uint8Array | string): void {
    if (typeof data !== 'string') {
      if (this.#client === socket) this.channel.receive(data);
      this.#notify();
      return;
    }
    const opening = parseDataChannelOpening(data);
    if (opening.end !== 'client') throw new Error('not a client');
    this.tokens.push(opening.tokenValue);
    this.clientIds.add(opening.clientId);
    this.#client = socket;
    this.channel.attach((frame) => socket.deliver(frame));
    if (!this.#started && this.#handshake !== 'none') {
      this.#started = true;
      this.channel.startHandshake({
        agentVersion: '3.3.0.0',
        sessionType: 'InteractiveCommands',
        offerStreams: this.#handshake === 'gangway',
      });
    }
    this.#notify();
  }

  #notify(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }

  get state(): Ended {
    return this.#state;
  }
}

/** The client's half of a connection; frames travel in a later turn of the event loop, as over a network. */
class FakeSocket implements MessageSocket {
  handlers: MessageSocketHandlers = { message: () => {}, close: () => {} };
  readonly bufferedAmount = 0;
  bytesRead = 0;
  readonly #toServer: (data: Uint8Array | string) => void;
  readonly #pinged: () => void;
  #open = true;
  #pulled = false;

  constructor(toServer: (data: Uint8Array | string) => void, ping: () => void) {
    this.#toServer = toServer;
    this.#pinged = ping;
  }

  get state(): MessageSocket['state'] {
    return this.#open ? 'open' : 'closed';
  }

  ping(): void {
    if (this.#pulled) return;
    this.bytesRead += 2;
    this.#pinged();
  }

  pull(): void {
    this.#pulled = true;
  }

  send(data: Uint8Array | string): void {
    setImmediate(() => this.#open && !this.#pulled && this.#toServer(data));
  }

  deliver(frame: Uint8Array): void {
    const copy = Uint8Array.from(frame);
    setImmediate(() => {
      if (!this.#open || this.#pulled) return;
      this.bytesRead += copy.length;
      this.handlers.message(copy);
    });
  }

  closed(code = 1006): void {
    if (!this.#open) return;
    this.#open = false;
    this.handlers.close(code, '');
  }

  pause(): void {}
  resume(): void {}

  close(): void {
    setImmediate(() => this.closed(1000));
  }

  terminate(): void {
    this.closed();
  }
}
