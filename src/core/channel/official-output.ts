import { PayloadType } from '../protocol/payload-type.js';
import type { ChannelFrames } from './channel-frames.js';
import type { OutgoingMessage } from './outgoing-window.js';
import type { OutgoingStream } from './outgoing-stream.js';

/** Probes without an answer; more are not sent until one of them is acknowledged. */
export const MAX_PROBES = 16;

const NOTHING = new Uint8Array(0);

/**
 * Terminal output for the official client, in a form that it cannot print twice.
 *
 * That client prints a message, then acknowledges it, and counts it only when the acknowledgement could be written: if
 * its socket dies in between, it prints the message again after reconnecting. A message that comes too early it first
 * acknowledges, then keeps, and prints once, when the one before it has come. So every piece of output goes out ahead
 * of an empty message with the number before it: the data waits in the client, and the empty message, which may be
 * "printed" twice without harm, releases it.
 *
 * It never acknowledges a repeat either. After a reconnect a probe, one more empty message, draws an acknowledgement
 * from behind everything that was sent before, from which the gateway knows that all of it has arrived.
 */
export class OfficialOutput {
  readonly #outgoing: OutgoingStream;
  readonly #frames: ChannelFrames;
  readonly #seal: (payload: Uint8Array) => Uint8Array;
  readonly #probes = new Set<number>();

  constructor(outgoing: OutgoingStream, frames: ChannelFrames, seal: (payload: Uint8Array) => Uint8Array) {
    this.#outgoing = outgoing;
    this.#frames = frames;
    this.#seal = seal;
  }

  /** Stores a piece of output; the messages are to be sent in the order of the answer. */
  store(payload: Uint8Array): readonly OutgoingMessage[] {
    const release = this.#outgoing.takeNumber();
    const data = this.#outgoing.takeNumber();
    return [this.#store(data, payload), this.#store(release, NOTHING)];
  }

  /** Stores a probe, unless nothing is unacknowledged or too many are on their way. */
  storeProbe(): readonly OutgoingMessage[] {
    if (this.#outgoing.empty || this.#probes.size >= MAX_PROBES) return [];
    const number = this.#outgoing.takeNumber();
    this.#probes.add(number);
    return [this.#store(number, NOTHING)];
  }

  acknowledged(sequenceNumber: number): void {
    this.#probes.delete(sequenceNumber);
  }

  #store(number: number, payload: Uint8Array): OutgoingMessage {
    return this.#outgoing.store(number, this.#frames.streamData(number, PayloadType.Output, this.#seal(payload)));
  }
}
