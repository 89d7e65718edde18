import type { FrameHeader } from '../../core/protocol/peek-message.js';
import { PayloadType } from '../../core/protocol/payload-type.js';
import { AcknowledgedNumbers } from './acknowledged-numbers.js';
import { SILENT_PASSES } from './relay-limits.js';
import { UnacknowledgedFrames } from './unacknowledged-frames.js';

/** Whether the receiver can be sent to now: it is there, it is there but its socket is full, or it is away. */
export type ReceiverState = 'open' | 'congested' | 'away';

/** What the relay does with a stream message. */
export interface Arrival {
  /** Not a repeat: counts as activity (T35). */
  readonly isNew: boolean;
  /** `answer`: the receiver has acknowledged it before; the sender gets an acknowledgement instead. */
  readonly action: 'send' | 'keep' | 'answer';
  /** There is no room left to hold frames back: stop reading from the sender. */
  readonly overflow: boolean;
}

/**
 * One direction of a session: what has been sent, and what of it acknowledged. It never looks into a payload and
 * never changes a frame.
 *
 * It also makes up for two habits of the official programs (wire-protocol 13): an agent may miss an acknowledgement
 * and then repeats the frame for ever, and the client never acknowledges a frame twice. So a repeat of what was
 * acknowledged is answered here. An acknowledgement that was lost with the client's socket leaves a trace as well:
 * the client stays silent about that frame and acknowledges ones sent after it on the same socket: of which not even
 * the first copy was sent there before it. After that has happened {@link SILENT_PASSES} times the frame counts as
 * acknowledged. That holds only for a client that has shown output (before, it drops frames silently) and has never
 * acknowledged anything twice.
 */
export class StreamDirection {
  readonly #frames = new UnacknowledgedFrames();
  readonly #acknowledged: AcknowledgedNumbers;
  readonly #receiverMayBeSilent: boolean;
  #highest = -1;
  #receiverShowsOutput = false;
  #receiverRepeats = false;
  /** Frames have gone to the receiver's present socket that there was no room to keep. */
  #sentUnkept = false;

  /**
   * `receiverMayBeSilent`: the receiver is a client, which may not acknowledge a repeat. `fromStart`: nothing of the
   * stream has gone through a former process of this endpoint.
   */
  constructor(options: { receiverMayBeSilent: boolean; fromStart: boolean }) {
    this.#receiverMayBeSilent = options.receiverMayBeSilent;
    this.#acknowledged = new AcknowledgedNumbers(options);
  }

  /** Frames and bytes kept because they are not acknowledged. */
  get unacknowledged(): { readonly frames: number; readonly bytes: number } {
    return { frames: this.#frames.size, bytes: this.#frames.bytes };
  }

  arrive(header: FrameHeader, frame: Uint8Array, receiver: ReceiverState): Arrival {
    const sequence = header.sequenceNumber;
    this.#acknowledged.seen(sequence);
    const isNew = sequence > this.#highest;
    if (isNew) this.#highest = sequence;
    else if (this.#acknowledged.has(sequence)) return { isNew, action: 'answer', overflow: false };
    const open = receiver === 'open';
    const entry = this.#frames.get(sequence);
    const overflow = entry === undefined && this.#frames.full && receiver === 'congested';
    if (entry !== undefined) {
      if (open) this.#frames.markSent(entry);
    } else if (!this.#frames.full || overflow) {
      const added = this.#frames.add(sequence, frame, header.payloadType, open);
      added.placed = isNew || !this.#sentUnkept;
    } else if (open) {
      this.#sentUnkept = true;
    }
    return { isNew, action: open ? 'send' : 'keep', overflow };
  }

  /** The receiver has acknowledged a number. */
  acknowledge(sequence: number): void {
    // A client that never acknowledges what it has shown does acknowledge anew what waits behind a gap.
    if (this.#acknowledged.isGapless(sequence)) this.#receiverRepeats = true;
    this.#acknowledged.add(sequence);
    const entry = this.#frames.get(sequence);
    if (entry === undefined) return;
    if (entry.payloadType === PayloadType.Output && this.#acknowledged.isComplete(sequence)) {
      this.receiverIsReady();
    }
    if (this.#receiverMayBeSilent && entry.sent && entry.placed) {
      for (const earlier of this.#frames.sentBefore(entry)) this.#passOver(earlier.sequence);
    }
    this.#frames.delete(sequence);
  }

  /** The receiver has done what it only does when it shows output: it drops no frame silently any more. */
  receiverIsReady(): void {
    this.#receiverShowsOutput = true;
  }

  /** The receiver's socket is gone, and with it whatever it had not acknowledged. */
  receiverLeft(): void {
    this.#frames.markAllUnsent();
    this.#sentUnkept = false;
  }

  /** Sends what was held back or lost, in order, for as long as `send` says that there is room. */
  release(send: (frame: Uint8Array) => boolean): void {
    for (const entry of this.#frames.unsent()) {
      this.#frames.markSent(entry);
      if (!send(entry.frame)) return;
    }
  }

  #passOver(sequence: number): void {
    const entry = this.#frames.get(sequence);
    if (entry === undefined || entry.passed) return;
    entry.passed = true;
    entry.passes += 1;
    if (entry.passes < SILENT_PASSES || !this.#receiverShowsOutput || this.#receiverRepeats) return;
    this.#acknowledged.add(sequence);
    this.#frames.delete(sequence);
  }
}
