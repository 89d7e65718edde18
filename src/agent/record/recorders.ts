import { setMaxListeners } from 'node:events';
import type { Sha256 } from '../../core/recording/encode-event.js';
import { EventKind, RECORDING_VERSION, type RecordingHeader } from '../../core/recording/recording-format.js';
import { encodeHeader } from '../../core/recording/recording-payloads.js';
import { DirectoryLock } from '../../platform/store/directory-lock.js';
import { sleep, within, type Clock } from '../clock.js';
import { Backoff } from '../connection/backoff.js';
import { causeOf, type Log } from '../log.js';
import type { OpenRecorder, RecordedSession, Recorder } from '../recorder.js';
import type { Deliverer, DeliveryOrder, LiveDelivery, Role } from './delivery.js';
import { parseOrder, writeOrder, type StoredOrder } from './delivery-order-file.js';
import { recordFailure } from './record-failure.js';
import type { RecordingsEndpoint } from './recordings-client.js';
import { recoverSpool } from './recover-spool.js';
import { SessionRecorder } from './session-recorder.js';
import { Shipment } from './shipment.js';
import { MAX_FINISHING, ShippingPace, Slots } from './shipping-pace.js';
import { nodeSpoolFiles, type SpoolFiles } from './spool-files.js';
import { ORDER_SUFFIX, Spool, spoolPaths, type SpoolOptions } from './spool.js';
import { SyncQueue } from './sync-queue.js';

/** How long a stopping host goes on shipping, in milliseconds; the rest waits for its next start. */
export const STOP_SHIPPING_MS = 5_000;
/** How long, after that, for what is under way to let go, in milliseconds. */
export const LET_GO_MS = 2_000;
/** Between attempts to recover a spool, in milliseconds: its disk may be full. */
export const RECOVERY_BACKOFF = { firstMs: 1_000, capMs: 60_000 } as const;

/** `os`: handed to the operating system before a byte is sent, on the disk soon after. `always`: on the disk before. */
export type RecordSync = 'os' | 'always';

export interface RecordersOptions {
  /** Of this host's own; made if need be, mode 0700. */
  readonly directory: string;
  /** Default `os`. */
  readonly sync?: RecordSync;
  readonly endpoint: RecordingsEndpoint;
  readonly deliverer: Deliverer;
  readonly sha256: Sha256;
  readonly clock: Clock;
  /** Milliseconds, fractions too, by a clock that never goes back: `performance.now`. */
  readonly uptime: () => number;
  /** Uniform in [0, 1); for jitter only. */
  readonly random: () => number;
  readonly log: Log;
  /** Default: the machine's. */
  readonly files?: SpoolFiles;
}

export interface Recorders {
  readonly open: OpenRecorder;
  /** Takes the directory and goes on with what an earlier process has left there. Call before the first session. */
  start(): Promise<void>;
  /** Call when all sessions have ended. What is not delivered within `graceMs` stays for the next start. */
  stop(graceMs?: number): Promise<void>;
}

/** The records of a host's sessions: from their first byte to the removal of their spools. */
export function createRecorders(options: RecordersOptions): Recorders {
  return new HostRecorders(options);
}

/** A session's id becomes a file's name. */
const SESSION_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

class HostRecorders implements Recorders {
  readonly open: OpenRecorder = (session) => this.#open(session);
  readonly #options: RecordersOptions;
  readonly #spooling: SpoolOptions & { readonly syncs: SyncQueue };
  readonly #pace: ShippingPace;
  readonly #slots = new Slots(MAX_FINISHING);
  readonly #stopped = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #lock: DirectoryLock | undefined;

  constructor(options: RecordersOptions) {
    this.#options = options;
    const { clock, sha256, files = nodeSpoolFiles } = options;
    this.#spooling = { files, sha256, syncs: new SyncQueue(clock) };
    this.#pace = new ShippingPace(clock);
    // Every session of the host listens to it.
    setMaxListeners(0, this.#stopped.signal);
  }

  async start(): Promise<void> {
    const { directory } = this.#options;
    const { files } = this.#spooling;
    files.makeDirectory(directory);
    this.#lock = DirectoryLock.acquire(directory);
    for (const name of files.list(directory)) {
      if (name.endsWith(ORDER_SUFFIX)) this.#track(this.#recover(name.slice(0, -ORDER_SUFFIX.length)));
    }
    return Promise.resolve();
  }

  async stop(graceMs = STOP_SHIPPING_MS): Promise<void> {
    this.#pace.hurry();
    const idle = Promise.all(this.#running);
    if (graceMs > 0) await within(this.#options.clock, graceMs, idle, undefined);
    this.#stopped.abort();
    await within(this.#options.clock, LET_GO_MS, Promise.all(this.#running), undefined);
    this.#lock?.release();
    this.#lock = undefined;
  }

  async #open(session: RecordedSession): Promise<Recorder | undefined> {
    const { inputs, settings, header, role } = session;
    if (inputs.cloudWatchLogGroupName === '' && inputs.s3BucketName === '') return undefined;
    const { sessionId, taskArn, owner } = header;
    const order: DeliveryOrder = { sessionId, taskArn, owner, inputs, settings };
    await this.#options.deliverer.check(order, role);
    const whole: RecordingHeader = { version: RECORDING_VERSION, ...header, input: settings.input };
    try {
      return await this.#begin({ order, role: role !== undefined }, whole, role);
    } catch (error) {
      const failure = recordFailure(error);
      this.#options.log.error({ sessionId, cause: causeOf(failure) }, 'a session cannot be recorded');
      if (settings.record === 'required') throw failure;
      return undefined;
    }
  }

  async #begin(stored: StoredOrder, header: RecordingHeader, role: Role): Promise<Recorder> {
    const { directory, uptime } = this.#options;
    const { files } = this.#spooling;
    const { sessionId } = header;
    if (!SESSION_ID.test(sessionId)) throw new Error('the session has a name that no file can have');
    if (this.#stopped.signal.aborted) throw new Error('the host is stopping');
    const begunAt = uptime();
    const paths = spoolPaths(directory, sessionId);
    await writeOrder(files, paths.order, stored).catch((error: unknown) => {
      // One that is there already belongs to another record.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') files.remove(paths.order);
      throw error;
    });
    let spool: Spool | undefined;
    try {
      spool = new Spool(this.#spooling, files.create(paths.spool));
      spool.append(EventKind.Header, 0, encodeHeader(header));
      await spool.durable();
      await files.syncDirectory(directory);
    } catch (error) {
      spool?.close();
      files.remove(paths.spool);
      files.remove(paths.order);
      throw error;
    }
    const live = this.#live(stored.order, header, role);
    live?.event({ kind: EventKind.Header, time: 0, payload: encodeHeader(header) });
    return this.#recorder(spool, stored.order, header, role, live, () => (uptime() - begunAt) * 1000);
  }

  #recorder(
    spool: Spool,
    order: DeliveryOrder,
    header: RecordingHeader,
    role: Role,
    live: LiveDelivery | undefined,
    elapsed: () => number,
  ): Recorder {
    const { clock, random, log, sync } = this.#options;
    const shipment = this.#shipment(order, header, role, spool.state.length);
    // Only that: after a power cut the endpoint must not have more than what is left here.
    spool.synced = (length) => shipment.grown(length);
    this.#track(shipment.run());
    return new SessionRecorder({
      sessionId: order.sessionId,
      spool,
      required: order.settings.record === 'required',
      syncFirst: sync === 'always',
      elapsed,
      live,
      clock,
      random,
      log,
      stopped: this.#stopped.signal,
      ended: () => shipment.ended(spool.state),
    });
  }

  #live(order: DeliveryOrder, header: RecordingHeader, role: Role): LiveDelivery | undefined {
    return order.settings.live ? this.#options.deliverer.live?.(order, header, role) : undefined;
  }

  #shipment(order: DeliveryOrder, header: RecordingHeader, role: Role, length: number): Shipment {
    const { directory, endpoint, deliverer, clock, random, log, sha256 } = this.#options;
    const { files } = this.#spooling;
    return new Shipment(
      {
        order,
        header,
        role,
        directory,
        paths: spoolPaths(directory, order.sessionId),
        files,
        sha256,
        endpoint,
        deliverer,
        pace: this.#pace,
        slots: this.#slots,
        clock,
        random,
        log,
        stopped: this.#stopped.signal,
      },
      length,
    );
  }

  /** Never rejects. */
  async #recover(sessionId: string): Promise<void> {
    const { clock, random, log } = this.#options;
    const { signal } = this.#stopped;
    const backoff = new Backoff(RECOVERY_BACKOFF, random);
    while (!signal.aborted) {
      try {
        const shipment = await this.#recovered(sessionId);
        await shipment?.run();
        return;
      } catch (error) {
        log.error({ sessionId, cause: causeOf(error) }, 'a spool that was left behind is not recovered yet');
        await sleep(clock, backoff.next(), signal);
      }
    }
  }

  async #recovered(sessionId: string): Promise<Shipment | undefined> {
    const { directory, log } = this.#options;
    const { files } = this.#spooling;
    const paths = spoolPaths(directory, sessionId);
    const stored = await this.#storedOrder(paths.order);
    const found = await recoverSpool(this.#spooling, paths, sessionId, log).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    if (stored === undefined || found === undefined) {
      // A session begins when both are on the disk; and an order outlives its spool, when both are done with.
      files.remove(paths.spool);
      files.remove(paths.order);
      return undefined;
    }
    log.info({ sessionId, ...countsOf(found.state) }, 'a record that was left behind is delivered');
    const gone = (): Promise<never> =>
      Promise.reject(new Error('the process that had the credentials of the task died'));
    const shipment = this.#shipment(stored.order, found.header, stored.role ? gone : undefined, found.state.length);
    shipment.ended(found.state);
    return shipment;
  }

  /** Undefined: the order was being written when its process died. */
  async #storedOrder(path: string): Promise<StoredOrder | undefined> {
    const bytes = await this.#spooling.files.readAll(path);
    // Its last byte is a line feed.
    return bytes.at(-1) === 0x0a ? parseOrder(bytes) : undefined;
  }

  #track(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }
}

function countsOf({ events, bytes, gaps }: { events: number; bytes: number; gaps: number }) {
  return { events, bytes, gaps };
}
