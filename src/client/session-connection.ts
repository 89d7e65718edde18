import type { ChannelEnvironment, HandshakeOutcome, KeyService, StreamsRequest } from '../core/channel/channel-api.js';
import { Channel } from '../core/channel/channel.js';
import { ACKNOWLEDGE_DELAY } from '../core/channel/owed-acknowledgements.js';
import { encodeDataChannelOpening } from '../core/protocol/open-data-channel.js';
import type { Dial, MessageSocket } from '../platform/aws/message-socket.js';
import { SocketPulse } from '../platform/aws/socket-pulse.js';
import { messageOf } from './failure-text.js';
import { FIRST_CONNECT_ATTEMPTS, reconnectDelay, RECONNECT_ATTEMPTS } from './reconnect-delay.js';
import { type ClientSession, type SessionApi, SessionRefused } from './session-api.js';

/** Announced in the token frame and the handshake: new enough for every version gate (wire-protocol 4.6). */
export const CLIENT_VERSION = '1.2.650.0';
/** From the first connection to the end of the handshake; the official agent needs one second (wire-protocol 1.8). */
export const READY_TIMEOUT_MS = 30_000;
/** A new connection that has lasted this long counts as good: the far side may have nothing to say. */
export const PROVED_AFTER_MS = 250;
/** A connection that answers three of these in a row with nothing is lost. Also keeps address translators awake. */
export const PING_INTERVAL_MS = 5_000;

/** How a session came to its end. */
export type SessionEnd =
  /** The far side closed the channel; `output` says why, empty when the command simply ended. */
  | { readonly kind: 'closed'; readonly output: string }
  /** We could not go on: refused, unreachable, or a broken handshake. */
  | { readonly kind: 'failed'; readonly message: string };

export interface SessionConnectionOptions {
  readonly session: ClientSession;
  readonly api: SessionApi;
  readonly dial: Dial;
  readonly environment: ChannelEnvironment;
  readonly keyService?: KeyService;
  readonly streams: StreamsRequest;
  /** A new UUID. */
  readonly newId: () => string;
  /** In [0, 1); spreads reconnects. */
  readonly random: () => number;
}

/** What a session does, to whoever shows it. */
export interface SessionEvents {
  ready(outcome: HandshakeOutcome): void;
  data(payloadType: number, payload: Uint8Array): void;
  writable(): void;
  /** Called exactly once, last. */
  ended(end: SessionEnd): void;
  /** `lost` is followed by `restored`, or by `ended`. */
  link(state: 'lost' | 'restored'): void;
}

/** One session, kept alive over as many WebSockets as it takes. */
export class SessionConnection {
  readonly #options: SessionConnectionOptions;
  readonly #events: SessionEvents;
  readonly #channel: Channel;
  /** Names this client to the gateway, the same over reconnects. */
  readonly #clientId: string;
  readonly #ended = new AbortController();
  readonly #readyTimer: NodeJS.Timeout;
  readonly #waiting: { readonly payloadType: number; readonly payload: Uint8Array }[] = [];
  #socket: MessageSocket | undefined;
  /** A frame has come from the far side, so that there is a session worth waiting for. */
  #heard = false;
  /** Attempts in a row that led to no good connection, and why the last one did not. */
  #failures = 0;
  #cause: unknown;
  #linkLost = false;
  #tickAt = Infinity;
  #tickTimer: NodeJS.Timeout | undefined;
  #pingTimer: NodeJS.Timeout | undefined;
  #proveTimer: NodeJS.Timeout | undefined;

  constructor(options: SessionConnectionOptions, events: SessionEvents) {
    this.#options = options;
    this.#events = events;
    this.#clientId = options.newId();
    this.#channel = new Channel({
      role: 'client',
      sessionId: options.session.sessionId,
      // Only part of the encryption context, where the key service puts it once it is asked (`data-key.ts`).
      targetId: '',
      environment: options.environment,
      acknowledgeDelay: ACKNOWLEDGE_DELAY,
      clientVersion: CLIENT_VERSION,
      streams: options.streams,
      ...(options.keyService && { keyService: options.keyService }),
      events: {
        ready: (outcome) => {
          clearTimeout(this.#readyTimer);
          events.ready(outcome);
        },
        data: (payloadType, payload) => events.data(payloadType, payload),
        writable: () => this.#writable(),
        drained: () => {},
        failed: (message) => this.#fail(message),
        closed: (output) => this.#end({ kind: 'closed', output }),
      },
    });
    this.#readyTimer = setTimeout(
      () => this.#fail(`the container's agent did not answer within ${READY_TIMEOUT_MS / 1000} seconds`),
      READY_TIMEOUT_MS,
    );
  }

  open(): void {
    void this.#connect(this.#options.session.tokenValue);
  }

  /** False: hold back input until the `writable` event. */
  get writable(): boolean {
    return this.#waiting.length === 0 && this.#channel.writable;
  }

  /**
   * Sends a stream message, or keeps it, copied, until the window has room: a window size or a signal cannot be held
   * back by who sends it. Whoever carries bulk must heed `writable`.
   */
  write(payloadType: number, payload: Uint8Array): void {
    if (this.#isEnded) return;
    if (this.writable) this.#channel.write(payloadType, payload);
    else this.#waiting.push({ payloadType, payload: Uint8Array.from(payload) });
    this.#scheduleTick();
  }

  /** Holds `data` back; the far side is slowed down in turn. */
  pauseDelivery(): void {
    this.#channel.pauseDelivery();
  }

  resumeDelivery(): void {
    this.#channel.resumeDelivery();
    this.#scheduleTick();
  }

  /** Ends the session on the far side too, as far as it can be told, and drops the connection. `ended` is not called. */
  async terminate(): Promise<void> {
    if (this.#isEnded) return;
    this.#ended.abort();
    this.#release();
    await this.#options.api.terminate(this.#options.session.sessionId);
  }

  /** One good connection, however many attempts it takes. Each token is good for one of them. */
  async #connect(firstToken?: string): Promise<void> {
    const { session, api, dial, random } = this.#options;
    let token = firstToken;
    while (!this.#isEnded) {
      if (this.#failures >= (this.#heard ? RECONNECT_ATTEMPTS : FIRST_CONNECT_ATTEMPTS)) {
        this.#fail(`no connection to ${new URL(session.streamUrl).host}: ${messageOf(this.#cause)}`);
        return;
      }
      try {
        if (this.#failures > 0) await this.#pause(reconnectDelay(this.#failures - 1, random()));
        token ??= await api.resume(session.sessionId);
        if (token === undefined) {
          this.#fail(`session ${session.sessionId} has ended or timed out`);
          return;
        }
        this.#attach(await dial(session.streamUrl, {}), token);
        return;
      } catch (error) {
        token = undefined;
        this.#failures++;
        this.#cause = error;
        if (error instanceof SessionRefused) this.#fail(error.message);
      }
    }
  }

  #attach(socket: MessageSocket, token: string): void {
    socket.handlers = {
      message: (data) => {
        if (typeof data === 'string') return; // The gateway never sends text (wire-protocol 1.12).
        this.#heard = true;
        if (this.#proveTimer !== undefined) this.#proved();
        this.#channel.receive(data);
        this.#scheduleTick();
      },
      close: (code, reason) => this.#lost(socket, `connection closed (${code}${reason && `, ${reason}`})`),
    };
    if (this.#isEnded) {
      socket.terminate();
      return;
    }
    this.#socket = socket;
    socket.send(
      encodeDataChannelOpening({
        end: 'client',
        requestId: this.#options.newId(),
        tokenValue: token,
        clientId: this.#clientId,
        clientVersion: CLIENT_VERSION,
      }),
    );
    const pulse = new SocketPulse(socket);
    this.#pingTimer = setInterval(() => {
      if (!pulse.beat()) this.#lost(socket, 'the endpoint no longer answers');
    }, PING_INTERVAL_MS);
    this.#proveTimer = setTimeout(() => this.#proved(), PROVED_AFTER_MS);
    this.#channel.attach((frame) => socket.send(frame));
    this.#scheduleTick();
  }

  #proved(): void {
    clearTimeout(this.#proveTimer);
    this.#proveTimer = undefined;
    this.#failures = 0;
    if (!this.#linkLost) return;
    this.#linkLost = false;
    this.#events.link('restored');
  }

  #lost(socket: MessageSocket, cause: string): void {
    if (this.#socket !== socket) return;
    if (this.#proveTimer !== undefined) {
      this.#failures++;
      this.#cause = cause;
    }
    this.#release();
    if (this.#isEnded) return;
    if (!this.#linkLost) {
      this.#linkLost = true;
      this.#events.link('lost');
    }
    void this.#connect();
  }

  #writable(): void {
    while (this.#channel.writable) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#channel.write(next.payloadType, next.payload);
    }
    if (this.writable) this.#events.writable();
  }

  #fail(message: string): void {
    this.#end({ kind: 'failed', message });
  }

  #end(end: SessionEnd): void {
    if (this.#isEnded) return;
    this.#ended.abort();
    this.#release();
    this.#events.ended(end);
  }

  /** Lets go of the socket and of all timers that run while there is one. */
  #release(): void {
    if (this.#isEnded) clearTimeout(this.#readyTimer);
    clearInterval(this.#pingTimer);
    clearTimeout(this.#proveTimer);
    this.#proveTimer = undefined;
    clearTimeout(this.#tickTimer);
    this.#tickAt = Infinity;
    this.#channel.detach();
    const socket = this.#socket;
    this.#socket = undefined;
    // A close frame goes out behind the last acknowledgement.
    socket?.close(1000);
  }

  get #isEnded(): boolean {
    return this.#ended.signal.aborted;
  }

  /** Keeps one timer for the channel's next due moment; most frames do not move it. */
  #scheduleTick(): void {
    const at = this.#channel.nextTick;
    if (at === undefined || this.#isEnded || at >= this.#tickAt) return;
    clearTimeout(this.#tickTimer);
    this.#tickAt = at;
    const due = (): void => {
      this.#tickAt = Infinity;
      this.#channel.tick();
      this.#scheduleTick();
    };
    this.#tickTimer = setTimeout(due, Math.max(0, at - this.#options.environment.now()));
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#ended;
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
      signal.addEventListener('abort', done);
    });
  }
}
