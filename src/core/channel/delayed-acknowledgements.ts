/** What has to be known of a message to acknowledge it. */
export interface Acknowledgeable {
  readonly messageId: string;
  readonly sequenceNumber: number;
}

/** As many acknowledgements wait for company; one more, and all of them leave. */
export const MAX_DELAYED_ACKNOWLEDGEMENTS = 1;

/**
 * Acknowledgements that wait a moment for stream data to travel with, as TCP's do: the acknowledgement of a key leaves
 * with the key's echo, behind it, and costs neither a packet of its own nor the echo any time.
 */
export class DelayedAcknowledgements {
  readonly #delay: number;
  readonly #now: () => number;
  readonly #send: (message: Acknowledgeable) => void;
  #owed: Acknowledgeable[] = [];
  #dueAt: number | undefined;

  /** `delay`: milliseconds; 0 sends everything at once. */
  constructor(delay: number, now: () => number, send: (message: Acknowledgeable) => void) {
    this.#delay = delay;
    this.#now = now;
    this.#send = send;
  }

  /** Milliseconds since the epoch at which {@link flush} must be called; undefined: nothing is owed. */
  get dueAt(): number | undefined {
    return this.#dueAt;
  }

  add(message: Acknowledgeable): void {
    if (this.#delay === 0) {
      this.#send(message);
      return;
    }
    const { messageId, sequenceNumber } = message;
    this.#owed.push({ messageId, sequenceNumber });
    if (this.#owed.length > MAX_DELAYED_ACKNOWLEDGEMENTS) this.flush();
    else this.#dueAt ??= this.#now() + this.#delay;
  }

  flush(): void {
    if (this.#dueAt === undefined) return;
    const owed = this.#owed;
    this.clear();
    for (const message of owed) this.#send(message);
  }

  /** The socket is gone: the peer sends those messages again, and they are acknowledged anew. */
  clear(): void {
    this.#owed = [];
    this.#dueAt = undefined;
  }
}
