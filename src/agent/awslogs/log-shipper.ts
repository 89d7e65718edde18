import { AwsError } from '../../platform/aws/aws-error.js';
import type { LogEvent, RejectedLogEvents } from '../../platform/aws/logs-client.js';
import { eventBytes, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, MAX_BATCH_SPAN_MS } from '../../platform/aws/logs-limits.js';
import { sleep, within, type Clock } from '../clock.js';
import { Backoff } from '../connection/backoff.js';
import { causeOf, type Log } from '../log.js';

/** An event waits at most this long for others to go with it. */
export const BATCH_WAIT_MS = 1_000;
/** Between attempts while the service cannot be reached, or refuses. */
export const RETRY_LIMITS = Object.freeze({ firstMs: 500, capMs: 30_000 });
/** How long the end of a container waits until all it wrote has been delivered. */
export const LAST_DELIVERY_MS = 8_000;

export interface LogShipperOptions {
  /** Rejects as the client of CloudWatch Logs does. */
  readonly put: (events: readonly LogEvent[], signal: AbortSignal) => Promise<RejectedLogEvents | undefined>;
  /** Makes the stream again when somebody has deleted it. */
  readonly restore: (signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Whose output it is, for the log. */
  readonly fields: Readonly<Record<string, string>>;
  /** Bytes that may wait, counted as CloudWatch Logs counts. */
  readonly maxBytes: number;
}

/**
 * Brings events to their stream in order: a batch each second or when one is full, again and again while it does not
 * succeed. What waits is bounded; what finds no room is dropped, counted and reported.
 */
export class LogShipper {
  readonly #options: LogShipperOptions;
  readonly #backoff: Backoff;
  readonly #ended = new AbortController();
  readonly #waiting: LogEvent[] = [];
  #bytes = 0;
  #dropped = 0;
  #closed = false;
  #failing = false;
  #shipping: Promise<void> | undefined;
  #hurry: () => void = () => undefined;
  #room: { readonly promise: Promise<void>; readonly open: () => void } | undefined;

  constructor(options: LogShipperOptions) {
    this.#options = options;
    this.#backoff = new Backoff(RETRY_LIMITS, options.random);
  }

  /** False: there was no room, and it is dropped. */
  add(event: LogEvent): boolean {
    const bytes = eventBytes(event.message);
    if (this.#closed || (this.#bytes > 0 && this.#bytes + bytes > this.#options.maxBytes)) {
      this.#dropped += 1;
      return false;
    }
    this.#bytes += bytes;
    this.#waiting.push(event);
    if (this.#isFull()) this.#hurry();
    this.#shipping ??= this.#ship();
    return true;
  }

  /** Settles when less than half of the room is taken; undefined while there is more than half left. */
  room(): Promise<void> | undefined {
    if (this.#bytes < this.#options.maxBytes / 2 || this.#closed) return undefined;
    if (this.#room === undefined) {
      let open = (): void => undefined;
      const promise = new Promise<void>((resolve) => (open = resolve));
      this.#room = { promise, open };
    }
    return this.#room.promise;
  }

  /** Sends what is left, for {@link LAST_DELIVERY_MS} at most. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#hurry();
    await within(this.#options.clock, LAST_DELIVERY_MS, this.#shipping ?? Promise.resolve(), undefined);
    this.#ended.abort();
    await this.#shipping;
    this.#dropped += this.#waiting.length;
    this.#waiting.length = 0;
    this.#room?.open();
    this.#reportDropped();
  }

  async #ship(): Promise<void> {
    await this.#gather();
    while (this.#waiting.length > 0 && !this.#ended.signal.aborted) {
      const batch = nextBatch(this.#waiting);
      if (!(await this.#deliver(batch))) continue;
      this.#waiting.splice(0, batch.length);
      this.#bytes -= batch.reduce((sum, { message }) => sum + eventBytes(message), 0);
      if (this.#bytes < this.#options.maxBytes / 2) {
        this.#room?.open();
        this.#room = undefined;
      }
      if (this.#waiting.length > 0 && !this.#isFull()) await this.#gather();
    }
    this.#shipping = undefined;
  }

  /** Waits for more to come, unless there is enough already. */
  async #gather(): Promise<void> {
    if (this.#closed || this.#isFull()) return;
    const hurry = new AbortController();
    this.#hurry = () => hurry.abort();
    await sleep(this.#options.clock, BATCH_WAIT_MS, hurry.signal);
    this.#hurry = () => undefined;
  }

  #isFull(): boolean {
    return this.#bytes >= MAX_BATCH_BYTES || this.#waiting.length >= MAX_BATCH_EVENTS;
  }

  /** True: done with this batch, taken or not to be taken ever. */
  async #deliver(batch: readonly LogEvent[]): Promise<boolean> {
    const { put, log, fields, clock } = this.#options;
    const { signal } = this.#ended;
    try {
      this.#dropped += countRejected(await put(batch, signal), batch.length);
      this.#backoff.reset();
      if (this.#failing) log.info(fields, 'output of the container is delivered again');
      this.#failing = false;
      this.#reportDropped();
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      if (error instanceof AwsError && error.code === 'InvalidParameterException') {
        log.error({ ...fields, cause: causeOf(error), events: batch.length }, 'output of the container refused');
        this.#dropped += batch.length;
        return true;
      }
      if (!this.#failing) log.warn({ ...fields, cause: causeOf(error) }, 'output of the container not delivered yet');
      this.#failing = true;
      await this.#restoreIfGone(error);
      await sleep(clock, this.#backoff.next(), signal);
      return false;
    }
  }

  async #restoreIfGone(error: unknown): Promise<void> {
    if (!(error instanceof AwsError) || error.code !== 'ResourceNotFoundException') return;
    // What does not succeed now is tried again before the next attempt but one.
    await this.#options.restore(this.#ended.signal).catch(() => undefined);
  }

  #reportDropped(): void {
    if (this.#dropped === 0) return;
    const { log, fields } = this.#options;
    log.warn({ ...fields, events: this.#dropped }, 'output of the container lost: not delivered in time, or refused');
    this.#dropped = 0;
  }
}

/** As many as one request takes; one that stands before the one before it, when the clock was set back, is for the next. */
function nextBatch(waiting: readonly LogEvent[]): readonly LogEvent[] {
  let bytes = 0;
  let count = 0;
  const first = waiting[0]?.timestamp ?? 0;
  let last = first;
  for (const { timestamp, message } of waiting) {
    bytes += eventBytes(message);
    const fits = count < MAX_BATCH_EVENTS && bytes <= MAX_BATCH_BYTES && timestamp - first <= MAX_BATCH_SPAN_MS;
    if (count > 0 && (!fits || timestamp < last)) break;
    last = timestamp;
    count += 1;
  }
  return waiting.slice(0, count);
}

function countRejected(rejected: RejectedLogEvents | undefined, length: number): number {
  if (rejected === undefined) return 0;
  const { tooOldLogEventEndIndex = 0, expiredLogEventEndIndex = 0, tooNewLogEventStartIndex = length } = rejected;
  return Math.max(tooOldLogEventEndIndex, expiredLogEventEndIndex) + (length - tooNewLogEventStartIndex);
}
