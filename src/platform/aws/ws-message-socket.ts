import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import type { MessageSocket, MessageSocketHandlers } from './message-socket.js';
import { CLOSE_TIMEOUT_MS, PAUSED_PONG_INTERVAL_MS } from './message-socket-limits.js';

const deaf: MessageSocketHandlers = { message: () => undefined, close: () => undefined };

/**
 * A {@link MessageSocket} over the network, at either end. Reads nothing until its handlers are set. Bytes given to
 * `send` must not be changed afterwards: they may still be waiting.
 */
export class WsMessageSocket implements MessageSocket {
  readonly #socket: WebSocket;
  readonly #transport: Socket;
  #handlers = deaf;
  #paused = false;
  #pongTimer: NodeJS.Timeout | undefined;
  #closeTimer: NodeJS.Timeout | undefined;
  #corked = false;
  #drainDue = false;
  #closed: { code: number; reason: string } | undefined;

  /** `socket` is open and runs over `transport`. */
  constructor(socket: WebSocket, transport: Socket) {
    this.#socket = socket;
    this.#transport = transport;
    socket.pause();
    socket.on('message', (data: RawData, isBinary) => {
      const bytes = data as Buffer;
      this.#handlers.message(isBinary ? bytes : bytes.toString('utf8'));
    });
    socket.on('ping', () => this.#handlers.ping?.());
    // Always followed by `close`, which says what there is to say.
    socket.on('error', () => undefined);
    socket.on('close', (code, reason) => this.#end(code, reason.toString('utf8')));
  }

  get handlers(): MessageSocketHandlers {
    return this.#handlers;
  }

  set handlers(handlers: MessageSocketHandlers) {
    const first = this.#handlers === deaf;
    this.#handlers = handlers;
    if (!first) return;
    if (this.#closed !== undefined) handlers.close(this.#closed.code, this.#closed.reason);
    else if (!this.#paused) this.#socket.resume();
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  get bytesRead(): number {
    return this.#transport.bytesRead;
  }

  get state(): MessageSocket['state'] {
    if (this.#closed !== undefined) return 'closed';
    return this.#paused ? 'paused' : 'open';
  }

  send(data: Uint8Array | string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#cork();
    this.#drainDue = true;
    this.#socket.send(data, this.#sent);
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
    this.#pongTimer ??= setInterval(() => this.#pongWhilePaused(), PAUSED_PONG_INTERVAL_MS).unref();
  }

  resume(): void {
    this.#paused = false;
    if (this.#handlers !== deaf) this.#socket.resume();
  }

  ping(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  close(code?: number, reason?: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.close(code, reason);
    // The answer must be read, and what comes before it.
    this.#socket.resume();
    this.#closeTimer = setTimeout(() => this.#socket.terminate(), CLOSE_TIMEOUT_MS).unref();
  }

  terminate(): void {
    this.#socket.terminate();
  }

  /** One call of the kernel for everything that is sent in the same turn. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#transport.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#transport.uncork();
    });
  }

  readonly #sent = (): void => {
    if (!this.#drainDue || this.#socket.bufferedAmount > 0 || this.#closed !== undefined) return;
    this.#drainDue = false;
    this.#handlers.drain?.();
  };

  #pongWhilePaused(): void {
    if (this.#paused && this.#socket.readyState === WebSocket.OPEN) {
      this.#socket.pong();
    } else {
      clearInterval(this.#pongTimer);
      this.#pongTimer = undefined;
    }
  }

  #end(code: number, reason: string): void {
    clearInterval(this.#pongTimer);
    clearTimeout(this.#closeTimer);
    this.#closed = { code, reason };
    if (this.#handlers !== deaf) this.#handlers.close(code, reason);
  }
}
