import type { Delivery } from '../../core/recording/recordings-api.js';
import type { Database } from '../../platform/store/database.js';
import type { RecordedSession } from '../session-ports.js';
import { recordingError } from './recording-error.js';
import type { RecordingIndex, RecordingRow } from './recording-index.js';

/** Copies of one record. A cluster names two places, of which each can hold every kind. */
export const MAX_PLACES = 16;

const KINDS: readonly string[] = ['transcript', 'cast', 'events'];
const STATUSES: readonly string[] = ['pending', 'late', 'delivered', 'failed'];
/** A log group may begin with a slash, and an object's key may have anything in it. */
const PLACE = /^(s3|logs):\/\/\P{Cc}{3,1500}$/u;
const MAX_REASON = 2_000;

/** Throws ValidationException. */
export function readDelivery(value: unknown): Delivery {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const { kind, place, status, attempts, at, reason, sha256, bytes } = given;
  const problem =
    (!KINDS.includes(String(kind)) && 'kind') ||
    ((typeof place !== 'string' || !PLACE.test(place)) && 'place') ||
    (!STATUSES.includes(String(status)) && 'status') ||
    (!isCount(attempts) && 'attempts') ||
    (!isCount(at) && 'at') ||
    (reason !== undefined && typeof reason !== 'string' && 'reason') ||
    (sha256 !== undefined && !isDigest(sha256) && 'sha256') ||
    (bytes !== undefined && !isCount(bytes) && 'bytes');
  if (problem) throw recordingError.validation(`${problem} is not valid.`);
  const read = { kind, place, status, attempts, at, sha256, bytes } as unknown as Delivery;
  return { ...read, ...(typeof reason === 'string' && { reason: reason.slice(0, MAX_REASON) }) };
}

/**
 * A word that was under way for long and comes behind a later one. Time alone does not say it: a host's clock may be set
 * back, nor do attempts: a host that starts anew counts anew.
 */
function isStale(delivery: Delivery, before: Delivery): boolean {
  return delivery.at < before.at && delivery.attempts < before.attempts;
}

function isDigest(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export interface DeliveriesOptions {
  readonly database: Database;
  readonly index: RecordingIndex;
  /** What is said of a place for the first time. */
  readonly changed: (session: RecordedSession, delivery: Delivery) => void;
}

/** Where copies of records are: the last word of each place. */
export class Deliveries {
  readonly #options: DeliveriesOptions;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  async put({ sessionId, session }: RecordingRow, delivery: Delivery): Promise<void> {
    const { database, index, changed } = this.#options;
    const known = await index.deliveries(sessionId);
    const before = known.find(({ kind, place }) => kind === delivery.kind && place === delivery.place);
    if (before === undefined && known.length >= MAX_PLACES) {
      throw recordingError.validation(`A record has at most ${MAX_PLACES} copies.`);
    }
    if (before !== undefined && isStale(delivery, before)) return;
    await index.putDelivery(database, sessionId, delivery);
    if (before?.status !== delivery.status) changed(session, delivery);
  }

  /** Whether a copy is still on its way, as far as it is known here. */
  async outstanding({ sessionId, state, session }: RecordingRow): Promise<boolean> {
    if (state === 'live') return true;
    const known = await this.#options.index.deliveries(sessionId);
    if (known.some(({ status }) => status === 'pending' || status === 'late')) return true;
    const { s3BucketName, cloudWatchLogGroupName } = session.logging;
    const settled = (scheme: string): boolean =>
      known.some(({ kind, place }) => kind === 'transcript' && place.startsWith(scheme));
    return (isNamed(s3BucketName) && !settled('s3://')) || (isNamed(cloudWatchLogGroupName) && !settled('logs://'));
  }
}

function isNamed(name: string | undefined): boolean {
  return name !== undefined && name !== '';
}
