import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { RecordingEvent, RecordingHeader } from '../../core/recording/recording-format.js';
import type { TranscriptLine } from './transcript-line.js';

/** Bytes of events that are handed over at a time. */
export const BATCH_BYTES = 256 * 1024;
/** What an event counts for besides its payload. */
const EVENT_BYTES = 64;
/** The thread's heap; a session whose screen needs more breaks the thread, and not the agent. */
export const THREAD_MEMORY_MB = 384;
/** Without anything to do the thread ends after this long, and its memory is free. */
export const THREAD_IDLE_MS = 10_000;

/** To the thread; each part is optional, in this order. */
export interface TranscriptRequest {
  readonly header?: Pick<RecordingHeader, 'terminal'>;
  readonly events?: readonly RecordingEvent[];
  readonly end?: true;
}

export interface TranscriptReply {
  readonly lines: readonly TranscriptLine[];
}

/** The thread has died over a transcript, which can be made without a terminal's emulation. */
export class TranscriptBroken extends Error {
  override readonly name = 'TranscriptBroken';
}

/** The worker's file, compiled; a test runs the sources, and takes it from the last build. */
function workerFile(): URL {
  const beside = new URL('./transcript-worker.js', import.meta.url);
  return existsSync(beside) ? beside : new URL('../../../dist/platform/terminal/transcript-worker.js', import.meta.url);
}

/** Makes transcripts in a thread of its own with low priority, one at a time, so that no session waits for one. */
export class TranscriptThread {
  readonly #memoryMb: number;
  #worker: Worker | undefined;
  #queue: Promise<void> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;

  constructor(memoryMb = THREAD_MEMORY_MB) {
    this.#memoryMb = memoryMb;
  }

  /**
   * The lines as {@link transcriptLines} gives them. The next transcript waits until these were taken, or their taker
   * has returned. Rejects with what `events` reject with, and with {@link TranscriptBroken}.
   */
  async *lines(
    header: Pick<RecordingHeader, 'terminal'>,
    events: AsyncIterable<RecordingEvent>,
  ): AsyncGenerator<TranscriptLine, void, void> {
    const leave = await this.#enter();
    let whole = false;
    try {
      yield* await this.#ask({ header: { terminal: header.terminal } });
      for await (const batch of batches(events)) yield* await this.#ask({ events: batch });
      yield* await this.#ask({ end: true });
      whole = true;
    } finally {
      // What another transcript has begun must not stay in the thread.
      if (!whole) await this.close();
      leave();
    }
  }

  /** Ends the thread. It is started again when it is needed. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  async #enter(): Promise<() => void> {
    const before = this.#queue;
    let leave: () => void = () => undefined;
    this.#queue = new Promise((resolve) => (leave = resolve));
    await before;
    clearTimeout(this.#idle);
    return () => {
      this.#idle = setTimeout(() => void this.close(), THREAD_IDLE_MS);
      this.#idle.unref();
      leave();
    };
  }

  #ask(request: TranscriptRequest): Promise<readonly TranscriptLine[]> {
    const worker = (this.#worker ??= start(this.#memoryMb));
    worker.ref();
    return new Promise((resolve, reject) => {
      const settled = (): void => {
        worker.off('message', answered).off('error', failed).off('exit', gone);
        worker.unref();
      };
      const answered = ({ lines }: TranscriptReply): void => {
        settled();
        resolve(lines);
      };
      const failed = (cause: Error): void => {
        settled();
        worker.on('error', () => undefined);
        if (this.#worker === worker) this.#worker = undefined;
        reject(new TranscriptBroken(`the transcript could not be made: ${cause.message}`, { cause }));
      };
      const gone = (): void => failed(new Error('its thread has ended'));
      worker.on('message', answered).on('error', failed).on('exit', gone);
      worker.postMessage(request);
    });
  }
}

function start(maxOldGenerationSizeMb: number): Worker {
  const worker = new Worker(workerFile(), { resourceLimits: { maxOldGenerationSizeMb } });
  worker.unref();
  return worker;
}

async function* batches(events: AsyncIterable<RecordingEvent>): AsyncGenerator<readonly RecordingEvent[], void, void> {
  let batch: RecordingEvent[] = [];
  let bytes = 0;
  for await (const { kind, time, payload } of events) {
    // A copy: what lies in a larger buffer would be handed over with all of it.
    batch.push({ kind, time, payload: Uint8Array.from(payload) });
    bytes += payload.length + EVENT_BYTES;
    if (bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  yield batch;
}
