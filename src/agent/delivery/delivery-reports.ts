import type { Delivery } from '../../core/recording/recordings-api.js';
import { sleep, type Clock } from '../clock.js';
import { Backoff, type BackoffLimits } from '../connection/backoff.js';
import type { Log } from '../log.js';
import type { EndpointDeliveries } from './endpoint-deliveries.js';
import { failureText, isRefusal } from './delivery-failure.js';

/** Between attempts to tell the endpoint, in milliseconds. */
export const REPORT_BACKOFF: BackoffLimits = { firstMs: 500, capMs: 60_000 };

export interface DeliveryReportsOptions {
  readonly sessionId: string;
  readonly endpoint: EndpointDeliveries;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Tells the endpoint what has become of each copy: the last state of each, again until it has heard it. */
export class DeliveryReports {
  readonly #options: DeliveryReportsOptions;
  readonly #unsaid = new Map<string, Delivery>();
  #speaking: Promise<void> | undefined;

  constructor(options: DeliveryReportsOptions) {
    this.#options = options;
  }

  submit(delivery: Delivery): void {
    this.#unsaid.set(`${delivery.kind} ${delivery.place}`, delivery);
    this.#speaking ??= this.#speak().finally(() => (this.#speaking = undefined));
  }

  /** Resolves when the endpoint knows all, or the signal is raised. */
  async said(): Promise<void> {
    while (this.#unsaid.size > 0 && !this.#options.signal.aborted) await this.#speaking;
  }

  async #speak(): Promise<void> {
    const { sessionId, endpoint, clock, random, log, signal } = this.#options;
    const backoff = new Backoff(REPORT_BACKOFF, random);
    // Whoever submits shall not wait for the first request to be made.
    await Promise.resolve();
    while (this.#unsaid.size > 0 && !signal.aborted) {
      const [key = '', delivery] = [...this.#unsaid][0] ?? [];
      if (delivery === undefined) return;
      try {
        await endpoint.report(sessionId, delivery, signal);
        if (this.#unsaid.get(key) === delivery) this.#unsaid.delete(key);
        backoff.reset();
      } catch (error) {
        const fields = { sessionId, place: delivery.place, cause: failureText(error) };
        if (isRefusal(error) && error.code === 'ValidationException') {
          // It will never know it; the copy is there all the same.
          log.error(fields, 'the endpoint does not understand where a copy is');
          this.#unsaid.delete(key);
          continue;
        }
        log.debug(fields, 'the endpoint does not know of a delivery yet');
        await sleep(clock, backoff.next(), signal);
      }
    }
  }
}
