import type { MessageSocket } from './message-socket.js';

/** Pings in a row that may bring nothing, not one byte, before the peer counts as gone. */
export const UNANSWERED_PINGS = 3;

/**
 * Finds out whether the peer of a socket still lives. A network that is pulled sends neither FIN nor RST: without this
 * a socket that waits to be told something waits for ever. Counts pings and not time, so that a process that was
 * stopped, or a machine that slept, does not take every peer for dead.
 */
export class SocketPulse {
  readonly socket: MessageSocket;
  #bytesRead: number;
  #unanswered = 0;

  constructor(socket: MessageSocket) {
    this.socket = socket;
    this.#bytesRead = socket.bytesRead;
  }

  /**
   * Call at even intervals: pings. False when the peer has answered {@link UNANSWERED_PINGS} of them with nothing; the
   * socket is terminated then. Any byte is an answer, so that a slow line has time for a long message.
   */
  beat(): boolean {
    const { socket } = this;
    const { bytesRead, state } = socket;
    if (state === 'closed') return true;
    // Who is paused does not read the answers either.
    if (bytesRead !== this.#bytesRead || state === 'paused') this.#unanswered = 0;
    if (this.#unanswered >= UNANSWERED_PINGS) {
      socket.terminate();
      return false;
    }
    this.#unanswered += 1;
    this.#bytesRead = bytesRead;
    socket.ping();
    return true;
  }
}
