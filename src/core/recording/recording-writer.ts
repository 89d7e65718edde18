import { bufferBytesFor, encodeEvent, type Sha256 } from './encode-event.js';
import { DIGEST_BYTES, EventKind, FIRST_DIGEST, type RecordingCounts } from './recording-format.js';

/** Where a record has got to: all that the next event is bound to. */
export interface RecordingState extends RecordingCounts {
  /** In bytes. */
  readonly length: number;
  /** Of the last event. */
  readonly digest: Uint8Array;
  /** Of the last event, in microseconds. */
  readonly time: number;
}

export const EMPTY_RECORDING: RecordingState = Object.freeze({
  length: 0,
  digest: FIRST_DIGEST,
  time: 0,
  events: 0,
  bytes: 0,
  gaps: 0,
});

const FIRST_BUFFER_BYTES = 1024;

/** Makes the events of one record, each bound to the one before. One that could not be stored is made again. */
export class RecordingWriter {
  readonly #sha256: Sha256;
  #state: RecordingState;
  /** Begins with the digest of the last event. */
  #buffer: Uint8Array;
  #next: RecordingState | undefined;

  /** `state`: goes on with a record that is there already. */
  constructor(sha256: Sha256, state: RecordingState = EMPTY_RECORDING) {
    this.#sha256 = sha256;
    this.#state = state;
    this.#buffer = new Uint8Array(FIRST_BUFFER_BYTES);
    this.#buffer.set(state.digest);
  }

  get state(): RecordingState {
    return this.#state;
  }

  /**
   * The next event, as it is to be stored; part of the record only when {@link accept} is called. A view that is good
   * until the next call. A time before that of the last event becomes that.
   */
  encode(kind: EventKind, time: number, payload: Uint8Array): Uint8Array {
    this.#reserve(payload.length);
    const { length, events, bytes, gaps, time: last } = this.#state;
    const at = Math.max(last, Math.round(time));
    const encoded = encodeEvent(this.#buffer, kind, at, payload, this.#sha256);
    const shown = kind === EventKind.Output || kind === EventKind.StdErr;
    this.#next = {
      length: length + encoded.length,
      digest: encoded.slice(-DIGEST_BYTES),
      time: at,
      events: events + 1,
      bytes: shown ? bytes + payload.length : bytes,
      gaps: kind === EventKind.Gap ? gaps + 1 : gaps,
    };
    return encoded;
  }

  /** The event made last is stored. */
  accept(): void {
    if (this.#next === undefined) return;
    this.#state = this.#next;
    this.#next = undefined;
    this.#buffer.set(this.#state.digest);
  }

  #reserve(payloadBytes: number): void {
    const needed = bufferBytesFor(payloadBytes);
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(2 ** Math.ceil(Math.log2(needed)));
    larger.set(this.#state.digest);
    this.#buffer = larger;
  }
}
