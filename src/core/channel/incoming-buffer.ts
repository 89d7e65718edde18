/** A stream message that cannot be handed over yet: one before it is missing, or the consumer is busy. */
export interface IncomingMessage {
  readonly sequenceNumber: number;
  readonly messageId: string;
  readonly payloadType: number;
  /** Perhaps a view of the frame it came in, whose bytes nobody changes. */
  readonly payload: Uint8Array;
  /** The payload is plaintext already. */
  readonly opened: boolean;
  /** The peer knows that it is here and will not send it again. */
  acknowledged: boolean;
}

export interface IncomingLimits {
  readonly maxIncomingMessages: number;
  readonly maxIncomingBytes: number;
}

/** Messages that came too early, by sequence number. */
export class IncomingBuffer {
  readonly #limits: IncomingLimits;
  readonly #messages = new Map<number, IncomingMessage>();
  #bytes = 0;

  constructor(limits: IncomingLimits) {
    this.#limits = limits;
  }

  get empty(): boolean {
    return this.#messages.size === 0;
  }

  hasRoomFor(payloadBytes: number): boolean {
    return (
      this.#messages.size < this.#limits.maxIncomingMessages &&
      this.#bytes + payloadBytes <= this.#limits.maxIncomingBytes
    );
  }

  get(sequenceNumber: number): IncomingMessage | undefined {
    return this.#messages.get(sequenceNumber);
  }

  add(message: IncomingMessage): void {
    this.#messages.set(message.sequenceNumber, message);
    this.#bytes += message.payload.length;
  }

  remove(message: IncomingMessage): void {
    if (this.#messages.delete(message.sequenceNumber)) this.#bytes -= message.payload.length;
  }

  clear(): void {
    this.#messages.clear();
    this.#bytes = 0;
  }
}
