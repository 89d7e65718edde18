import {
  EventKind,
  type RecordingEvent,
  type RecordingGap,
  type RecordingHeader,
  type RecordingSize,
} from '../../core/recording/recording-format.js';
import { ScreenTranscript } from './screen-transcript.js';
import { StreamLines } from './stream-lines.js';
import type { EmitLine } from './transcript-line.js';

interface Source {
  write(bytes: Uint8Array, time: number): void;
  end(): void;
}

/**
 * A session as text, line by line: of its terminal (`ScreenTranscript`), or of stdout and stderr, each line in one
 * piece, in the order in which they ended. What is missing from the record stands as a line of its own.
 */
export class Transcript {
  readonly #emit: EmitLine;
  readonly #screen: ScreenTranscript | undefined;
  readonly #stdout: Source;
  readonly #stderr: Source;

  constructor(header: Pick<RecordingHeader, 'terminal'>, emit: EmitLine) {
    this.#emit = emit;
    if (header.terminal === null) {
      this.#stdout = new StreamLines(emit);
      this.#stderr = new StreamLines(emit);
    } else {
      this.#screen = new ScreenTranscript(header.terminal, emit);
      this.#stdout = this.#screen;
      this.#stderr = { write: (bytes, time) => this.#stdout.write(bytes, time), end: () => undefined };
    }
  }

  event({ kind, time, payload }: RecordingEvent): void {
    switch (kind) {
      case EventKind.Output:
        this.#stdout.write(payload, time);
        break;
      case EventKind.StdErr:
        this.#stderr.write(payload, time);
        break;
      case EventKind.Resize:
        this.#screen?.resize(read(payload) as RecordingSize, time);
        break;
      case EventKind.Gap: {
        const { bytes, reason } = read(payload) as RecordingGap;
        this.#emit({ text: `[${bytes} bytes are missing here: ${reason}]`, time });
        break;
      }
      case EventKind.Header:
      case EventKind.Input:
      case EventKind.End:
        break;
    }
  }

  /** Nothing more follows: what stands on the screen, or at the ends of the streams, is given. */
  end(): void {
    this.#stdout.end();
    this.#stderr.end();
  }
}

function read(payload: Uint8Array): unknown {
  return JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8'));
}
