import type { RecordingEvent, RecordingSize } from '../../core/recording/recording-format.js';
import type { RecordingSummary } from '../../core/recording/recordings-api.js';
import { printable } from './printable.js';
import { recordEvents } from './record-events.js';
import { type PartSource, recordParts } from './record-parts.js';

/** Of one record kept while it is replayed, so that going back needs no endpoint. */
export const MAX_KEPT_BYTES = 32 * 1024 * 1024;

/** Something that can be replayed. */
export interface ReplaySource {
  /** Printable. */
  readonly title: string;
  /** At the beginning; null: the session had no terminal. */
  readonly terminal: RecordingSize | null;
  /** Microseconds, as far as it is known before it is read. */
  readonly duration: number | undefined;
  /** From the beginning, each time it is called. */
  events(signal: AbortSignal): AsyncIterable<readonly RecordingEvent[]>;
}

/** Who, where, what: for a status line. */
export function sessionTitle({ header }: Pick<RecordingSummary, 'header'>): string {
  const { owner, containerName, command } = header;
  return printable([owner.slice(owner.lastIndexOf('/') + 1), containerName, command].filter(Boolean).join('  '));
}

export function recordSource(source: PartSource, summary: RecordingSummary): ReplaySource {
  const { header, endedAt } = summary;
  const kept: Uint8Array[] = [];
  let keptBytes = 0;

  async function* parts(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    let offset = 0;
    for (const part of kept) {
      offset += part.length;
      yield part;
    }
    for await (const part of recordParts(source, header.sessionId, { offset, signal })) {
      if (offset === keptBytes && keptBytes + part.length <= MAX_KEPT_BYTES) {
        kept.push(part);
        keptBytes += part.length;
      }
      offset += part.length;
      yield part;
    }
  }

  return {
    title: sessionTitle(summary),
    terminal: header.terminal,
    duration: endedAt === undefined ? undefined : Math.max(0, endedAt - header.startedAt) * 1000,
    events: (signal) => recordEvents(parts(signal)),
  };
}
