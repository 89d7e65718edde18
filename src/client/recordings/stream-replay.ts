import { EventKind } from '../../core/recording/recording-format.js';
import { signalStatus } from '../exit-status.js';
import type { PlayerClock } from './player.js';
import type { ReplaySource } from './replay-source.js';
import type { ByteOutput } from './stream-watched.js';

export interface StreamReplayOptions {
  readonly source: ReplaySource;
  readonly output: ByteOutput;
  readonly speed: number;
  /** Both in microseconds. */
  readonly idleLimit: number | undefined;
  readonly from: number;
  readonly clock: PlayerClock;
}

/** What a session has shown, as bytes in their time; resolves to our exit status. */
export async function streamReplay(options: StreamReplayOptions): Promise<number> {
  const { source, output, speed, idleLimit = Infinity, from, clock } = options;
  let last = from;
  for await (const batch of source.events(new AbortController().signal)) {
    for (const { kind, time, payload } of batch) {
      const wait = Math.min(Math.max(0, time - last), idleLimit);
      last = Math.max(last, time);
      if (wait > 0) await new Promise<void>((resolve) => void clock.after(wait / 1000 / speed, resolve));
      if (kind === EventKind.Output || kind === EventKind.StdErr) await output.write(payload);
      if (output.closed) return signalStatus('SIGPIPE');
    }
  }
  return 0;
}
