import type { LogsClient } from '../../platform/aws/logs-client.js';
import type { TranscriptLine } from '../../platform/terminal/transcript-line.js';
import type { SpooledRecording } from '../record/delivery.js';
import { createStream } from './live-events.js';
import { LiveLines, linesOfEvent, liveEvent, timeOf } from './live-lines.js';
import { EVENTS_PER_CALL, inGroups } from './log-messages.js';

/** Characters of lines that are gathered before they are cut into events. */
const GATHERED_LENGTH = 256 * 1024;

export interface RemainingLiveEventsOptions {
  readonly recording: SpooledRecording;
  readonly region: string;
  readonly logs: LogsClient;
  readonly group: string;
  readonly stream: string;
  /** Milliseconds since the epoch: lines up to and with it are there for certain; undefined: the stream is to tell. */
  readonly sentUntil: number | undefined;
  readonly sent: (until: number) => void;
  readonly signal: AbortSignal;
}

/** Live events that a session which has ended still owes its group: all lines after the last event that is there. */
export async function putRemainingLiveEvents(options: RemainingLiveEventsOptions): Promise<void> {
  const { recording, region, logs, group, stream, sentUntil, sent, signal } = options;
  const { header } = recording;
  await createStream(logs, group, stream, signal);
  const there = (await logs.findLogStream(group, stream, { signal }))?.lastEventTimestamp ?? -1;
  const until = Math.max(there, sentUntil ?? -1);

  async function* events(): AsyncGenerator<{ timestamp: number; message: string }, void, void> {
    let waiting: TranscriptLine[] = [];
    let length = 0;
    const lines = new LiveLines((line) => {
      if (timeOf(header, line) <= until) return;
      waiting.push(line);
      length += line.text.length;
    });
    function* cut() {
      while (waiting.length > 0) {
        const count = linesOfEvent(waiting);
        yield liveEvent(header, region, waiting.slice(0, count));
        waiting = waiting.slice(count);
      }
      length = 0;
    }
    for await (const event of recording.events()) {
      signal.throwIfAborted();
      lines.event(event);
      if (length > GATHERED_LENGTH) yield* cut();
    }
    lines.end();
    yield* cut();
  }

  for await (const batch of inGroups(events(), EVENTS_PER_CALL)) {
    const rejected = await logs.putLogEvents(group, stream, batch, { signal });
    if (rejected !== undefined) throw new Error('the log group refuses events of this time');
    sent(batch.at(-1)?.timestamp ?? until);
  }
}
