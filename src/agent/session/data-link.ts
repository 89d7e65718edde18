import { randomUUID } from 'node:crypto';
import type { ChannelEvents } from '../../core/channel/channel-api.js';
import { Channel } from '../../core/channel/channel.js';
import { ACKNOWLEDGE_DELAY } from '../../core/channel/owed-acknowledgements.js';
import { MessageType } from '../../core/protocol/message-type.js';
import { peekMessage } from '../../core/protocol/peek-message.js';
import type { MessageSocket } from '../../platform/aws/message-socket.js';
import type { Secret } from '../../platform/aws/secret.js';
import { UpgradeRefused } from '../../platform/aws/upgrade-refused.js';
import type { AgentHost } from '../agent-host.js';
import { within } from '../clock.js';
import { ChannelRefused, createChannel } from '../connection/create-channel.js';
import { PersistentSocket } from '../connection/persistent-socket.js';
import { causeOf } from '../log.js';

/** Waits between attempts to open a data channel; AWS's agent caps them at 5 s too (wire-protocol 1.10). */
export const DATA_BACKOFF = { firstMs: 100, capMs: 5_000 } as const;
/** Attempts before a session that never had a data channel is given up, as AWS's agent does. */
export const FIRST_CONNECT_ATTEMPTS = 6;
/** What the service says of a session that is over, AWS's and ours; no further attempt is made then. */
export const OVER = ['Session is already terminated', 'Session does not exist'] as const;
/** How long the end of a session waits for an acknowledgement; each one that comes starts it anew. */
export const DRAIN_MS = 2_000;
/** How long the end of a session waits for a lost data channel, or a lost client, to come back. */
export const ABSENT_DRAIN_MS = 30_000;

export interface DataLinkEvents extends ChannelEvents {
  /** The data channel is open for the first time. */
  connected(): void;
  /** The service has ended the session. */
  channelClosed(): void;
  /** There will be no data channel. */
  refused(error: unknown): void;
}

export interface DataLinkOptions {
  readonly host: AgentHost;
  readonly sessionId: string;
  readonly target: string;
  readonly events: DataLinkEvents;
}

/**
 * The agent's end of a session's data channel over as many sockets as it takes. While there is none, what is written
 * is kept up to the window; numbering and keys go on unchanged.
 */
export class DataLink {
  readonly channel: Channel;
  readonly #options: DataLinkOptions;
  readonly #line: PersistentSocket;
  #token: Secret | undefined;
  #connected = false;
  #closed = false;
  /** The gateway has said that no client is attached (wire-protocol 3.6). */
  #clientAway = false;
  #heardAt = 0;
  #onDrained: (() => void) | undefined;

  constructor(options: DataLinkOptions) {
    this.#options = options;
    const { host, sessionId, target, events } = options;
    this.channel = new Channel({
      role: 'agent',
      sessionId,
      targetId: target,
      environment: host.environment,
      acknowledgeDelay: ACKNOWLEDGE_DELAY,
      events: {
        ...events,
        drained: () => {
          this.#onDrained?.();
          events.drained();
        },
      },
      ...(host.keyService === undefined ? {} : { keyService: host.keyService }),
    });
    this.#line = new PersistentSocket({
      clock: host.clock,
      random: host.random,
      keepAlive: host.keepAlive,
      backoff: DATA_BACKOFF,
      connect: () => this.#connect(),
      opened: (socket) => this.#opened(socket),
      message: (data) => this.#message(data),
      closed: (reason) => {
        this.channel.detach();
        host.log.debug({ sessionId, reason }, 'data channel lost');
      },
      refused: (error, attempt) => this.#refused(error, attempt),
    });
  }

  open(): void {
    this.#options.host.ticker.add(this.channel);
    this.#line.start();
  }

  get writable(): boolean {
    return this.channel.writable;
  }

  write(payloadType: number, payload: Uint8Array): void {
    this.channel.write(payloadType, payload);
    this.#options.host.ticker.wake(this.channel);
  }

  /** Resolves with whether everything written was acknowledged; false when the client has stopped answering. */
  async drain(): Promise<boolean> {
    const { clock } = this.#options.host;
    const begun = clock.now();
    while (!this.#closed && !this.channel.drained) {
      const now = clock.now();
      const absent = this.#line.socket === undefined || this.#clientAway;
      const rest = Math.max(begun, this.#heardAt) + DRAIN_MS - now;
      if (rest <= 0 && (!absent || now - begun >= ABSENT_DRAIN_MS)) break;
      const drained = new Promise<void>((resolve) => (this.#onDrained = resolve));
      await within(clock, rest > 0 ? rest : DRAIN_MS, drained, undefined);
    }
    return this.channel.drained;
  }

  /** Ends the data channel; nothing more is sent or received. */
  close(): void {
    this.#closed = true;
    this.#onDrained?.();
    this.#options.host.ticker.delete(this.channel);
    this.channel.close();
    this.#line.stop();
  }

  async #connect(): Promise<MessageSocket> {
    const { host, sessionId } = this.#options;
    const path = `/v1/data-channel/${sessionId}`;
    // ClientId is empty in AWS's agent too (T6).
    this.#token = await createChannel(host.api, 'createDataChannel', path, {
      MessageSchemaVersion: '1.0',
      RequestId: randomUUID(),
      ClientId: '',
    });
    return host.api.connect('ssmmessages', `${path}?role=publish_subscribe`);
  }

  #opened(socket: MessageSocket): void {
    const { host, target, events } = this.#options;
    socket.send(
      JSON.stringify({
        MessageSchemaVersion: '1.0',
        RequestId: randomUUID(),
        TokenValue: this.#token?.reveal() ?? '',
        ClientInstanceId: target,
        ClientId: '',
      }),
    );
    this.#token = undefined;
    this.#heardAt = host.clock.now();
    this.channel.attach((frame) => socket.send(frame));
    if (!this.#connected) {
      this.#connected = true;
      events.connected();
    }
    host.ticker.wake(this.channel);
  }

  #message(data: Uint8Array | string): void {
    const { host, sessionId, events } = this.#options;
    // The gateway never sends text (wire-protocol 1.12).
    if (typeof data === 'string') return;
    try {
      const { messageType } = peekMessage(data);
      if (messageType === MessageType.ChannelClosed) {
        events.channelClosed();
        return;
      }
      this.#clientAway = messageType === MessageType.PausePublication;
      if (messageType === MessageType.Acknowledge) this.#heardAt = host.clock.now();
    } catch (error) {
      host.log.warn({ sessionId, cause: causeOf(error) }, 'frame dropped');
      return;
    }
    this.channel.receive(data);
    host.ticker.wake(this.channel);
  }

  #refused(error: unknown, attempt: number): boolean {
    const { host, sessionId, events } = this.#options;
    const answered = error instanceof ChannelRefused || error instanceof UpgradeRefused;
    const over = answered && OVER.some((text) => error.body.includes(text));
    if (!over && (this.#connected || attempt < FIRST_CONNECT_ATTEMPTS)) {
      host.log.debug({ sessionId, attempt, cause: causeOf(error) }, 'data channel not opened');
      return true;
    }
    events.refused(error);
    return false;
  }
}
