import { EventKind, type RecordingEnd } from '../../core/recording/recording-format.js';
import { parseEnd } from '../../core/recording/recording-payloads.js';
import type { RecordingSummary } from '../../core/recording/recordings-api.js';
import { signalStatus } from '../exit-status.js';
import type { Signals } from '../signals.js';
import { recordEvents } from './record-events.js';
import { followedParts, type PartSource } from './record-parts.js';
import type { Watched } from './watch-session.js';

/** Where bytes go that nobody looks at here. */
export interface ByteOutput {
  /** Nobody reads it any more. */
  readonly closed: boolean;
  write(bytes: Uint8Array): Promise<void>;
}

export interface StreamWatchedOptions {
  readonly recordings: PartSource;
  readonly summary: RecordingSummary;
  readonly output: ByteOutput;
  readonly signals: Signals;
}

/** All that a session shows, from its start to its end, as bytes. */
export async function streamWatched({ recordings, summary, output, signals }: StreamWatchedOptions): Promise<Watched> {
  const abort = new AbortController();
  let status = 0;
  let end: RecordingEnd | undefined;
  const cleanups = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) =>
    signals.on(signal, () => {
      status = signalStatus(signal);
      abort.abort();
    }),
  );
  const options = { signal: abort.signal, lost: () => undefined };
  for await (const batch of recordEvents(followedParts(recordings, summary.header.sessionId, options))) {
    for (const { kind, payload } of batch) {
      if (kind === EventKind.Output || kind === EventKind.StdErr) await output.write(payload);
      if (kind === EventKind.End) end = parseEnd(payload);
    }
    if (output.closed) return { end, status: signalStatus('SIGPIPE') };
  }
  for (const cleanup of cleanups) cleanup();
  return { end, status };
}
