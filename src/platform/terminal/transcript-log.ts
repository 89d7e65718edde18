import { EventKind, type RecordingEnd, type RecordingEvent } from '../../core/recording/recording-format.js';
import type { RecordingHeader } from '../../core/recording/recording-format.js';
import type { TranscriptLine } from './transcript-line.js';
import { scriptDone, scriptStarted } from './typescript-frame.js';

/** Makes lines of events, here or in a thread. */
export type MakeLines = (
  header: Pick<RecordingHeader, 'terminal'>,
  events: AsyncIterable<RecordingEvent>,
) => AsyncIterable<TranscriptLine>;

/** The transcript as AWS's agent leaves it: framed as `script` does, in pieces of text that end with line feeds. */
export async function* transcriptLog(
  header: RecordingHeader,
  events: AsyncIterable<RecordingEvent>,
  makeLines: MakeLines,
): AsyncGenerator<string, void, void> {
  let last = 0;
  let end: RecordingEnd | undefined;
  async function* watched(): AsyncGenerator<RecordingEvent, void, void> {
    for await (const event of events) {
      last = event.time;
      if (event.kind === EventKind.End) end = JSON.parse(Buffer.from(event.payload).toString('utf8')) as RecordingEnd;
      yield event;
    }
  }
  yield `${scriptStarted(header)}\n`;
  for await (const { text } of makeLines(header, watched())) yield `${text}\n`;
  yield `\n${scriptDone(header.startedAt + Math.trunc(last / 1000), end)}\n`;
}
