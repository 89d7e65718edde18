import type { MessageSocket } from '../../platform/aws/message-socket.js';
import { SocketPulse } from '../../platform/aws/socket-pulse.js';
import type { Clock } from '../clock.js';

/**
 * AWS's agent pings each of its channels every 54 seconds, and leaves one that has not answered for 60 (wire-protocol
 * 1.10). Ours finds a dead line after three of these, while its endpoint still
 * waits for it.
 */
export const PING_INTERVAL_MS = 10_000;

/** Pings every open socket of this host from one timer, which runs only while there are sockets. */
export class KeepAlive {
  readonly #clock: Clock;
  readonly #sockets = new Map<MessageSocket, { readonly pulse: SocketPulse; readonly silent: () => void }>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `silent`: nothing comes from the other end any more; the socket has been terminated. */
  add(socket: MessageSocket, silent: () => void): void {
    this.#sockets.set(socket, { pulse: new SocketPulse(socket), silent });
    this.#cancel ??= this.#clock.after(PING_INTERVAL_MS, () => this.#ping());
  }

  delete(socket: MessageSocket): void {
    this.#sockets.delete(socket);
    if (this.#sockets.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #ping(): void {
    this.#cancel = this.#clock.after(PING_INTERVAL_MS, () => this.#ping());
    for (const { pulse, silent } of this.#sockets.values()) if (!pulse.beat()) silent();
  }
}
