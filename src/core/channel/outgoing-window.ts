/** A stream message that the peer has not acknowledged. */
export interface OutgoingMessage {
  readonly sequenceNumber: number;
  readonly frame: Uint8Array;
  /** How often it has been sent. */
  sends: number;
  /** When it was last sent; meaningless while `sends` is 0. */
  sentAt: number;
}

export interface OutgoingLimits {
  readonly maxUnackedMessages: number;
  readonly maxUnackedBytes: number;
}

/** Below this part of the limits a full window has room again: a sender is not woken for every acknowledgement. */
const LOW_WATER = 1 / 2;

/** Beyond this multiple of the limits nothing is stored: the owner writes on although the window is full. */
const HARD_LIMIT = 2;

/** Everything sent, or waiting to be sent, that has not been acknowledged. */
export class OutgoingWindow {
  readonly #limits: OutgoingLimits;
  /** In the order in which they are sent. */
  readonly #messages = new Map<number, OutgoingMessage>();
  #bytes = 0;
  #full = false;

  constructor(limits: OutgoingLimits) {
    this.#limits = limits;
  }

  get empty(): boolean {
    return this.#messages.size === 0;
  }

  /** True from reaching a limit until half of it is acknowledged. */
  get full(): boolean {
    return this.#full;
  }

  /** In the order in which they were stored. */
  get messages(): Iterable<OutgoingMessage> {
    return this.#messages.values();
  }

  has(message: OutgoingMessage): boolean {
    return this.#messages.has(message.sequenceNumber);
  }

  /** Whether a frame of this size may still be stored; messages that end a stream find room in a full window. */
  fits(frameBytes: number): boolean {
    return (
      this.#messages.size < HARD_LIMIT * this.#limits.maxUnackedMessages &&
      (this.#bytes === 0 || this.#bytes + frameBytes <= HARD_LIMIT * this.#limits.maxUnackedBytes)
    );
  }

  add(sequenceNumber: number, frame: Uint8Array): OutgoingMessage {
    const message = { sequenceNumber, frame, sends: 0, sentAt: 0 };
    this.#messages.set(sequenceNumber, message);
    this.#bytes += frame.length;
    this.#full ||= this.#reaches(1);
    return message;
  }

  /** Removes one message; undefined when it is not there (acknowledged before, or never sent). */
  acknowledge(sequenceNumber: number): OutgoingMessage | undefined {
    const message = this.#messages.get(sequenceNumber);
    if (message === undefined) return undefined;
    this.#messages.delete(sequenceNumber);
    this.#bytes -= message.frame.length;
    this.#full &&= this.#reaches(LOW_WATER);
    return message;
  }

  clear(): void {
    this.#messages.clear();
    this.#bytes = 0;
    this.#full = false;
  }

  #reaches(part: number): boolean {
    return (
      this.#messages.size > 0 &&
      (this.#messages.size >= this.#limits.maxUnackedMessages * part ||
        this.#bytes >= this.#limits.maxUnackedBytes * part)
    );
  }
}
