import { acknowledgedNumber } from '../protocol/acknowledge.js';
import type { SessionState } from '../protocol/agent-session-state.js';
import { decodeMessage } from '../protocol/decode-message.js';
import type { DecodedMessage } from '../protocol/message.js';
import { MessageType } from '../protocol/message-type.js';
import { AgentHandshake, type HandshakeStart } from './agent-handshake.js';
import type { ChannelEvents, HandshakeOutcome, StreamsRequest } from './channel-api.js';
import { ChannelError } from './channel-error.js';
import { ChannelFrames } from './channel-frames.js';
import { DEFAULT_CHANNEL_LIMITS } from './channel-limits.js';
import type { ChannelLimits } from './channel-limits.js';
import { DEFAULT_CLIENT_VERSION } from './channel-options.js';
import type { ChannelOptions } from './channel-options.js';
import { ClientHandshake } from './client-handshake.js';
import { closingOutput } from './closing-output.js';
import { isHandshakeType, reasonOf } from './handshake.js';
import type { Handshake, HandshakeHost } from './handshake.js';
import { IncomingStream } from './incoming-stream.js';
import { OutgoingStream } from './outgoing-stream.js';
import type { OutgoingMessage } from './outgoing-window.js';
import { OwedAcknowledgements } from './owed-acknowledgements.js';
import type { StreamEncryption } from './stream-encryption.js';
import { StreamWriter } from './stream-writer.js';
import { writeRefusal } from './write-refusal.js';

export type { ChannelOptions, HandshakeStart };

/**
 * One end of a data channel: orders, acknowledges, repeats, bounds and encrypts (wire-protocol 2 to 4). It owns no
 * socket, timer or clock: the owner attaches sockets, hands in frames, and calls {@link tick} at {@link nextTick}.
 * Numbering, buffers and keys outlive every socket.
 */
export class Channel {
  readonly #options: ChannelOptions;
  readonly #events: ChannelEvents;
  readonly #limits: ChannelLimits;
  readonly #frames: ChannelFrames;
  readonly #outgoing: OutgoingStream;
  readonly #writer: StreamWriter;
  readonly #incoming: IncomingStream;
  readonly #owed: OwedAcknowledgements;
  readonly #handshake: Handshake;
  readonly #handlers: ReadonlyMap<string, (message: DecodedMessage) => void>;
  #send: ((frame: Uint8Array) => void) | undefined;
  #phase: 'handshake' | 'open' | 'ended' = 'handshake';
  #streams: StreamsRequest | undefined;
  #wasWritable = false;
  /** `channel_closed` has come while the consumer was busy with what came before it. */
  #closing: { readonly output: string } | undefined;

  constructor(options: ChannelOptions) {
    const { environment, events, role } = options;
    this.#options = options;
    this.#events = events;
    this.#limits = { ...DEFAULT_CHANNEL_LIMITS, ...options.limits };
    this.#frames = new ChannelFrames(role, environment);
    this.#outgoing = new OutgoingStream(this.#limits, () => environment.now());
    this.#writer = new StreamWriter(this.#outgoing, this.#frames);
    const { clientVersion = DEFAULT_CLIENT_VERSION, streams } = options;
    const host = this.#handshakeHost();
    this.#handshake =
      role === 'agent' ? new AgentHandshake(host) : new ClientHandshake(host, { clientVersion, streams });
    this.#owed = new OwedAcknowledgements(environment, ({ messageId, sequenceNumber }) =>
      this.#transmit(this.#frames.acknowledge(messageId, sequenceNumber)),
    );
    this.#incoming = new IncomingStream(this.#limits, {
      now: () => environment.now(),
      busy: () => this.#phase === 'ended' || (this.#phase === 'handshake' && this.#handshake.busy),
      deliver: (payloadType, payload) => this.#deliver(payloadType, payload),
      acknowledge: (message) => this.#owed.add(message),
      dropped: (reason) => events.dropped?.(reason),
      incomplete: (sequenceNumber) => this.#fail(`The other end left out message ${sequenceNumber} of the session.`),
    });
    this.#handlers = new Map<string, (message: DecodedMessage) => void>([
      [this.#frames.incomingType, (message) => this.#takeStreamMessage(message)],
      [MessageType.Acknowledge, (message) => this.#takeAcknowledge(message)],
      [MessageType.ChannelClosed, (message) => this.#takeChannelClosed(message)],
      [MessageType.PausePublication, () => this.#takePausePublication()],
      [MessageType.StartPublication, () => this.#takeStartPublication()],
    ]);
  }

  /** A socket is open, the first or another one. Everything unacknowledged is sent at once, in order. */
  attach(send: (frame: Uint8Array) => void): void {
    if (this.#phase === 'ended') return;
    this.#send = send;
    this.#incoming.attached();
    this.#writer.renewed();
    this.#outgoing.attach((frame) => this.#transmit(frame));
    this.#announceWritable();
  }

  /** The socket is gone. */
  detach(): void {
    this.#send = undefined;
    this.#owed.clear();
    this.#outgoing.detach();
  }

  /**
   * One binary WebSocket message, whose bytes must not be changed afterwards: some may be kept. Never throws: what
   * cannot be taken is dropped, with its reason to `events`.
   */
  receive(frame: Uint8Array): void {
    if (this.#phase === 'ended') return;
    try {
      const message = decodeMessage(frame, this.#limits.maxFrameBytes);
      this.#frames.digests.verify(message);
      const handler = this.#handlers.get(message.messageType);
      if (handler === undefined) throw new Error(`no use for ${JSON.stringify(message.messageType)} here`);
      handler(message);
    } catch (error) {
      this.#events.dropped?.(reasonOf(error));
    }
  }

  /**
   * Numbers, encrypts where needed, keeps until acknowledged, and sends. The payload is copied. Nothing is sent for an
   * empty one: no official peer could make or wants to see it. Throws {@link ChannelError}.
   */
  write(payloadType: number, payload: Uint8Array): void {
    const fits = (frameBytes: number): boolean => this.#outgoing.fits(frameBytes);
    const conditions = { phase: this.#phase, streams: this.#streams, limits: this.#limits, fits };
    const refusal = writeRefusal(conditions, payloadType, payload);
    if (refusal !== undefined) throw refusal;
    if (payload.length === 0) return;
    this.#sendStored(this.#writer.store(payloadType, payload));
  }

  /** False: the window is full, publication is paused or the handshake is not over; wait for `events.writable`. */
  get writable(): boolean {
    return this.#phase === 'open' && !this.#outgoing.full && !this.#outgoing.paused;
  }

  /** Nothing is unacknowledged. */
  get drained(): boolean {
    return this.#outgoing.empty;
  }

  /** The consumer is busy: messages are kept, up to the limits, and not acknowledged until delivered. */
  pauseDelivery(): void {
    this.#incoming.pause();
  }

  resumeDelivery(): void {
    if (this.#phase === 'ended') return;
    this.#incoming.resume();
    this.#finishClosing();
  }

  /** Milliseconds since the epoch at which {@link tick} must be called next; undefined: nothing is pending. */
  get nextTick(): number | undefined {
    const { deadline = Infinity } = this.#handshake;
    const next = Math.min(deadline, this.#outgoing.wakeAt ?? Infinity, this.#owed.dueAt ?? Infinity);
    return this.#phase === 'ended' || next === Infinity ? undefined : next;
  }

  /** Acknowledges and repeats what is overdue, and ends a handshake that takes too long. Harmless when called early. */
  tick(): void {
    if (this.#phase === 'ended') return;
    if ((this.#owed.dueAt ?? Infinity) <= this.#options.environment.now()) this.#owed.flush();
    if (this.#outgoing.tick()) this.#sendStored(this.#writer.storeProbe());
    const { deadline } = this.#handshake;
    if (deadline !== undefined && this.#options.environment.now() >= deadline) this.#handshake.expire();
  }

  /** Agent only, once. Throws {@link ChannelError}. */
  startHandshake(request: HandshakeStart): void {
    if (this.#phase === 'ended') throw new ChannelError('closed', 'the channel is closed');
    if (!(this.#handshake instanceof AgentHandshake))
      throw new ChannelError('role', 'only an agent starts a handshake');
    if (this.#handshake.started) throw new ChannelError('role', 'the handshake has been started before');
    this.#handshake.start(request);
  }

  /** Agent only: for the gateway. Not numbered, not acknowledged, lost when no socket is attached. */
  sessionState(state: SessionState): void {
    if (this.#options.role !== 'agent') throw new ChannelError('role', 'only an agent has a session state');
    this.#transmit(this.#frames.sessionState({ sessionState: state, sessionId: this.#options.sessionId }));
  }

  /** No more of anything. */
  close(): void {
    this.#phase = 'ended';
    this.detach();
    this.#outgoing.clear();
    this.#incoming.clear();
  }

  #handshakeHost(): HandshakeHost {
    return {
      ...this.#options,
      send: (payloadType, payload) => {
        if (this.#phase !== 'ended') this.#sendStored(this.#writer.store(payloadType, payload));
      },
      ready: (outcome, encryption) => this.#ready(outcome, encryption),
      streamsAnswered: () => this.#frames.digests.verifyNone(),
      fail: (message) => this.#fail(message),
      proceed: () => {
        this.#incoming.drain();
        this.#finishClosing();
      },
      dropped: (reason) => this.#events.dropped?.(reason),
    };
  }

  #ready(outcome: HandshakeOutcome, encryption: StreamEncryption | undefined): void {
    if (this.#phase !== 'handshake') return;
    this.#phase = 'open';
    this.#streams = outcome.streams;
    this.#frames.digests.agree(outcome.streams);
    if (outcome.streams !== undefined) this.#owed.allow(this.#options.acknowledgeDelay ?? 0);
    this.#writer.open(encryption, this.#options.role === 'agent' && outcome.streams === undefined);
    this.#incoming.openWith((payloadType, payload) => encryption?.incoming(payloadType, payload) ?? payload);
    this.#events.ready(outcome);
    this.#announceWritable();
  }

  #fail(message: string): void {
    if (this.#phase === 'ended') return;
    this.close();
    this.#events.failed(message);
  }

  #deliver(payloadType: number, payload: Uint8Array): void {
    if (this.#phase === 'handshake' && this.#handshake.receive(payloadType, payload)) return;
    if (isHandshakeType(payloadType)) this.#events.dropped?.(`payload type ${payloadType} after the handshake`);
    else if (payload.length > 0) this.#events.data(payloadType, payload);
  }

  #takeStreamMessage(message: DecodedMessage): void {
    this.#outgoing.resume();
    this.#announceWritable();
    this.#incoming.receive(message);
    this.#finishClosing();
  }

  #takeAcknowledge(message: DecodedMessage): void {
    const acknowledged = acknowledgedNumber(message.payload);
    this.#outgoing.resume();
    this.#announceWritable();
    if (!this.#outgoing.acknowledge(acknowledged) || this.#phase !== 'open') return;
    this.#writer.acknowledged(acknowledged);
    this.#announceWritable();
    if (this.#outgoing.empty) this.#events.drained();
  }

  /** The official client ignores this; a client has no peer whose absence it should wait out. */
  #takePausePublication(): void {
    if (this.#options.role === 'agent') this.#outgoing.pause();
    this.#announceWritable();
  }

  /** The peer has a new socket: what was under way to the old one may be lost. */
  #takeStartPublication(): void {
    this.#writer.renewed();
    this.#outgoing.resendAll();
    this.#sendStored(this.#writer.storeProbe());
    this.#announceWritable();
  }

  #takeChannelClosed(message: DecodedMessage): void {
    const output = closingOutput(this.#options.role, message.payload, (reason) => this.#events.dropped?.(reason));
    if (output === undefined) return;
    this.#closing = { output };
    this.#finishClosing();
  }

  #finishClosing(): void {
    if (this.#closing === undefined || this.#incoming.holdsNext || this.#phase === 'ended') return;
    this.close();
    this.#events.closed?.(this.#closing.output);
  }

  #sendStored(messages: readonly OutgoingMessage[]): void {
    this.#announceWritable();
    for (const message of messages) this.#outgoing.send(message);
  }

  /** A socket that throws is a socket that is gone. */
  #transmit(frame: Uint8Array): void {
    try {
      this.#send?.(frame);
    } catch (error) {
      this.detach();
      this.#events.dropped?.(`the socket takes nothing more: ${reasonOf(error)}`);
    }
  }

  /** Says so once each time `writable` has turned true. */
  #announceWritable(): void {
    const before = this.#wasWritable;
    this.#wasWritable = this.writable;
    if (this.#wasWritable && !before) this.#events.writable();
  }
}
