import type { RecordingFiles } from './recording-files.js';
import type { RecordingIndex } from './recording-index.js';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How often it is looked. */
const INTERVAL_MS = 10 * 60 * 1000;
/** Deleted at a time. */
const BATCH = 100;

export interface RetentionOptions {
  readonly index: RecordingIndex;
  readonly files: RecordingFiles;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly log: { warn(fields: object, message: string): void };
  readonly forget: (sessionId: string) => void;
  /** Absent: records are kept for ever. */
  readonly days: number | undefined;
}

/** Deletes the files of records whose time is over. The statements stay: the chain of them must have no hole. */
export class Retention {
  readonly #options: RetentionOptions;
  #nextLook = 0;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  async look(): Promise<void> {
    const { index, files, clock, forget, days } = this.#options;
    const now = clock();
    if (days === undefined || now < this.#nextLook) return;
    const old = await index.endedBefore(now - days * DAY_MS, BATCH);
    for (const { sessionId } of old) {
      // First said, then done: what is half deleted is not shown as damaged.
      await index.setDeleted(sessionId, now);
      forget(sessionId);
      await files.removeAll(sessionId);
    }
    if (old.length < BATCH) this.#nextLook = now + INTERVAL_MS;
  }
}
