import type { OutgoingMessage, OutgoingWindow } from './outgoing-window.js';
import { RetransmissionTimeout } from './retransmission-timeout.js';

/** Frame bytes repeated in one round; at least one message. */
export const RESEND_ROUND_BYTES = 262_144;

/** Milliseconds between two rounds while acknowledgements come in. */
export const RESEND_ROUND_INTERVAL = 10;

/**
 * Decides when which message is sent again. Unlike the official programs, which repeat only the oldest message, every
 * overdue one gets its turn, the one that has waited longest first: an official client never acknowledges a message
 * twice (T7), so waiting for the oldest alone could mean waiting for ever. It never gives up.
 */
export class Retransmission {
  readonly #window: OutgoingWindow;
  readonly #timeout = new RetransmissionTimeout();
  #wakeAt: number | undefined;
  /** Messages last sent at or before this moment are overdue; set while a loss is being repaired. */
  #overdueBefore: number | undefined;
  #acknowledgedSinceRound = true;

  constructor(window: OutgoingWindow) {
    this.#window = window;
  }

  /** Milliseconds since the epoch at which {@link takeOverdue} has something to do; undefined: never. */
  get wakeAt(): number | undefined {
    return this.#wakeAt;
  }

  sent(message: OutgoingMessage, now: number): void {
    message.sends += 1;
    message.sentAt = now;
    this.#wakeAt ??= now + this.#timeout.current;
  }

  acknowledged(message: OutgoingMessage, now: number): void {
    if (message.sends === 1) this.#timeout.sample(now - message.sentAt);
    this.#acknowledgedSinceRound = true;
    if (this.#window.empty) this.reset();
    else if (this.#overdueBefore !== undefined && this.#wakeAt !== undefined) {
      this.#wakeAt = Math.min(this.#wakeAt, now + RESEND_ROUND_INTERVAL);
    }
  }

  /** Everything has been sent anew, or nothing is left. */
  reset(): void {
    this.#wakeAt = undefined;
    this.#overdueBefore = undefined;
    this.#acknowledgedSinceRound = true;
  }

  /** The messages to send again now. The caller reports each of them by {@link sent}. */
  takeOverdue(now: number): readonly OutgoingMessage[] {
    if (this.#wakeAt === undefined || now < this.#wakeAt) return [];
    if (this.#overdueBefore === undefined) {
      const oldest = this.#oldest();
      if (oldest === undefined || oldest + this.#timeout.current > now) {
        this.#wakeAt = oldest === undefined ? undefined : oldest + this.#timeout.current;
        return [];
      }
      this.#overdueBefore = now - this.#timeout.current;
      this.#timeout.backOff();
    } else if (!this.#acknowledgedSinceRound) {
      this.#timeout.backOff();
    }
    return this.#round(this.#overdueBefore, now);
  }

  #round(overdueBefore: number, now: number): readonly OutgoingMessage[] {
    const overdue = [...this.#window.messages].filter(({ sends, sentAt }) => sends > 0 && sentAt <= overdueBefore);
    overdue.sort((left, right) => left.sentAt - right.sentAt);
    let count = 0;
    for (let bytes = 0; count < overdue.length && (count === 0 || bytes < RESEND_ROUND_BYTES); count += 1) {
      bytes += overdue[count]?.frame.length ?? 0;
    }
    if (count < overdue.length) {
      this.#wakeAt = now + (this.#acknowledgedSinceRound ? RESEND_ROUND_INTERVAL : this.#timeout.current);
    } else {
      this.#overdueBefore = undefined;
      this.#wakeAt = now + this.#timeout.current;
    }
    this.#acknowledgedSinceRound = false;
    return overdue.slice(0, count);
  }

  #oldest(): number | undefined {
    let oldest: number | undefined;
    for (const { sends, sentAt } of this.#window.messages) {
      if (sends > 0 && (oldest === undefined || sentAt < oldest)) oldest = sentAt;
    }
    return oldest;
  }
}
