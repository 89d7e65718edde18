import { MAX_REPLAY_BYTES, MAX_REPLAY_FRAMES } from './relay-limits.js';

/** A frame smaller than this part of the memory it is a view of is copied, so as not to hold on to all of it. */
const MAX_PINNED_RATIO = 2;

export interface UnacknowledgedFrame {
  readonly sequence: number;
  readonly frame: Uint8Array;
  readonly payloadType: number;
  /** Place in the order in which the frames first came. */
  readonly arrival: number;
  /** Sent on the receiver's present socket. */
  sent: boolean;
  /**
   * It stands where its first copy on the receiver's present socket was sent. Not so when that copy was not kept, for
   * want of room: an acknowledgement may then be for a copy from before the frames that stand before it.
   */
  placed: boolean;
  /** Since it came to its place, a frame sent later has been acknowledged. */
  passed: boolean;
  /** How often that has happened. */
  passes: number;
}

/**
 * Stream messages of one direction that the receiver has not acknowledged, in the order in which they were sent.
 * The official programs resend only the oldest one every 100 ms; what is kept here brings a receiver that comes back
 * up to date at once. When it is full, later frames are not kept: their sender still has them.
 */
export class UnacknowledgedFrames {
  readonly #frames = new Map<number, UnacknowledgedFrame>();
  #bytes = 0;
  #arrivals = 0;

  get size(): number {
    return this.#frames.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get full(): boolean {
    return this.#frames.size >= MAX_REPLAY_FRAMES || this.#bytes >= MAX_REPLAY_BYTES;
  }

  get(sequence: number): UnacknowledgedFrame | undefined {
    return this.#frames.get(sequence);
  }

  add(sequence: number, frame: Uint8Array, payloadType: number, sent: boolean): UnacknowledgedFrame {
    this.#bytes += frame.byteLength;
    const arrival = this.#arrivals++;
    const state = { sent, placed: true, passed: false, passes: 0 };
    const entry = { sequence, frame: unpinned(frame), payloadType, arrival, ...state };
    this.#frames.set(sequence, entry);
    return entry;
  }

  delete(sequence: number): void {
    const entry = this.#frames.get(sequence);
    if (entry === undefined) return;
    this.#bytes -= entry.frame.byteLength;
    this.#frames.delete(sequence);
  }

  /**
   * The frame goes out now. The first time on a socket that is behind all others. A repeat leaves it in its place: an
   * acknowledgement does not say which copy it is for, and may be for the first. Only of a frame that was passed over
   * is it known that the earlier copies are done with.
   */
  markSent(entry: UnacknowledgedFrame): void {
    if (entry.sent && !entry.passed) return;
    this.#frames.delete(entry.sequence);
    this.#frames.set(entry.sequence, entry);
    entry.sent = true;
    entry.passed = false;
  }

  /** The receiver's socket is gone: nothing counts as sent any more. */
  markAllUnsent(): void {
    for (const entry of this.#frames.values()) {
      entry.sent = false;
      entry.placed = true;
    }
  }

  /**
   * Frames to send, in the order in which they first came, which need not be that of their numbers: agents of ours send
   * output ahead of the message with the number before it. A repeat does not change this order, or a pair of which only
   * one half was repeated before the receiver left would come back the wrong way round.
   */
  unsent(): UnacknowledgedFrame[] {
    const waiting = [...this.#frames.values()].filter((entry) => !entry.sent);
    return waiting.sort((one, other) => one.arrival - other.arrival);
  }

  /** Frames that were sent before this one, on the same socket. */
  *sentBefore(entry: UnacknowledgedFrame): Generator<UnacknowledgedFrame> {
    for (const earlier of this.#frames.values()) {
      if (earlier === entry) return;
      if (earlier.sent) yield earlier;
    }
  }
}

function unpinned(frame: Uint8Array): Uint8Array {
  return frame.byteLength * MAX_PINNED_RATIO < frame.buffer.byteLength ? new Uint8Array(frame) : frame;
}
