import { EventKind, type RecordingEvent, type RecordingSize } from '../../core/recording/recording-format.js';
import { parseGap, parseRecordingSize } from '../../core/recording/recording-payloads.js';
import { Utf8Stream } from '../../core/recording/utf8-stream.js';
import { DEFAULT_CAST_SIZE } from '../../core/recording/asciicast.js';
import { SessionScreen } from './session-screen.js';

/** Output goes to the emulation in pieces of this size where nobody looks in between. */
const FLUSH_BYTES = 64 * 1024;

/** The screen that the events of a session make. */
export class EventScreen {
  readonly screen: SessionScreen;
  readonly #terminal: RecordingSize | null;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Without a terminal there are two streams, and a character of one may be cut by the other. */
  #output = new Utf8Stream();
  #stderr = new Utf8Stream();
  #gaps = 0;

  /** `terminal`: null for a session without one. */
  constructor(terminal: RecordingSize | null) {
    this.#terminal = terminal;
    this.screen = new SessionScreen(terminal ?? DEFAULT_CAST_SIZE, { convertEol: terminal === null });
  }

  /** Bytes that were shown to the user, and are not in the record. */
  get gapBytes(): number {
    return this.#gaps;
  }

  /** On the screen by the next {@link flush} at the latest. */
  async push({ kind, payload }: RecordingEvent): Promise<void> {
    switch (kind) {
      case EventKind.Output:
        this.#write(this.#terminal === null ? Buffer.from(this.#output.push(payload)) : payload);
        break;
      case EventKind.StdErr:
        this.#write(Buffer.from(`\x1b[31m${this.#stderr.push(payload)}\x1b[39m`));
        break;
      case EventKind.Resize:
        await this.flush();
        this.screen.resize(parseRecordingSize(payload));
        break;
      case EventKind.Gap:
        this.#gaps += parseGap(payload).bytes;
        break;
      case EventKind.Header:
      case EventKind.Input:
      case EventKind.End:
    }
    if (this.#waitingBytes >= FLUSH_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#waitingBytes === 0) return;
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    await this.screen.write(bytes);
  }

  /** Back to before the first event. */
  reset(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#output = new Utf8Stream();
    this.#stderr = new Utf8Stream();
    this.#gaps = 0;
    this.screen.reset(this.#terminal ?? DEFAULT_CAST_SIZE);
  }

  #write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }
}
