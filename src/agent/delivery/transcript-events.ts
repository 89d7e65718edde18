import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { alreadyExists, type LogsClient, type LogStreamDescription } from '../../platform/aws/logs-client.js';
import type { RecordFile } from './record-files.js';
import { EVENTS_PER_CALL, inGroups, logMessages } from './log-messages.js';

/** Events may be 14 days old; a day before that, those of a session that ended long ago get the time of their delivery. */
export const MAX_EVENT_AGE_MS = 13 * 24 * 3_600_000;

/** How far a transcript has come; the events have the times `first`, `first` + 1 ms, and so on. */
interface Progress {
  /** Milliseconds since the epoch. */
  readonly first: number;
  /** Events that the service has confirmed. */
  readonly sent: number;
}

export interface TranscriptEventsOptions {
  readonly logs: LogsClient;
  readonly group: string;
  readonly stream: string;
  readonly file: RecordFile;
  readonly now: () => number;
  /** Some events were taken. */
  readonly advanced: () => void;
  readonly signal: AbortSignal;
}

/**
 * Puts a transcript into its stream, as AWS's agent does it: CreateLogStream, DescribeLogStreams, PutLogEvents. Each
 * event's time says which of them it is, so that after a failure, of this process too, the stream itself tells how far
 * it had come: nothing is doubled, and no permission is needed beyond those three. What AWS tells late, a file beside
 * the transcript knows.
 */
export async function putTranscriptEvents(options: TranscriptEventsOptions): Promise<void> {
  const { logs, group, stream, file, now, signal } = options;
  try {
    await logs.createLogStream(group, stream, { signal });
  } catch (error) {
    if (!alreadyExists(error)) throw error;
  }
  const there = await logs.findLogStream(group, stream, { signal });
  const fresh = now() - file.endedAt > MAX_EVENT_AGE_MS ? now() : file.endedAt;
  const { first, sent } = progressOf(there, await readProgress(file), fresh);
  if (!(await putFrom(first, sent, options))) {
    // The group keeps events for a shorter time than they are old; none of that call was taken.
    const later = (await readProgress(file))?.sent ?? sent;
    if (!(await putFrom(now() - later, later, options))) throw new Error('the log group refuses events of this time');
  }
  await rm(progressPath(file), { force: true });
}

/** Whether the service has taken the events from the given one on. */
async function putFrom(first: number, sent: number, options: TranscriptEventsOptions): Promise<boolean> {
  const { logs, group, stream, file, advanced, signal } = options;
  let index = 0;
  async function* unsent(): AsyncGenerator<{ timestamp: number; message: string }, void, void> {
    for await (const message of logMessages(file.path)) {
      if (index >= sent) yield { timestamp: first + index, message };
      index += 1;
    }
  }
  for await (const events of inGroups(unsent(), EVENTS_PER_CALL)) {
    const rejected = await logs.putLogEvents(group, stream, events, { signal });
    if (rejected !== undefined) {
      const { tooOldLogEventEndIndex, expiredLogEventEndIndex } = rejected;
      if (tooOldLogEventEndIndex === undefined && expiredLogEventEndIndex === undefined) {
        throw new Error('the log group refuses events whose time is ahead of its clock');
      }
      return false;
    }
    const last = events.at(-1)?.timestamp ?? first;
    await writeProgress(file, { first, sent: last - first + 1 });
    advanced();
  }
  // Too many would be taken for a transcript that is there.
  if (index < sent) throw new Error('the log stream has events that are not of this transcript');
  return true;
}

function progressOf(
  there: (LogStreamDescription & { readonly firstEventTimestamp?: number }) | undefined,
  known: Progress | undefined,
  fresh: number,
): Progress {
  const first = known?.first ?? there?.firstEventTimestamp ?? fresh;
  const last = there?.lastEventTimestamp;
  return { first, sent: Math.max(known?.sent ?? 0, last === undefined ? 0 : last - first + 1) };
}

const progressPath = (file: RecordFile): string => `${file.path}.sent`;

async function readProgress(file: RecordFile): Promise<Progress | undefined> {
  try {
    const { first, sent } = JSON.parse(await readFile(progressPath(file), 'utf8')) as Partial<Progress>;
    return Number.isSafeInteger(first) && Number.isSafeInteger(sent) ? ({ first, sent } as Progress) : undefined;
  } catch {
    return undefined;
  }
}

async function writeProgress(file: RecordFile, progress: Progress): Promise<void> {
  const next = `${progressPath(file)}.next`;
  await writeFile(next, JSON.stringify(progress), { mode: 0o600 });
  await rename(next, progressPath(file));
}
