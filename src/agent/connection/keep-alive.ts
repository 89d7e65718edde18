import type { MessageSocket } from '../../platform/aws/message-socket.js';
import type { Clock } from '../clock.js';

/** AWS's agent pings each of its channels this often (wire-protocol 1.10). */
export const PING_INTERVAL_MS = 54_000;

/** Pings every open socket of this host from one timer, which runs only while there are sockets. */
export class KeepAlive {
  readonly #clock: Clock;
  readonly #sockets = new Set<MessageSocket>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(socket: MessageSocket): void {
    this.#sockets.add(socket);
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
    for (const socket of this.#sockets) socket.ping();
  }
}
