import { MAX_WAIT_SECONDS } from '../../core/recording/recordings-api.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { RecordPart, RecordPartRequest } from './recordings-client.js';

/** Between two attempts to reach an endpoint that does not answer. */
const AGAIN_MS = 1000;

/** What is used of a RecordingsClient. */
export interface PartSource {
  part(sessionId: string, request: RecordPartRequest): Promise<RecordPart>;
}

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** The endpoint does not answer, and is asked again until it does; undefined: it does again. */
  readonly lost: (error: unknown) => void;
}

/** A record as it is now, from `offset` on, never more of it in memory than one part. */
export async function* recordParts(
  source: PartSource,
  sessionId: string,
  { offset: from = 0, signal }: { readonly offset?: number; readonly signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array> {
  for (let offset = from; ;) {
    const asked = source.part(sessionId, { offset, ...(signal && { signal }) });
    const { bytes } = await (signal === undefined ? asked : orAborted(asked, signal));
    if (bytes.length === 0) return;
    yield bytes;
    offset += bytes.length;
  }
}

/** A record from its beginning to the session's end, however long that takes; ends early when `signal` says so. */
export async function* followedParts(
  source: PartSource,
  sessionId: string,
  { signal, lost }: FollowOptions,
): AsyncGenerator<Uint8Array> {
  const left = (): boolean => signal.aborted;
  let failing = false;
  for (let offset = 0; !left();) {
    let part: RecordPart;
    try {
      part = await orAborted(source.part(sessionId, { offset, waitSeconds: MAX_WAIT_SECONDS, signal }), signal);
    } catch (error) {
      if (left()) return;
      if (error instanceof AwsError && error.fault === 'client') throw error;
      failing = true;
      lost(error);
      await pause(AGAIN_MS, signal);
      continue;
    }
    if (failing) lost(undefined);
    failing = false;
    if (part.bytes.length > 0) yield part.bytes;
    // Believed only when nothing comes with it: an answer on its way while a session ends may be told too much.
    if (part.ended && part.bytes.length === 0) return;
    offset += part.bytes.length;
  }
}

/**
 * Whoever leaves does not wait for the network: an answer may be twenty seconds away, and a signal that was joined with
 * others is not always heard (Node 20 may collect it).
 */
function orAborted<T>(asked: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const left = (): void => reject(new Error('left'));
    if (signal.aborted) left();
    signal.addEventListener('abort', left);
    asked.then(resolve, reject).finally(() => signal.removeEventListener('abort', left));
  });
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}
