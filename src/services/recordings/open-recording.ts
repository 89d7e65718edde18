import type { RecordingEnd, RecordingHeader } from '../../core/recording/recording-format.js';
import type { PartAnswer } from '../../core/recording/recordings-api.js';
import type { RecordingState } from '../../core/recording/recording-writer.js';
import { sameBytes } from '../../core/recording/same-bytes.js';
import { Changes } from './changes.js';
import { recordingError } from './recording-error.js';
import type { RecordingPart } from './recording-part.js';
import type { SealedFile } from './sealed-file.js';
import type { StoredRecord } from './stored-record.js';

/** Of parts that are written and confirmed together. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/** How long after somebody has looked the host is told that parts are wanted as they come. */
export const WATCHED_MS = 30_000;

export interface OpenRecordingOptions {
  readonly file: SealedFile;
  readonly record: StoredRecord;
  /** Signed: nothing may be added any more. */
  readonly ended: boolean;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** What is wrong with a header; undefined when it is this session's. */
  readonly checkHeader: (header: RecordingHeader) => string | undefined;
  /** Its header has come. */
  readonly hasHeader: (header: RecordingHeader) => Promise<void>;
}

/** A whole record, as it is to be signed. */
export interface WholeRecord {
  readonly state: RecordingState;
  readonly ending: RecordingEnd;
}

/**
 * One record while it is in use. Parts are stored one after the other; those that arrive while others are on their way
 * to the disk go there together, with one wait for it.
 */
export class OpenRecording {
  readonly changes = new Changes();
  readonly #options: OpenRecordingOptions;
  #parts: RecordingPart[] = [];
  #work: Promise<void> = Promise.resolve();
  #storing = false;
  #ended: boolean;
  #headerKept = false;
  #watchedUntil = 0;
  /** Milliseconds since the epoch; of the last part of this process. */
  lastPartAt: number | undefined;

  constructor(options: OpenRecordingOptions) {
    this.#options = options;
    this.#ended = options.ended;
  }

  /** Bytes that are on the disk. */
  get length(): number {
    return this.#options.file.length;
  }

  /** There is nothing more to come. */
  get over(): boolean {
    return this.#ended || this.#options.record.ending !== undefined;
  }

  get busy(): boolean {
    return this.#storing || this.changes.waiting > 0;
  }

  get answer(): PartAnswer {
    return { length: this.length, watched: this.#options.clock() < this.#watchedUntil };
  }

  /** Somebody looks on. */
  watch(): void {
    this.#watchedUntil = this.#options.clock() + WATCHED_MS;
  }

  read(offset: number, most: number): Promise<Uint8Array> {
    return this.#options.file.read(offset, most);
  }

  /** On the disk when it resolves. */
  put(offset: number, bytes: Uint8Array): Promise<PartAnswer> {
    return new Promise((stored, refused) => {
      this.#parts.push({ offset, bytes, stored, refused });
      if (this.#storing) return;
      this.#storing = true;
      void this.alone(() => this.#storeAll());
    });
  }

  /** Nothing else happens to the record meanwhile. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    this.#work = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  /** Within {@link alone}: what is to be signed. Refuses a record that is not whole, or not the one that was meant. */
  async whole(length: number, digest: string): Promise<WholeRecord> {
    const { record } = this.#options;
    await this.#look();
    const { state, ending } = record;
    const found = Buffer.from(state?.digest ?? []).toString('hex');
    if (this.length !== length) {
      throw recordingError.conflict(`The record has ${this.length} bytes here, not ${length}.`, this.answer);
    }
    if (state === undefined || ending === undefined || state.length !== length) {
      throw recordingError.conflict('The record has no end.', this.answer);
    }
    if (found !== digest) {
      throw recordingError.conflict(`The digest of the record is ${found} here, not ${digest}.`, this.answer);
    }
    return { state, ending };
  }

  /** It is signed. */
  close(): void {
    this.#ended = true;
    this.changes.wake();
  }

  async #storeAll(): Promise<void> {
    while (this.#parts.length > 0) {
      const taken: RecordingPart[] = [];
      try {
        await this.#store(taken);
      } catch (error) {
        for (const part of taken) part.refused(error);
      }
    }
    this.#storing = false;
  }

  /** As many of the waiting parts as follow each other. Those in `taken` were not answered when it throws. */
  async #store(taken: RecordingPart[]): Promise<void> {
    const { file, record, clock } = this.#options;
    const pieces: Uint8Array[] = [];
    let end = file.length;
    for (let part = this.#parts[0]; part !== undefined; part = this.#parts[0]) {
      const isNext = part.offset === end && end - file.length < MAX_BATCH_BYTES;
      if (taken.length > 0 && !isNext) break;
      this.#parts.shift();
      taken.push(part);
      if (taken.length === 1) await this.#look();
      // Only the first can say anything of what is there already.
      end = taken.length === 1 ? file.length : end;
      const fresh = await this.#fresh(part, end);
      if (fresh.length === 0) continue;
      if (this.#ended) throw recordingError.conflict('The record has ended.', this.answer);
      const problem = record.check(fresh) ?? this.#headerProblem();
      if (problem !== undefined) {
        taken.pop();
        record.forget();
        part.refused(recordingError.validation(`The bytes do not fit the record: ${problem}.`));
        break;
      }
      pieces.push(fresh);
      end += fresh.length;
    }
    if (pieces.length > 0) await this.#append(pieces);
    await this.#keepHeader();
    this.lastPartAt = clock();
    for (const part of taken.splice(0)) part.stored(this.answer);
    if (pieces.length > 0) this.changes.wake();
  }

  async #append(pieces: readonly Uint8Array[]): Promise<void> {
    try {
      await this.#options.file.append(pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces));
      this.#options.record.stored();
    } catch (error) {
      this.#options.record.forget();
      throw recordingError.unavailable(error);
    }
  }

  /** Of a part, what is not there yet. */
  async #fresh({ offset, bytes }: RecordingPart, end: number): Promise<Uint8Array> {
    if (offset > end) throw recordingError.conflict(`The record has only ${end} bytes here.`, this.answer);
    const known = Math.min(bytes.length, end - offset);
    if (known > 0 && !sameBytes(await this.#options.file.read(offset, known), bytes.subarray(0, known))) {
      throw recordingError.conflict('Other bytes are here already.', this.answer);
    }
    return bytes.subarray(known);
  }

  async #look(): Promise<void> {
    if (this.#ended) return;
    await this.#options.record.look();
    await this.#keepHeader();
  }

  #headerProblem(): string | undefined {
    const { record, checkHeader } = this.#options;
    return record.header === undefined || this.#headerKept ? undefined : checkHeader(record.header);
  }

  async #keepHeader(): Promise<void> {
    const { header } = this.#options.record;
    if (header === undefined || this.#headerKept || this.#ended) return;
    await this.#options.hasHeader(header);
    this.#headerKept = true;
  }
}
