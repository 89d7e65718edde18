import process from 'node:process';
import type { Signals } from '../../../client/signals.js';

/**
 * Ctrl-C and its like end a demonstration, but not its cleaning up: npm hands on to us what the terminal has sent us
 * already, and who is impatient presses again.
 */
export class Interruption {
  readonly raised: Promise<void>;

  constructor(signals: Pick<Signals, 'on'>) {
    this.raised = new Promise((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) signals.on(signal, resolve);
    });
    // With a terminal that is gone nothing more can be told, which must not keep us from cleaning up.
    signals.on('SIGHUP', () => {
      for (const stream of [process.stdout, process.stderr]) {
        stream.removeAllListeners('error');
        stream.on('error', () => undefined);
      }
    });
  }

  /** Rejects as soon as it is raised; `work` is then left alone. */
  async endsAt<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.raised.then(() => Promise.reject(new Error('interrupted')))]);
  }
}
