import type { Delivery } from '../../core/recording/recordings-api.js';
import type { Credentials } from '../../platform/aws/credentials.js';
import { createLogsClient, type LogsClient } from '../../platform/aws/logs-client.js';
import { TranscriptThread } from '../../platform/terminal/transcript-thread.js';
import { within, type Clock } from '../clock.js';
import type { EndpointAccess } from '../endpoint-access.js';
import type { Log } from '../log.js';
import type { Deliverer, DeliveryOrder, LiveDelivery, Role, SpooledRecording } from '../record/delivery.js';
import type { RecordingHeader } from '../../core/recording/recording-format.js';
import { Slots } from '../record/shipping-pace.js';
import { CHECK_MS, checkDestinations } from './check-destinations.js';
import { DeliveryCredentials } from './delivery-credentials.js';
import { DeliveryReports } from './delivery-reports.js';
import type { DeliveryTargets } from './delivery-target.js';
import { destinationsOf, placeOf, type Destinations } from './destinations.js';
import type { EndpointDeliveries } from './endpoint-deliveries.js';
import { keepTrying, type Place } from './keep-trying.js';
import { LIVE_CLOSE_MS, LiveEvents } from './live-events.js';
import { createObjectStore, type ObjectStore } from './object-store.js';
import { RecordFiles, type RecordFile } from './record-files.js';
import { putRemainingLiveEvents } from './remaining-live-events.js';
import { putTranscriptEvents } from './transcript-events.js';

/** Copies that are on their way at a time, of all sessions of a host together. */
export const MAX_DELIVERIES = 4;

/** The access is the host's. */
export interface DelivererOptions extends EndpointAccess {
  readonly targets?: DeliveryTargets;
  /** What the endpoint is told and asked. */
  readonly endpoint: EndpointDeliveries;
  /** For copies while they are delivered; of this host's own, made if need be, mode 0700. */
  readonly directory: string;
  readonly clock: Clock;
  /** Uniform in [0, 1); for jitter only. */
  readonly random: () => number;
  readonly log: Log;
  /** Default: a thread of its own. */
  readonly thread?: TranscriptThread;
}

export function createDeliverer(options: DelivererOptions): Deliverer & Required<Pick<Deliverer, 'live'>> {
  return new HostDeliverer(options);
}

/** The services, as one session reaches them. */
interface Reach {
  readonly logs: LogsClient;
  readonly s3: ObjectStore;
  refused(error: unknown): void;
  close(): void;
}

class HostDeliverer implements Deliverer {
  readonly #options: DelivererOptions;
  readonly #thread: TranscriptThread;
  readonly #slots = new Slots(MAX_DELIVERIES);
  /** Of sessions with live events: up to when their lines are in the group, for {@link deliver} to go on there. */
  readonly #liveUntil = new Map<string, number>();

  /** Of sessions with live events: settled when they send no more. */
  readonly #liveEnds = new Map<string, Promise<void>>();

  constructor(options: DelivererOptions) {
    this.#options = options;
    this.#thread = options.thread ?? new TranscriptThread();
  }

  async check(order: DeliveryOrder, role: Role): Promise<void> {
    const reach = this.#reach(order.sessionId, role, CHECK_MS / 2);
    try {
      await checkDestinations(order, { ...reach, log: this.#options.log });
    } finally {
      reach.close();
    }
  }

  live(order: DeliveryOrder, header: RecordingHeader, role: Role): LiveDelivery {
    const { region, clock, random, log } = this.#options;
    const { sessionId } = order;
    const { logs: destination } = destinationsOf(sessionId, order.inputs);
    if (destination === undefined) return { event: () => undefined, close: () => Promise.resolve() };
    const reach = this.#reach(sessionId, role);
    const events = new LiveEvents({
      header,
      region,
      logs: reach.logs,
      group: destination.group,
      stream: destination.liveStream,
      clock,
      random,
      log,
      sent: (until) => this.#liveUntil.set(sessionId, until),
      refused: (error) => reach.refused(error),
    });
    let ended: () => void = () => undefined;
    this.#liveEnds.set(sessionId, new Promise((resolve) => (ended = resolve)));
    return {
      event: (event) => events.event(event),
      close: () =>
        events.close().finally(() => {
          reach.close();
          ended();
        }),
    };
  }

  async deliver(recording: SpooledRecording, role: Role, signal: AbortSignal): Promise<void> {
    const { clock, random, log, endpoint, directory } = this.#options;
    const { order } = recording;
    const { sessionId } = order;
    const reach = this.#reach(sessionId, role);
    const files = new RecordFiles({ recording, directory, thread: this.#thread, signal });
    const reports = new DeliveryReports({ sessionId, endpoint, clock, random, log, signal });
    const report = (delivery: Delivery): void => reports.submit(delivery);
    const refused = (error: unknown): void => reach.refused(error);
    const delivered = this.#places(recording, reach, files, signal).map((place) =>
      keepTrying(
        { ...place, deliver: (advanced) => this.#inTurn(() => place.deliver(advanced), signal) },
        { sessionId, clock, random, log, signal, report, refused },
      ),
    );
    try {
      // Each has its own way; with the signal they all end, and the first of them says so.
      const ends = await Promise.allSettled(delivered);
      signal.throwIfAborted();
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
      await reports.said();
      signal.throwIfAborted();
      await files.remove();
      this.#liveUntil.delete(sessionId);
      this.#liveEnds.delete(sessionId);
    } finally {
      reach.close();
    }
  }

  #inTurn<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#slots.use(async () => {
      // The host may have stopped while this waited.
      signal.throwIfAborted();
      return work();
    });
  }

  #places(recording: SpooledRecording, reach: Reach, files: RecordFiles, signal: AbortSignal): Place[] {
    const { order } = recording;
    const { logs, s3 } = destinationsOf(order.sessionId, order.inputs);
    return [
      ...(logs === undefined ? [] : this.#logPlaces(recording, logs, reach, files, signal)),
      ...(s3 === undefined ? [] : objectPlaces(s3, reach.s3, files, signal)),
    ];
  }

  #logPlaces(
    recording: SpooledRecording,
    { group, stream, liveStream }: NonNullable<Destinations['logs']>,
    { logs }: Reach,
    files: RecordFiles,
    signal: AbortSignal,
  ): Place[] {
    const { clock, region } = this.#options;
    const { sessionId, settings } = recording.order;
    const transcript: Place = {
      kind: 'transcript',
      place: placeOf('logs', group, stream),
      deliver: async (advanced) => {
        const file = await files.transcript();
        await putTranscriptEvents({ logs, group, stream, file, now: () => clock.now(), advanced, signal });
        return summaryOf(file);
      },
    };
    const events: Place = {
      kind: 'events',
      place: placeOf('logs', group, liveStream),
      deliver: async (advanced) => {
        // Nobody waits for the end of the live events before the delivery begins.
        await within(clock, 2 * LIVE_CLOSE_MS, this.#liveEnds.get(sessionId) ?? Promise.resolve(), undefined);
        const sentUntil = this.#liveUntil.get(sessionId);
        const sent = (until: number): void => {
          this.#liveUntil.set(sessionId, until);
          advanced();
        };
        await putRemainingLiveEvents({ recording, region, logs, group, stream: liveStream, sentUntil, sent, signal });
        return {};
      },
    };
    return settings.live ? [transcript, events] : [transcript];
  }

  #reach(sessionId: string, role: Role, timeoutMs?: number): Reach {
    const { endpointUrl, region, credentials: host, ca, targets = {}, endpoint, clock } = this.#options;
    const late = (): Promise<Credentials> => endpoint.roleCredentials(sessionId);
    const own = new DeliveryCredentials({ role, host, late, clock });
    const target = (which: 'logs' | 's3') => ({
      endpointUrl: targets[which]?.endpointUrl ?? endpointUrl,
      region,
      credentials: targets[which]?.credentials ?? own.get,
      ...(ca !== undefined && { ca }),
    });
    const logs = createLogsClient({
      ...target('logs'),
      attempts: 1,
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    const s3 = createObjectStore(target('s3'));
    return {
      logs,
      s3,
      refused: (error) => own.refused(error),
      close: () => {
        logs.close();
        s3.close();
      },
    };
  }
}

/** The transcript, and the recording beside it. */
function objectPlaces(
  { bucket, transcriptKey, castKey }: NonNullable<Destinations['s3']>,
  s3: ObjectStore,
  files: RecordFiles,
  signal: AbortSignal,
): Place[] {
  const object = (
    kind: 'transcript' | 'cast',
    key: string,
    contentType: string,
    make: () => Promise<RecordFile>,
  ): Place => ({
    kind,
    place: placeOf('s3', bucket, key),
    deliver: async () => {
      const file = await make();
      // As AWS's agent: where the bucket's default cannot be read, S3 applies it all the same.
      const encryption = await s3.encryption(bucket, signal).catch(() => undefined);
      signal.throwIfAborted();
      await s3.put({ bucket, key, contentType, encryption }, file.path, signal);
      return summaryOf(file);
    },
  });
  return [
    object('transcript', transcriptKey, 'text/plain', () => files.transcript()),
    object('cast', castKey, 'application/x-asciicast', () => files.cast()),
  ];
}

function summaryOf({ sha256, bytes }: RecordFile): Pick<Delivery, 'sha256' | 'bytes'> {
  return { sha256, bytes };
}
