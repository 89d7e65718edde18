import type { EnteredProcess } from '../../platform/runtime/runtime.js';
import { within, type Clock } from '../clock.js';

/** Between hanging up on a command and killing it. */
export const HANG_UP_MS = 1_000;

/**
 * Closes the terminal or the pipes of a command that nobody listens to any more. One that has not exited gets SIGHUP,
 * as a closed terminal sends, and SIGKILL when it stays. Resolves when the command is gone.
 */
export async function hangUp(process: EnteredProcess, clock: Clock, exited: boolean): Promise<void> {
  if (!exited) process.signal('SIGHUP');
  for (const stream of [process.stdin, process.stdout, process.stderr]) {
    stream.on('error', () => undefined);
    stream.destroy();
  }
  if (exited || (await within(clock, HANG_UP_MS, process.exited, undefined)) !== undefined) return;
  process.signal('SIGKILL');
  await within(clock, HANG_UP_MS, process.exited, undefined);
}
