import type { Delivery } from '../../core/recording/recordings-api.js';
import { sleep, type Clock } from '../clock.js';
import { Backoff, type BackoffLimits } from '../connection/backoff.js';
import type { Log } from '../log.js';
import { failureText, isFinal } from './delivery-failure.js';

/** Between attempts to deliver, in milliseconds. There is no last attempt. */
export const DELIVERY_BACKOFF: BackoffLimits = { firstMs: 1_000, capMs: 5 * 60_000 };

/** One copy of a record, and one place for it. */
export interface Place {
  readonly kind: Delivery['kind'];
  readonly place: string;
  /** One attempt; safe to repeat. Says so when it has come further than those before: the next comes sooner then. */
  readonly deliver: (advanced: () => void) => Promise<Pick<Delivery, 'sha256' | 'bytes'>>;
}

export interface KeepTryingOptions {
  readonly sessionId: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly report: (delivery: Delivery) => void;
  /** An attempt has failed with this. */
  readonly refused: (error: unknown) => void;
}

/**
 * Brings one copy to its place. An operator can give permissions and make groups and buckets, so only a name that can
 * never be is given up. Resolves when the copy is there or given up; rejects when the signal is raised.
 */
export async function keepTrying({ kind, place, deliver }: Place, options: KeepTryingOptions): Promise<void> {
  const { sessionId, clock, random, log, signal, report, refused } = options;
  const backoff = new Backoff(DELIVERY_BACKOFF, random);
  report({ kind, place, status: 'pending', attempts: 0, at: clock.now() });
  for (let attempts = 1; ; attempts++) {
    signal.throwIfAborted();
    try {
      const done = await deliver(() => backoff.reset());
      report({ kind, place, status: 'delivered', attempts, at: clock.now(), ...done });
      log.info({ sessionId, kind, place, attempts }, 'a copy of a record is delivered');
      return;
    } catch (error) {
      signal.throwIfAborted();
      refused(error);
      const reason = failureText(error);
      const status = isFinal(error) ? 'failed' : 'late';
      report({ kind, place, status, attempts, at: clock.now(), reason });
      const level = attempts === 1 || status === 'failed' ? 'warn' : 'debug';
      log[level]({ sessionId, kind, place, attempts, reason }, `the delivery of a copy of a record is ${status}`);
      if (status === 'failed') return;
    }
    await sleep(clock, backoff.next(), signal);
  }
}
