import type { MessageSocket } from '../../platform/aws/message-socket.js';
import { within, type Clock } from '../clock.js';
import { Backoff, type BackoffLimits } from './backoff.js';
import type { KeepAlive } from './keep-alive.js';

/** An attempt to connect is given up after this long. */
export const CONNECT_TIMEOUT_MS = 15_000;
/** A connection that lived this long, or brought a message, was a good one: its loss is retried fast again. */
export const SETTLED_AFTER_MS = 1_000;

export interface PersistentSocketOptions {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly keepAlive: KeepAlive;
  readonly backoff: BackoffLimits;
  connect(): Promise<MessageSocket>;
  /** Connected, or connected again. Send the first frames from here. */
  opened(socket: MessageSocket): void;
  message(data: Uint8Array | string): void;
  /** The connection is gone. Another follows, unless this side has stopped. */
  closed(reason: string): void;
  /** An attempt failed, the `attempt`th in a row. False gives up for good. */
  refused(error: unknown, attempt: number): boolean;
}

/** A WebSocket that is opened again whenever it is lost, until {@link PersistentSocket.stop}. */
export class PersistentSocket {
  readonly #options: PersistentSocketOptions;
  readonly #backoff: Backoff;
  #socket: MessageSocket | undefined;
  #cancelWait: (() => void) | undefined;
  #openedAt = 0;
  #heard = false;
  #refusals = 0;
  #stopped = false;

  constructor(options: PersistentSocketOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.backoff, options.random);
  }

  /** The socket while connected. */
  get socket(): MessageSocket | undefined {
    return this.#socket;
  }

  start(): void {
    void this.#attempt();
  }

  /** Sends when connected; false when not. */
  send(data: Uint8Array | string): boolean {
    this.#socket?.send(data);
    return this.#socket !== undefined;
  }

  /** Closes for good. A frame already sent still arrives. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelWait?.();
    this.#release()?.close(1000);
  }

  async #attempt(): Promise<void> {
    const { clock } = this.#options;
    this.#cancelWait = undefined;
    try {
      const connecting = this.#options.connect();
      const socket = await within(clock, CONNECT_TIMEOUT_MS, connecting, undefined);
      if (socket === undefined) {
        connecting.then((late) => late.terminate()).catch(() => undefined);
        throw new Error(`no connection within ${CONNECT_TIMEOUT_MS / 1000} s`);
      }
      this.#adopt(socket);
    } catch (error) {
      if (this.#stopped) return;
      if (this.#socket !== undefined) {
        // The first frames could not be made; the close that follows leads to another attempt.
        this.#socket.terminate();
        return;
      }
      this.#refusals += 1;
      if (this.#options.refused(error, this.#refusals)) this.#retry();
      else this.#stopped = true;
    }
  }

  #adopt(socket: MessageSocket): void {
    if (this.#stopped) {
      socket.terminate();
      return;
    }
    const { clock, keepAlive } = this.#options;
    this.#socket = socket;
    this.#openedAt = clock.now();
    this.#heard = false;
    this.#refusals = 0;
    socket.handlers = {
      message: (data) => {
        if (this.#socket !== socket) return;
        this.#heard = true;
        this.#options.message(data);
      },
      close: (code, reason) => this.#lost(socket, `${code}${reason === '' ? '' : ` ${reason}`}`),
    };
    keepAlive.add(socket, () => this.#lost(socket, 'the other end no longer answers'));
    this.#options.opened(socket);
  }

  #lost(socket: MessageSocket, reason: string): void {
    if (this.#socket !== socket) return;
    this.#release();
    if (this.#heard || this.#options.clock.now() - this.#openedAt >= SETTLED_AFTER_MS) this.#backoff.reset();
    this.#options.closed(reason);
    if (!this.#stopped) this.#retry();
  }

  #retry(): void {
    this.#cancelWait = this.#options.clock.after(this.#backoff.next(), () => void this.#attempt());
  }

  #release(): MessageSocket | undefined {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket !== undefined) this.#options.keepAlive.delete(socket);
    return socket;
  }
}
