import { copyFile } from 'node:fs/promises';
import { RecordingReader } from '../../core/recording/recording-reader.js';
import { parseEnd, parseHeader } from '../../core/recording/recording-payloads.js';
import { EventKind, type RecordingEnd, type RecordingHeader } from '../../core/recording/recording-format.js';
import { EMPTY_RECORDING, type RecordingState } from '../../core/recording/recording-writer.js';
import { sha256 } from '../../platform/crypto/sha256.js';
import { DamagedFile, type SealedFile } from './sealed-file.js';

/** Read at a time when a record is gone through. */
const READ_BYTES = 512 * 1024;

export interface StoredRecordOptions {
  readonly path: string;
  readonly file: SealedFile;
  readonly warn: (fields: object, message: string) => void;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** How far a record is known. */
interface Known {
  /** Up to the last whole event. */
  readonly state: RecordingState;
  readonly header: RecordingHeader | undefined;
  readonly ending: RecordingEnd | undefined;
}

const NOTHING: Known = Object.freeze({ state: EMPTY_RECORDING, header: undefined, ending: undefined });

/** What stands in the file of a record, and whether the next bytes fit behind it. Calls must not overlap. */
export class StoredRecord {
  readonly #options: StoredRecordOptions;
  /** Has seen all that is in the file, and what is being stored. Absent: the file has to be read first. */
  #reader: RecordingReader | undefined;
  #header: RecordingHeader | undefined;
  #ending: RecordingEnd | undefined;
  /** What was in the file when it was looked at last. */
  #known = NOTHING;

  constructor(options: StoredRecordOptions) {
    this.#options = options;
  }

  /** Of the bytes in the file. */
  get length(): number {
    return this.#options.file.length;
  }

  /** Of what is in the file, once it was looked at. */
  get header(): RecordingHeader | undefined {
    return this.#header;
  }

  get ending(): RecordingEnd | undefined {
    return this.#ending;
  }

  get state(): RecordingState | undefined {
    return this.#reader?.state;
  }

  /**
   * Looks at what is in the file, as far as it is not known. What cannot be read of a record that is not signed yet is
   * put aside, and asked for again: its host still has it.
   */
  async look(): Promise<void> {
    if (this.#reader !== undefined) return;
    const { path, file, warn, clock } = this.#options;
    // A reader that goes on behind an end does not know that there was one.
    if (this.#known.ending !== undefined) this.#know(NOTHING);
    const reader = new RecordingReader(sha256, this.#known.state);
    try {
      for (let offset = this.#known.state.length; offset < file.length;) {
        const bytes = await file.read(offset, READ_BYTES);
        this.#take(reader, bytes);
        if (reader.damage !== undefined) break;
        offset += bytes.length;
      }
    } catch (error) {
      if (!(error instanceof DamagedFile)) throw error;
      const aside = await this.#putAside(clock());
      warn({ error, aside }, 'a record that is still coming was damaged; the rest is asked for again');
      await file.cut(error.offset);
      this.#know(NOTHING);
      return this.look();
    }
    if (reader.damage !== undefined) {
      const aside = await this.#putAside(clock());
      warn({ path, damage: reader.damage, aside }, 'a record that is still coming does not fit; it is asked for again');
      await file.cut(0);
      this.#know(NOTHING);
      return this.look();
    }
    this.#reader = reader;
    this.stored();
  }

  /** What is wrong with bytes that are to stand behind what is there; they count as seen when nothing is. */
  check(bytes: Uint8Array): string | undefined {
    const reader = this.#reader;
    if (reader === undefined) throw new Error('the record was not looked at');
    this.#take(reader, bytes);
    if (reader.damage === undefined) return undefined;
    const { offset, event, detail } = reader.damage;
    this.forget();
    return `event ${event}, at byte ${offset}: ${detail}`;
  }

  /** All that was checked is in the file. */
  stored(): void {
    if (this.#reader === undefined) return;
    this.#known = { state: this.#reader.state, header: this.#header, ending: this.#ending };
  }

  /** What was checked did not get into the file. */
  forget(): void {
    this.#know(this.#known);
  }

  #know(known: Known): void {
    this.#known = known;
    this.#reader = undefined;
    this.#header = known.header;
    this.#ending = known.ending;
  }

  #take(reader: RecordingReader, bytes: Uint8Array): void {
    for (const { kind, payload } of reader.push(bytes)) {
      if (kind === EventKind.Header) this.#header = parseHeader(payload);
      if (kind === EventKind.End) this.#ending = parseEnd(payload);
    }
  }

  async #putAside(now: number): Promise<string> {
    const aside = `${this.#options.path}.damaged-${now}`;
    await copyFile(this.#options.path, aside);
    return aside;
  }
}
