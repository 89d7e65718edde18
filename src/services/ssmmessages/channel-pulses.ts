import type { MessageSocket } from '../../platform/aws/message-socket.js';
import { SocketPulse } from '../../platform/aws/socket-pulse.js';
import { PING_INTERVAL } from './relay-limits.js';

interface Entry {
  readonly pulse: SocketPulse;
  readonly silent: () => void;
  dueAt: number;
}

/**
 * Pings every socket of the gateway, and drops those whose peer is gone without a word: the official client looks for
 * no life at our end, so that nobody else would find out. Each socket has its own moment, counted from its opening:
 * thousands of them are not pinged at once.
 */
export class ChannelPulses {
  readonly #entries = new Set<Entry>();

  /** Sockets that are looked after; those that have closed leave with the next sweep. */
  get size(): number {
    return this.#entries.size;
  }

  /** `silent`: for the log; the socket has been terminated. */
  add(socket: MessageSocket, now: number, silent: () => void): void {
    this.#entries.add({ pulse: new SocketPulse(socket), silent, dueAt: now + PING_INTERVAL });
  }

  /** Looks at the clock. */
  sweep(now: number): void {
    for (const entry of this.#entries) {
      if (entry.pulse.socket.state === 'closed') this.#entries.delete(entry);
      else if (now >= entry.dueAt) {
        entry.dueAt = now + PING_INTERVAL;
        if (!entry.pulse.beat()) entry.silent();
      }
    }
  }
}
