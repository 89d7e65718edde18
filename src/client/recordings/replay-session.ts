import type { ReadStream, WriteStream } from 'node:tty';
import { signalStatus } from '../exit-status.js';
import { messageOf } from '../failure-text.js';
import type { Signals } from '../signals.js';
import { EventScreen } from './event-screen.js';
import { Player, type PlayerClock } from './player.js';
import { printable } from './printable.js';
import { recordTime } from './record-time.js';
import type { ReplaySource } from './replay-source.js';
import { SessionWindow } from './session-window.js';

export interface ReplayOptions {
  readonly source: ReplaySource;
  readonly speed: number;
  /** Microseconds; undefined: none. */
  readonly idleLimit: number | undefined;
  /** Microseconds since the session's start. */
  readonly from: number;
  /** Undefined: no terminal, so nobody can press a key. */
  readonly stdin: ReadStream | undefined;
  readonly stdout: WriteStream;
  readonly signals: Signals;
  readonly clock: PlayerClock;
}

export interface Replayed {
  /** Undefined: all went well. */
  readonly failure: Error | undefined;
  /** Ours, when a signal has ended it. */
  readonly status: number;
}

/** Replays a session in the user's terminal, until its end or until the user has seen enough. */
export async function replaySession(options: ReplayOptions): Promise<Replayed> {
  const { source, stdin, stdout, signals, clock } = options;
  const events = new EventScreen(source.terminal);
  let status = 0;
  const player = new Player({
    ...options,
    screen: events,
    stay: stdin !== undefined,
    changed: () => window.changed(),
    seeking: (seeking) => window.hold(seeking),
  });
  const window: SessionWindow = new SessionWindow({
    screen: events.screen,
    stdin,
    stdout,
    signals,
    status: () => statusLine(player, source, events, window),
    key: (key) => {
      player.press(key);
      window.showStatus(player.state === 'paused');
    },
    ended: (signal) => {
      status = signalStatus(signal);
      player.quit();
    },
    clock,
  });
  await window.open();
  try {
    await player.run(options.from);
  } finally {
    await window.close();
    events.screen.dispose();
  }
  return { failure: player.failure, status };
}

const KEYS = 'space pause  <- -> 5 s  +/- speed  s status  q quit';

function statusLine(player: Player, source: ReplaySource, events: EventScreen, window: SessionWindow): string {
  const { state, position, speed, failure } = player;
  const { columns, rows } = events.screen;
  const { duration } = source;
  const parts = [
    state,
    `${recordTime(position)}${duration === undefined ? '' : ` / ${recordTime(Math.max(duration, position))}`}`,
    ...(speed === 1 ? [] : [`x${speed}`]),
    ...(failure === undefined ? [] : [printable(messageOf(failure))]),
    ...(window.clips ? [`${columns}x${rows} clipped`] : []),
    ...(events.gapBytes === 0 ? [] : [`${events.gapBytes} bytes were not recorded`]),
    KEYS,
    source.title,
  ];
  return ` ${parts.join('  ')}`;
}
