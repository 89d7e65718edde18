import { performance } from 'node:perf_hooks';
import type { PlayerClock } from '../../../client/recordings/player.js';

/** setTimeout takes no more; whoever waits looks again then. */
const MOST_MS = 2 ** 31 - 1;

export const playerClock: PlayerClock = {
  now: () => performance.now(),
  after(milliseconds, work) {
    const timer = setTimeout(work, Math.min(milliseconds, MOST_MS));
    return () => clearTimeout(timer);
  },
};
