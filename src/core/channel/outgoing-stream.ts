import type { OutgoingLimits, OutgoingMessage } from './outgoing-window.js';
import { OutgoingWindow } from './outgoing-window.js';
import { Retransmission } from './retransmission.js';

/** Numbers, keeps and repeats what this end sends: first stored, then sent (wire-protocol 13). */
export class OutgoingStream {
  readonly #window: OutgoingWindow;
  readonly #retransmission: Retransmission;
  readonly #now: () => number;
  #transmit: ((frame: Uint8Array) => void) | undefined;
  #nextSequenceNumber = 0;
  #paused = false;

  constructor(limits: OutgoingLimits, now: () => number) {
    this.#window = new OutgoingWindow(limits);
    this.#retransmission = new Retransmission(this.#window);
    this.#now = now;
  }

  get empty(): boolean {
    return this.#window.empty;
  }

  get full(): boolean {
    return this.#window.full;
  }

  /** Publication is paused: messages are stored, none is sent (wire-protocol 3.6). */
  get paused(): boolean {
    return this.#paused;
  }

  /** The next number of the stream, for exactly one message. */
  takeNumber(): number {
    return this.#nextSequenceNumber++;
  }

  get wakeAt(): number | undefined {
    return this.#sending ? this.#retransmission.wakeAt : undefined;
  }

  /** A socket is open: everything unacknowledged goes out at once, in order. Numbering goes on (T16). */
  attach(transmit: (frame: Uint8Array) => void): void {
    this.#transmit = transmit;
    this.#paused = false;
    this.resendAll();
  }

  detach(): void {
    this.#transmit = undefined;
  }

  fits(frameBytes: number): boolean {
    return this.#window.fits(frameBytes);
  }

  /** Keeps a frame that carries a number from {@link takeNumber}. {@link send} follows; repeats keep this order. */
  store(sequenceNumber: number, frame: Uint8Array): OutgoingMessage {
    return this.#window.add(sequenceNumber, frame);
  }

  send(message: OutgoingMessage): void {
    if (!this.#sending) return;
    this.#retransmission.sent(message, this.#now());
    this.#transmit?.(message.frame);
  }

  /** False: no such message is waiting. */
  acknowledge(sequenceNumber: number): boolean {
    const message = this.#window.acknowledge(sequenceNumber);
    if (message === undefined) return false;
    this.#retransmission.acknowledged(message, this.#now());
    return true;
  }

  pause(): void {
    this.#paused = true;
  }

  /** The peer is there again: what was stored meanwhile goes out. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#sendAll([...this.#window.messages].filter(({ sends }) => sends === 0));
  }

  resendAll(): void {
    this.#paused = false;
    this.#retransmission.reset();
    this.#sendAll([...this.#window.messages]);
  }

  /** True when something was overdue and has been sent again. */
  tick(): boolean {
    const overdue = this.#sending ? this.#retransmission.takeOverdue(this.#now()) : [];
    this.#sendAll(overdue);
    return overdue.length > 0;
  }

  clear(): void {
    this.#window.clear();
    this.#retransmission.reset();
  }

  get #sending(): boolean {
    return this.#transmit !== undefined && !this.#paused;
  }

  /** A peer in the same process may acknowledge the later ones before their turn comes. */
  #sendAll(messages: readonly OutgoingMessage[]): void {
    for (const message of messages) if (this.#window.has(message)) this.send(message);
  }
}
