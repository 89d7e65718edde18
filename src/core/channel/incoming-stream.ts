import type { DecodedMessage } from '../protocol/message.js';
import { reasonOf } from './handshake.js';
import { IncomingBuffer } from './incoming-buffer.js';
import type { IncomingLimits, IncomingMessage } from './incoming-buffer.js';

/** What the incoming half asks of its channel. */
export interface IncomingHost {
  now(): number;
  /** Whether nothing can be handed over just now, because the handshake waits for KMS. */
  busy(): boolean;
  /** In order, once each. Throws when the message was not taken: it is then neither acknowledged nor counted. */
  deliver(payloadType: number, payload: Uint8Array): void;
  acknowledge(message: Omit<IncomingMessage, 'opened' | 'acknowledged'>): void;
  dropped(reason: string): void;
  /** The peer has left out a number and will never send it (T33). */
  incomplete(sequenceNumber: number): void;
}

/**
 * Milliseconds that a missing message may take while later ones arrive. An official agent whose buffer overflows skips
 * numbers, and its stream can never recover; the official client gives up after about as long.
 */
export const MISSING_MESSAGE_TIMEOUT = 300_000;

/** A payload smaller than this part of the memory it is a view of is copied, so as not to hold on to all of it. */
const MAX_PINNED_RATIO = 2;

function unpinned(payload: Uint8Array): Uint8Array {
  return payload.byteLength * MAX_PINNED_RATIO < payload.buffer.byteLength ? Uint8Array.from(payload) : payload;
}

/** Puts the peer's stream back in order and decides what is acknowledged when (wire-protocol 3.1). */
export class IncomingStream {
  readonly #host: IncomingHost;
  readonly #buffer: IncomingBuffer;
  #expected = 0;
  #paused = false;
  #delivering = false;
  #missingSince: number | undefined;
  /** Known once the handshake is over. */
  #open: ((payloadType: number, payload: Uint8Array) => Uint8Array) | undefined;

  constructor(limits: IncomingLimits, host: IncomingHost) {
    this.#buffer = new IncomingBuffer(limits);
    this.#host = host;
  }

  /** The next message in order is here and could be handed over but for the consumer. */
  get holdsNext(): boolean {
    return this.#buffer.get(this.#expected) !== undefined;
  }

  /** From now on payloads are opened on arrival. Throws of `open` leave a message unacknowledged. */
  openWith(open: (payloadType: number, payload: Uint8Array) => Uint8Array): void {
    this.#open = open;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.drain();
  }

  /** A new socket: the peer has a fair chance again to send what is missing. */
  attached(): void {
    this.#missingSince = undefined;
  }

  clear(): void {
    this.#buffer.clear();
  }

  receive(message: DecodedMessage): void {
    const { sequenceNumber } = message;
    const kept = this.#buffer.get(sequenceNumber);
    if (sequenceNumber < this.#expected) {
      // The official client does not do this; a lost acknowledgement then costs its peer 2 s at the end (T7).
      this.#host.acknowledge(message);
    } else if (kept !== undefined) {
      this.#repeated(kept);
    } else if (sequenceNumber > this.#expected || this.#blocked) {
      // A copy of the very message that is being delivered needs no keeping.
      if (sequenceNumber > this.#expected || !this.#delivering) this.#keep(message);
    } else if (this.#hand(message.payloadType, message.payload)) {
      this.#advance();
      this.#host.acknowledge(message);
    }
    this.drain();
  }

  /** Hands over what is in order. */
  drain(): void {
    for (;;) {
      const message = this.#blocked ? undefined : this.#buffer.get(this.#expected);
      if (message === undefined) return;
      const taken = message.opened
        ? this.#attempt(message.payloadType, () => message.payload)
        : this.#hand(message.payloadType, message.payload);
      if (!taken) {
        // The peer sends it again, unless it has been told that it is here.
        if (!message.acknowledged) this.#buffer.remove(message);
        return;
      }
      this.#buffer.remove(message);
      this.#advance();
      if (!message.acknowledged) this.#host.acknowledge(message);
    }
  }

  get #blocked(): boolean {
    return this.#paused || this.#delivering || this.#host.busy();
  }

  /** What waits behind a gap is acknowledged; what waits for the consumer is not: that is how the sender is slowed. */
  get #acknowledgesEarly(): boolean {
    return this.#open !== undefined && !this.#blocked;
  }

  #advance(): void {
    this.#expected += 1;
    this.#missingSince = undefined;
  }

  #repeated(kept: IncomingMessage): void {
    if (kept.opened && this.#acknowledgesEarly) kept.acknowledged = true;
    if (kept.acknowledged) this.#host.acknowledge(kept);
    this.#watchGap();
  }

  #keep(message: DecodedMessage): void {
    const { messageId, payloadType, payload, sequenceNumber } = message;
    if (!this.#buffer.hasRoomFor(payload.length)) {
      this.#host.dropped(`no room for message ${sequenceNumber}; ${this.#expected} is next`);
      return;
    }
    let plain = payload;
    try {
      plain = this.#open?.(payloadType, payload) ?? payload;
    } catch (error) {
      this.#host.dropped(`message ${sequenceNumber} cannot be opened: ${reasonOf(error)}`);
      return;
    }
    const kept = {
      sequenceNumber,
      messageId,
      payloadType,
      payload: plain === payload ? unpinned(payload) : plain,
      opened: this.#open !== undefined,
      acknowledged: sequenceNumber > this.#expected && this.#acknowledgesEarly,
    };
    this.#buffer.add(kept);
    if (kept.acknowledged) this.#host.acknowledge(kept);
    this.#watchGap();
  }

  #watchGap(): void {
    if (this.holdsNext || this.#delivering) {
      this.#missingSince = undefined;
      return;
    }
    this.#missingSince ??= this.#host.now();
    if (this.#host.now() - this.#missingSince >= MISSING_MESSAGE_TIMEOUT) this.#host.incomplete(this.#expected);
  }

  #hand(payloadType: number, payload: Uint8Array): boolean {
    return this.#attempt(payloadType, () => this.#open?.(payloadType, payload) ?? payload);
  }

  #attempt(payloadType: number, plaintext: () => Uint8Array): boolean {
    this.#delivering = true;
    try {
      this.#host.deliver(payloadType, plaintext());
      return true;
    } catch (error) {
      this.#host.dropped(`message ${this.#expected} was not taken: ${reasonOf(error)}`);
      return false;
    } finally {
      this.#delivering = false;
    }
  }
}
