import { RecordingReader } from '../../core/recording/recording-reader.js';
import type { RecordingEvent, RecordingHeader } from '../../core/recording/recording-format.js';
import { sha256 } from '../../platform/crypto/sha256.js';
import type { RecordingFiles } from './recording-files.js';
import type { RecordingIndex, RecordingRow } from './recording-index.js';
import type { SealedFile } from './sealed-file.js';

const READ_BYTES = 256 * 1024;
/** Of a transcript, written at a time. */
const WRITE_BYTES = 256 * 1024;
/** Rendered in one go; then the index is asked again. */
const BATCH = 20;

/** A line of what a session showed. */
export interface ShownLine {
  readonly text: string;
  /** Microseconds since the session's start. */
  readonly time: number;
}

/** Control sequences resolved as a terminal would; implemented by `platform/terminal`. */
export type MakeLines = (header: RecordingHeader, events: AsyncIterable<RecordingEvent>) => AsyncIterable<ShownLine>;

export interface TranscriptsOptions {
  readonly index: RecordingIndex;
  readonly files: RecordingFiles;
  readonly makeLines: MakeLines;
  readonly log: { warn(fields: object, message: string): void };
}

/**
 * Makes the text of ended records, for searching, behind the requests and one at a time; it is kept sealed as they are.
 * Each line of the file: its time, a space, the text.
 */
export class Transcripts {
  readonly #options: TranscriptsOptions;
  #work: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(options: TranscriptsOptions) {
    this.#options = options;
  }

  /** Some are wanted. */
  wake(): void {
    this.#again = true;
    if (this.#stopped || this.#work !== undefined) return;
    this.#work = this.#run().finally(() => {
      this.#work = undefined;
      // Asked for while it was being left.
      if (this.#again) this.wake();
    });
  }

  /** Resolves when none is wanted any more. */
  async idle(): Promise<void> {
    while (this.#work !== undefined) await this.#work;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#work;
  }

  async #run(): Promise<void> {
    const { index, log } = this.#options;
    try {
      do {
        this.#again = false;
        const rows = await index.query({ transcript: 'wanted', limit: BATCH });
        for (const row of rows) if (!this.#stopped) await this.#make(row);
        this.#again ||= rows.length > 0;
      } while (this.#goesOn());
    } catch (error) {
      this.#again = false;
      log.warn({ error }, 'transcripts could not be made; they are tried again with the next one');
    }
  }

  #goesOn(): boolean {
    return this.#again && !this.#stopped;
  }

  async #make(row: RecordingRow): Promise<void> {
    const { index, log } = this.#options;
    const { sessionId, header } = row;
    if (header === undefined) return;
    try {
      await this.#render(row, header).catch(async (error: unknown) => {
        if (this.#stopped || header.terminal === null) throw error;
        log.warn({ sessionId, error }, 'a terminal cannot be followed; its text is kept as it came');
        await this.#render(row, { ...header, terminal: null });
      });
      await index.setTranscript(sessionId, 'ready');
    } catch (error) {
      if (this.#stopped) return;
      log.warn({ sessionId, error }, 'a record cannot be made into text: it will not be found by a search');
      await index.setTranscript(sessionId, 'none');
    }
  }

  async #render({ sessionId, sealedKey, length }: RecordingRow, header: RecordingHeader): Promise<void> {
    const { files, makeLines } = this.#options;
    const record = await files.open(sessionId, sealedKey, 'record');
    // Of a former process, which has died over it.
    await files.remove(sessionId, 'transcript');
    const transcript = await files.open(sessionId, sealedKey, 'transcript');
    let waiting: string[] = [];
    let size = 0;
    for await (const { text, time } of makeLines(header, events(record, length))) {
      if (this.#stopped) throw new Error('stopping');
      const line = `${time} ${text.replaceAll('\n', ' ')}\n`;
      waiting.push(line);
      size += line.length;
      if (size < WRITE_BYTES) continue;
      await transcript.append(Buffer.from(waiting.join('')));
      waiting = [];
      size = 0;
    }
    if (size > 0) await transcript.append(Buffer.from(waiting.join('')));
  }
}

async function* events(file: SealedFile, length: number): AsyncGenerator<RecordingEvent, void, void> {
  const reader = new RecordingReader(sha256);
  for (let offset = 0; offset < length;) {
    const bytes = await file.read(offset, READ_BYTES);
    if (bytes.length === 0) throw new Error(`the record ends at byte ${offset} of ${length}`);
    offset += bytes.length;
    yield* reader.push(bytes);
    if (reader.damage !== undefined) throw new Error(reader.damage.detail);
  }
}
