import type { ReadStream, WriteStream } from 'node:tty';
import { EventKind, type RecordingEnd } from '../../core/recording/recording-format.js';
import { parseEnd } from '../../core/recording/recording-payloads.js';
import type { RecordingSummary } from '../../core/recording/recordings-api.js';
import { signalStatus } from '../exit-status.js';
import type { Signals } from '../signals.js';
import { EventScreen } from './event-screen.js';
import type { PlayerClock } from './player.js';
import { recordEvents } from './record-events.js';
import { followedParts, type PartSource } from './record-parts.js';
import { recordTime } from './record-time.js';
import { sessionTitle } from './replay-source.js';
import { SessionWindow } from './session-window.js';

export interface WatchOptions {
  readonly recordings: PartSource;
  readonly summary: RecordingSummary;
  readonly stdin: ReadStream | undefined;
  readonly stdout: WriteStream;
  readonly signals: Signals;
  readonly clock: PlayerClock;
}

export interface Watched {
  /** Undefined: the session goes on, and somebody else has had enough. */
  readonly end: RecordingEnd | undefined;
  /** Ours, when a signal has ended it. */
  readonly status: number;
}

/**
 * Shows a session as it is, in the user's terminal, until it ends or the user leaves. Reads the session's record and
 * nothing else: there is no way from here to the session.
 */
export async function watchSession(options: WatchOptions): Promise<Watched> {
  const { recordings, summary, stdin, stdout, signals, clock } = options;
  const { header } = summary;
  const abort = new AbortController();
  const events = new EventScreen(header.terminal);
  let status = 0;
  let lost = false;
  let end: RecordingEnd | undefined;

  const statusLine = (): string => {
    const { columns, rows } = events.screen;
    const parts = [
      lost ? 'connection lost, reconnecting' : `watching  ${recordTime((Date.now() - header.startedAt) * 1000)}`,
      ...(window.clips ? [`${columns}x${rows} clipped`] : []),
      ...(events.gapBytes === 0 ? [] : [`${events.gapBytes} bytes were not recorded`]),
      's status  q leave',
      sessionTitle(summary),
    ];
    return ` ${parts.join('  ')}`;
  };
  const window: SessionWindow = new SessionWindow({
    screen: events.screen,
    stdin,
    stdout,
    signals,
    status: statusLine,
    key: (key) => {
      if (key === 'quit') abort.abort();
    },
    ended: (signal) => {
      status = signalStatus(signal);
      abort.abort();
    },
    clock,
  });
  const parts = followedParts(recordings, header.sessionId, {
    signal: abort.signal,
    lost: (error) => {
      lost = error !== undefined;
      window.showStatus(lost);
    },
  });
  await window.open();
  try {
    // What has been is passed over until the first answer with nothing more behind it.
    for await (const batch of recordEvents(parts)) {
      for (const event of batch) {
        await events.push(event);
        if (event.kind === EventKind.End) end = parseEnd(event.payload);
      }
      await events.flush();
      window.changed();
      if (abort.signal.aborted) break;
    }
  } finally {
    await window.close();
    events.screen.dispose();
  }
  return { end, status };
}
