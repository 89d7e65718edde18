import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DAEMON_LIMIT_MS, DAEMON_LOOK_MS, exitOf } from './container-exit.js';

// The clock is moved by hand; what waits, waits.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

const log = { warn: () => undefined, debug: () => undefined };

/** A daemon that is away now and then; it leaves its container running. */
function daemon() {
  let waiting: PassThrough | undefined;
  let here = true;
  let state: object = { Running: true, Status: 'running' };
  const refused = (): Error => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const container = {
    id: 'c',
    modem: {
      dial(_request: object, done: (error: Error | null, answer?: PassThrough) => void): void {
        if (here) done(null, (waiting = new PassThrough()));
        else done(refused());
      },
    },
    inspect: () => (here ? Promise.resolve({ State: state }) : Promise.reject(refused())),
  } as unknown as Docker.Container;
  return {
    container,
    away: async (time: number): Promise<void> => {
      here = false;
      waiting?.destroy();
      await sleep(2 * DAEMON_LOOK_MS);
      vi.setSystemTime(Date.now() + time);
      await sleep(2 * DAEMON_LOOK_MS);
      here = true;
      await sleep(2 * DAEMON_LOOK_MS);
    },
    end: (code: number): void => {
      state = { Running: false, Status: 'exited', ExitCode: code };
      waiting?.end();
    },
  };
}

test('each time the daemon is restarted it has as long to come back', async () => {
  const { container, away, end } = daemon();
  const exit = exitOf(container, 'next-exit', log);
  for (let restart = 0; restart < 2; restart++) await away(DAEMON_LIMIT_MS - 5_000);
  end(4);
  expect(await exit).toEqual({ code: 4 });
});

test('a daemon that stays away has lost its container', async () => {
  const { container, away } = daemon();
  const exit = exitOf(container, 'next-exit', log);
  await away(DAEMON_LIMIT_MS + 5_000);
  expect(await exit).toEqual({ code: 137, reason: 'the Docker daemon is gone: connect ECONNREFUSED' });
});
