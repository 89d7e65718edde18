import { createReadStream } from 'node:fs';

/** Bytes of one event of a transcript, with the line feed that is then taken off (wire-protocol 7.3). */
export const MAX_TRANSCRIPT_EVENT_BYTES = 200_000;
/** Events in one call of AWS's agent. */
export const EVENTS_PER_CALL = 4;

const LINE_FEED = 0x0a;

/** The lines of a file in messages as long as they may be; put together with line feeds they are the file. */
export async function* logMessages(path: string): AsyncGenerator<string, void, void> {
  let waiting = Buffer.alloc(0);
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
    waiting = Buffer.concat([waiting, piece]);
    while (waiting.length > MAX_TRANSCRIPT_EVENT_BYTES) {
      const end = waiting.lastIndexOf(LINE_FEED, MAX_TRANSCRIPT_EVENT_BYTES - 1);
      if (end === -1) throw new Error(`a line of the transcript is longer than ${MAX_TRANSCRIPT_EVENT_BYTES} bytes`);
      yield waiting.toString('utf8', 0, end);
      waiting = waiting.subarray(end + 1);
    }
  }
  if (waiting.length > 0)
    yield waiting.toString('utf8', 0, waiting.at(-1) === LINE_FEED ? waiting.length - 1 : undefined);
}

/** So many at a time. */
export async function* inGroups<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[], void, void> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
