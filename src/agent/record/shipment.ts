import type { RecordingHeader } from '../../core/recording/recording-format.js';
import type { Sha256 } from '../../core/recording/encode-event.js';
import { MAX_PART_BYTES, type Statement } from '../../core/recording/recordings-api.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import { sleep, within, type Clock } from '../clock.js';
import { Backoff } from '../connection/backoff.js';
import { causeOf, type Log } from '../log.js';
import type { Deliverer, DeliveryOrder, Role } from './delivery.js';
import { lengthAtEndpoint, type RecordingsEndpoint } from './recordings-client.js';
import type { ShippingPace, Slots } from './shipping-pace.js';
import type { SpoolFiles } from './spool-files.js';
import type { SpoolPaths } from './spool.js';
import { spooledEvents } from './spooled-events.js';

/** Bytes of one request of a running session; afterwards it is {@link MAX_PART_BYTES}. */
export const PART_BYTES = 256 * 1024;
/** Between attempts, in milliseconds, without end. */
export const SHIPPING_BACKOFF = { firstMs: 500, capMs: 60_000 } as const;
/** A record is with the endpoint before its copies are delivered; they do not wait longer than this for it. */
export const ENDPOINT_FIRST_MS = 10_000;
/** So many failures in a row are the operator's to know; after that, so many more. */
const TELL_EVERY = 10;

export interface ShipmentOptions {
  readonly order: DeliveryOrder;
  readonly header: RecordingHeader;
  readonly paths: SpoolPaths;
  readonly role: Role;
  readonly directory: string;
  readonly files: SpoolFiles;
  readonly sha256: Sha256;
  readonly endpoint: RecordingsEndpoint;
  readonly deliverer: Deliverer;
  readonly pace: ShippingPace;
  readonly slots: Slots;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly stopped: AbortSignal;
}

/** Where a record ends. */
export interface ShippedEnd {
  readonly length: number;
  readonly digest: Uint8Array;
}

/** Brings one record from its spool to the endpoint and its copies to their places, then removes the spool. */
export class Shipment {
  readonly #options: ShipmentOptions;
  readonly #backoff: Backoff;
  /** Bytes that the endpoint has. */
  #shipped = 0;
  #length: number;
  #end: ShippedEnd | undefined;
  #watched = false;
  /** Everything is shipped: growth is waited for. */
  #idle = false;
  /** Ends whatever the live phase waits for: growth, a turn. */
  #wake = new AbortController();

  /** `length`: bytes that are in the spool. */
  constructor(options: ShipmentOptions, length: number) {
    this.#options = options;
    this.#length = length;
    this.#backoff = new Backoff(SHIPPING_BACKOFF, options.random);
  }

  /** So much of the spool is on the disk now. */
  grown(length: number): void {
    this.#length = length;
    this.#options.pace.active();
    if (this.#idle) this.#wake.abort();
  }

  /** The record is whole. */
  ended(end: ShippedEnd): void {
    this.#length = end.length;
    this.#end = end;
    this.#wake.abort();
  }

  /** Resolves when the record is delivered and the spool removed, or the host stops. Never rejects. */
  async run(): Promise<void> {
    await this.#follow();
    try {
      await this.#finish();
    } catch (error) {
      const { stopped, log, order } = this.#options;
      if (stopped.aborted) return;
      log.error({ sessionId: order.sessionId, cause: causeOf(error) }, 'a spool was left where it is');
    }
  }

  /** While the session runs: what there is, at the host's pace, or as it comes while somebody watches. */
  async #follow(): Promise<void> {
    const { stopped, pace, clock } = this.#options;
    const stop = (): void => this.#wake.abort();
    stopped.addEventListener('abort', stop, { once: true });
    while (this.#end === undefined && !stopped.aborted) {
      if (this.#shipped >= this.#length) {
        await this.#more();
        continue;
      }
      if (!this.#watched) await pace.turn(this.#wake.signal);
      // What ends the wait goes on elsewhere.
      if (this.#wake.signal.aborted) continue;
      if (!(await this.#tryPart())) await sleep(clock, this.#backoff.next(), this.#wake.signal);
    }
    stopped.removeEventListener('abort', stop);
  }

  /** Resolves when the spool has grown. */
  async #more(): Promise<void> {
    this.#wake = new AbortController();
    this.#idle = true;
    await new Promise<void>((resolve) => this.#wake.signal.addEventListener('abort', () => resolve(), { once: true }));
    this.#idle = false;
    if (this.#end === undefined && !this.#options.stopped.aborted) this.#wake = new AbortController();
  }

  async #tryPart(): Promise<boolean> {
    const { endpoint, files, paths, order, stopped } = this.#options;
    const offset = this.#shipped;
    try {
      const most = this.#end === undefined ? PART_BYTES : MAX_PART_BYTES;
      const bytes = await files.read(paths.spool, offset, Math.min(most, this.#length - offset));
      const { length, watched } = await endpoint.put(order.sessionId, offset, bytes, stopped);
      if (length > this.#length) throw new Error(`the endpoint has ${length} bytes of a record of ${this.#length}`);
      if (length === offset) throw new Error('the endpoint took nothing of a part');
      this.#shipped = length;
      this.#watched = watched;
      this.#backoff.reset();
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  async #finish(): Promise<void> {
    const { clock, log, order, files, paths, directory, stopped } = this.#options;
    stopped.throwIfAborted();
    this.#backoff.reset();
    const vouched = this.#vouch();
    // Handled where it is awaited below.
    vouched.catch(() => undefined);
    await within(clock, ENDPOINT_FIRST_MS, vouched, undefined);
    await this.#deliver();
    const { signed } = await vouched;
    log.info({ sessionId: order.sessionId, statement: signed }, 'a record is with the endpoint and delivered');
    files.remove(paths.spool);
    await files.syncDirectory(directory);
    // The order last: a spool without one could not be delivered.
    files.remove(paths.order);
  }

  async #vouch(): Promise<Statement> {
    const { clock, stopped, slots, pace } = this.#options;
    for (;;) {
      stopped.throwIfAborted();
      if (this.#shipped < this.#length) {
        const taken = await slots.use(async () => {
          const begun = clock.now();
          const done = await this.#tryPart();
          if (done && this.#shipped < this.#length) await pace.rest(clock.now() - begun, stopped);
          return done;
        });
        if (taken) continue;
      } else {
        const statement = await slots.use(() => this.#tryEnd());
        if (statement !== undefined) return statement;
      }
      await sleep(clock, this.#backoff.next(), stopped);
    }
  }

  async #tryEnd(): Promise<Statement | undefined> {
    const { endpoint, order, stopped } = this.#options;
    const { length, digest } = this.#end ?? { length: 0, digest: new Uint8Array() };
    try {
      return await endpoint.end(order.sessionId, { length, digest: Buffer.from(digest).toString('hex') }, stopped);
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  async #deliver(): Promise<void> {
    const { deliverer, order, header, role, files, paths, sha256, stopped, clock, random } = this.#options;
    const backoff = new Backoff(SHIPPING_BACKOFF, random);
    const recording = { order, header, events: () => spooledEvents(files, paths.spool, sha256) };
    for (;;) {
      try {
        await deliverer.deliver(recording, role, stopped);
        stopped.throwIfAborted();
        return;
      } catch (error) {
        stopped.throwIfAborted();
        this.#options.log.warn({ sessionId: order.sessionId, cause: causeOf(error) }, 'a record is not delivered yet');
        await sleep(clock, backoff.next(), stopped);
        stopped.throwIfAborted();
      }
    }
  }

  /** The endpoint is away, or has less than we thought, or refuses: in any case it is asked again. */
  #failed(error: unknown): void {
    const { log, order, stopped } = this.#options;
    if (stopped.aborted) return;
    const there = lengthAtEndpoint(error);
    if (there !== undefined && there <= this.#length) this.#shipped = there;
    const fields = { sessionId: order.sessionId, shipped: this.#shipped, cause: causeOf(error) };
    const refused = error instanceof AwsError && error.fault === 'client' && there === undefined;
    const { attempts } = this.#backoff;
    if (refused ? attempts % TELL_EVERY === 0 : attempts % TELL_EVERY === TELL_EVERY - 1) {
      log.warn(fields, 'a record is not with the endpoint yet');
    } else log.debug(fields, 'a record is not with the endpoint yet');
  }
}
