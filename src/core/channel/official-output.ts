import { PayloadType } from '../protocol/payload-type.js';
import type { ChannelFrames } from './channel-frames.js';
import type { OutgoingMessage } from './outgoing-window.js';
import type { OutgoingStream } from './outgoing-stream.js';

/** Probes without an answer on the present sockets; more are not sent until one of them is acknowledged. */
export const MAX_PROBES = 16;

/** Probes without an answer since the session began: so many sockets may lose every acknowledgement. */
export const MAX_ALL_PROBES = 256;

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
  /** Probes without an answer; true: made since a socket was last new. */
  readonly #probes = new Map<number, boolean>();
  #recent = 0;

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

  /**
   * A socket is new to either end. The client may have had every probe and acknowledged it, all in vain: of those it
   * says nothing any more, so they must not keep new ones from being made.
   */
  renewed(): void {
    for (const number of this.#probes.keys()) this.#probes.set(number, false);
    this.#recent = 0;
  }

  /** Stores a probe, unless nothing is unacknowledged or too many are on their way. */
  storeProbe(): readonly OutgoingMessage[] {
    if (this.#outgoing.empty || this.#recent >= MAX_PROBES || this.#probes.size >= MAX_ALL_PROBES) return [];
    const number = this.#outgoing.takeNumber();
    this.#probes.set(number, true);
    this.#recent += 1;
    return [this.#store(number, NOTHING)];
  }

  acknowledged(sequenceNumber: number): void {
    if (this.#probes.get(sequenceNumber) === true) this.#recent -= 1;
    this.#probes.delete(sequenceNumber);
  }

  #store(number: number, payload: Uint8Array): OutgoingMessage {
    return this.#outgoing.store(number, this.#frames.streamData(number, PayloadType.Output, this.#seal(payload)));
  }
}
