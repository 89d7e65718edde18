import { EventKind, type RecordingEvent, type RecordingHeader } from '../../core/recording/recording-format.js';
import { parseGap } from '../../core/recording/recording-payloads.js';
import { StreamLines } from '../../platform/terminal/stream-lines.js';
import type { EmitLine, TranscriptLine } from '../../platform/terminal/transcript-line.js';

/** Bytes of the lines of one live event (wire-protocol 7.3). */
export const MAX_LIVE_EVENT_BYTES = 33_000;
/** Characters of a line: none is longer than an event, whatever is in it. */
const MAX_LIVE_LINE_LENGTH = MAX_LIVE_EVENT_BYTES / 3;

/** What a session shows, as lines for live events: nothing emulated, control sequences out, tabs as spaces. */
export class LiveLines {
  readonly #emit: EmitLine;
  readonly #stdout: StreamLines;
  readonly #stderr: StreamLines;

  constructor(emit: EmitLine) {
    this.#emit = ({ text, time }) => emit({ text: text.replaceAll('\t', ' '), time });
    this.#stdout = new StreamLines(this.#emit, MAX_LIVE_LINE_LENGTH);
    this.#stderr = new StreamLines(this.#emit, MAX_LIVE_LINE_LENGTH);
  }

  event({ kind, time, payload }: RecordingEvent): void {
    if (kind === EventKind.Output) this.#stdout.write(payload, time);
    else if (kind === EventKind.StdErr) this.#stderr.write(payload, time);
    else if (kind === EventKind.Gap) {
      const { bytes, reason } = parseGap(payload);
      this.#emit({ text: `[${bytes} bytes are missing here: ${reason}]`, time });
    }
  }

  end(): void {
    this.#stdout.end();
    this.#stderr.end();
  }
}

/** Milliseconds since the epoch. */
export function timeOf({ startedAt }: Pick<RecordingHeader, 'startedAt'>, { time }: TranscriptLine): number {
  return startedAt + Math.trunc(time / 1000);
}

/** How many of the first lines make one event. */
export function linesOfEvent(lines: readonly TranscriptLine[]): number {
  let bytes = 0;
  let count = 0;
  for (const { text } of lines) {
    bytes += Buffer.byteLength(text) + 1;
    if (count > 0 && bytes > MAX_LIVE_EVENT_BYTES) break;
    count += 1;
  }
  return count;
}

/** One live event, in the shape of AWS's streaming logs. Its time is that of its last line. */
export function liveEvent(
  header: Pick<RecordingHeader, 'startedAt' | 'sessionId' | 'target' | 'owner'>,
  region: string,
  lines: readonly TranscriptLine[],
): { timestamp: number; message: string } {
  const last = lines.at(-1);
  const timestamp = last === undefined ? header.startedAt : timeOf(header, last);
  const message = JSON.stringify({
    eventVersion: '1.0',
    eventTime: `${new Date(timestamp).toISOString().slice(0, 19)}Z`,
    awsRegion: region,
    target: { id: header.target },
    userIdentity: { arn: header.owner },
    runAsUser: '',
    sessionId: header.sessionId,
    sessionData: lines.map(({ text }) => text),
  });
  return { timestamp, message };
}
