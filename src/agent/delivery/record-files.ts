import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Asciicast } from '../../core/recording/asciicast.js';
import type { RecordingEvent } from '../../core/recording/recording-format.js';
import { privateDirectory } from '../../platform/store/private-directory.js';
import { transcriptLog } from '../../platform/terminal/transcript-log.js';
import { TranscriptBroken, type TranscriptThread } from '../../platform/terminal/transcript-thread.js';
import type { SpooledRecording } from '../record/delivery.js';

/** Written at a time. */
const WRITE_LENGTH = 64 * 1024;

/** A copy of a record on this host, as it is to be delivered. */
export interface RecordFile {
  readonly path: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  /** Milliseconds since the epoch: when the session's last event was. */
  readonly endedAt: number;
}

export interface RecordFilesOptions {
  readonly recording: SpooledRecording;
  /** For files that are removed when all is delivered. */
  readonly directory: string;
  readonly thread: TranscriptThread;
  readonly signal: AbortSignal;
}

/** The transcript and the asciicast of one record, each made once, when it is first asked for. */
export class RecordFiles {
  readonly #options: RecordFilesOptions;
  #transcript: Promise<RecordFile> | undefined;
  #cast: Promise<RecordFile> | undefined;

  constructor(options: RecordFilesOptions) {
    this.#options = options;
  }

  /** A file that could not be made, on a disk that is full, is made anew when it is asked for again. */
  transcript(): Promise<RecordFile> {
    return (this.#transcript ??= this.#makeTranscript().catch((error: unknown) => {
      this.#transcript = undefined;
      throw error;
    }));
  }

  cast(): Promise<RecordFile> {
    return (this.#cast ??= this.#write('cast', () => this.#castLines()).catch((error: unknown) => {
      this.#cast = undefined;
      throw error;
    }));
  }

  async remove(): Promise<void> {
    await Promise.all(['log', 'cast'].map((ending) => rm(this.#path(ending), { force: true })));
  }

  async #makeTranscript(): Promise<RecordFile> {
    const { recording, thread } = this.#options;
    const { header } = recording;
    try {
      return await this.#write('log', (events) => transcriptLog(header, events, (of, from) => thread.lines(of, from)));
    } catch (error) {
      if (!(error instanceof TranscriptBroken)) throw error;
      // Better every byte as plain text than no transcript: the thread died of what the emulation needs.
      const plain = { terminal: null };
      return this.#write('log', (events) => transcriptLog(header, events, (_of, from) => thread.lines(plain, from)));
    }
  }

  async *#castLines(): AsyncGenerator<string, void, void> {
    const cast = new Asciicast();
    for await (const event of this.#events()) yield cast.lines(event);
  }

  async *#events(): AsyncGenerator<RecordingEvent, void, void> {
    const { recording, signal } = this.#options;
    for await (const event of recording.events()) {
      signal.throwIfAborted();
      yield event;
    }
  }

  #path(ending: string): string {
    return join(this.#options.directory, `${this.#options.recording.order.sessionId}.${ending}`);
  }

  async #write(
    ending: string,
    make: (events: AsyncIterable<RecordingEvent>) => AsyncIterable<string>,
  ): Promise<RecordFile> {
    const { directory, recording } = this.#options;
    privateDirectory(directory);
    const path = this.#path(ending);
    const hash = createHash('sha256');
    let bytes = 0;
    let last = 0;
    const events = this.#events();
    async function* timed(): AsyncGenerator<RecordingEvent, void, void> {
      for await (const event of events) {
        last = event.time;
        yield event;
      }
    }
    const file = await open(path, 'w', 0o600);
    try {
      let waiting = '';
      const flush = async (): Promise<void> => {
        const piece = Buffer.from(waiting);
        waiting = '';
        hash.update(piece);
        bytes += piece.length;
        await file.writeFile(piece);
      };
      for await (const text of make(timed())) {
        waiting += text;
        if (waiting.length >= WRITE_LENGTH) await flush();
      }
      await flush();
    } finally {
      await file.close();
    }
    const endedAt = recording.header.startedAt + Math.trunc(last / 1000);
    return { path, bytes, sha256: hash.digest('hex'), endedAt };
  }
}
