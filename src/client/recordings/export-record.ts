import { Asciicast } from '../../core/recording/asciicast.js';
import { EventKind, type RecordingHeader } from '../../core/recording/recording-format.js';
import { parseEnd, parseGap, parseHeader, parseRecordingSize } from '../../core/recording/recording-payloads.js';
import type { PlacedEvent } from '../../core/recording/recording-reader.js';
import { transcriptLines } from '../../platform/terminal/transcript-lines.js';
import { transcriptLog } from '../../platform/terminal/transcript-log.js';
import { printableJson } from './printable.js';

export const EXPORT_FORMATS = ['cast', 'txt', 'json'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** A record in another format, piece by piece: no more of it is in memory than one part, and for `txt` a screen. */
export function exportRecord(
  format: ExportFormat,
  header: RecordingHeader,
  batches: AsyncIterable<readonly PlacedEvent[]>,
): AsyncIterable<string> {
  if (format === 'cast') return castTexts(batches);
  if (format === 'json') return jsonTexts(batches);
  return transcriptLog(header, single(batches), transcriptLines);
}

async function* castTexts(batches: AsyncIterable<readonly PlacedEvent[]>): AsyncGenerator<string> {
  const cast = new Asciicast();
  // JSON may have DEL and C1 as they are; what is printed in a terminal by mistake shall do nothing there.
  for await (const batch of batches) yield printableJson(batch.map((event) => cast.lines(event)).join(''));
}

async function* jsonTexts(batches: AsyncIterable<readonly PlacedEvent[]>): AsyncGenerator<string> {
  for await (const batch of batches) {
    yield batch.map((event) => `${printableJson(JSON.stringify(eventObject(event)))}\n`).join('');
  }
}

async function* single(batches: AsyncIterable<readonly PlacedEvent[]>): AsyncGenerator<PlacedEvent> {
  for await (const batch of batches) yield* batch;
}

/** `time` is in microseconds since the session's start, `offset` in bytes since the beginning of the record. */
function eventObject({ number, offset, time, kind, payload }: PlacedEvent): object {
  const place = { number, offset, time };
  const data = (): string => Buffer.from(payload).toString('base64');
  switch (kind) {
    case EventKind.Header:
      return { ...place, kind: 'header', header: parseHeader(payload) };
    case EventKind.Output:
      return { ...place, kind: 'output', data: data() };
    case EventKind.StdErr:
      return { ...place, kind: 'stderr', data: data() };
    case EventKind.Input:
      return { ...place, kind: 'input', data: data() };
    case EventKind.Resize:
      return { ...place, kind: 'resize', size: parseRecordingSize(payload) };
    case EventKind.Gap:
      return { ...place, kind: 'gap', gap: parseGap(payload) };
    case EventKind.End:
      return { ...place, kind: 'end', end: parseEnd(payload) };
  }
}
