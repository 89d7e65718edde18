import type { RecordingEvent, RecordingHeader } from '../../core/recording/recording-format.js';
import type { TranscriptLine } from './transcript-line.js';
import { Transcript } from './transcript.js';

/** The lines of a session's transcript, made in this thread: for short records. Holds one event and a screen. */
export async function* transcriptLines(
  header: Pick<RecordingHeader, 'terminal'>,
  events: AsyncIterable<RecordingEvent>,
): AsyncGenerator<TranscriptLine, void, void> {
  let lines: TranscriptLine[] = [];
  const transcript = new Transcript(header, (line) => lines.push(line));
  const taken = (): TranscriptLine[] => {
    const taking = lines;
    lines = [];
    return taking;
  };
  for await (const event of events) {
    transcript.event(event);
    yield* taken();
  }
  transcript.end();
  yield* taken();
}
