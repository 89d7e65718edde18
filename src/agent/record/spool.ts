import { join } from 'node:path';
import type { Sha256 } from '../../core/recording/encode-event.js';
import type { EventKind } from '../../core/recording/recording-format.js';
import { RecordingWriter, type RecordingState } from '../../core/recording/recording-writer.js';
import type { SpoolFiles } from './spool-files.js';
import type { SyncQueue } from './sync-queue.js';

export const SPOOL_SUFFIX = '.gwr';
export const ORDER_SUFFIX = '.order.json';
/** What was cut off a damaged spool; kept for whoever wants to look. */
export const TORN_SUFFIX = '.torn';

export interface SpoolPaths {
  readonly spool: string;
  readonly order: string;
  readonly torn: string;
}

export function spoolPaths(directory: string, sessionId: string): SpoolPaths {
  const path = (suffix: string): string => join(directory, sessionId + suffix);
  return { spool: path(SPOOL_SUFFIX), order: path(ORDER_SUFFIX), torn: path(TORN_SUFFIX) };
}

export interface SpoolOptions {
  readonly files: SpoolFiles;
  readonly syncs: SyncQueue;
  readonly sha256: Sha256;
}

/** The record of one session while it grows in a file. An event is there whole or not at all. */
export class Spool {
  /** Told how much is on the disk, whenever it is more. */
  synced: (length: number) => void = () => undefined;
  readonly #options: SpoolOptions;
  readonly #writer: RecordingWriter;
  readonly #file: number;
  /** Something of an event that failed may stand behind the last whole one. */
  #torn = false;
  #closed = false;
  #syncedLength = 0;
  #syncFailure: Error | undefined;

  /** `file` has exactly what `state` says. It is this spool's to close. */
  constructor(options: SpoolOptions, file: number, state?: RecordingState) {
    this.#options = options;
    this.#file = file;
    this.#writer = new RecordingWriter(options.sha256, state);
  }

  get state(): RecordingState {
    return this.#writer.state;
  }

  /** What was written did not reach the disk. */
  get syncFailure(): Error | undefined {
    return this.#syncFailure;
  }

  /**
   * Handed to the operating system when this returns: it survives the death of any process. Throws the system's error,
   * and then the event is not there. `time`: microseconds since the session's start.
   */
  append(kind: EventKind, time: number, payload: Uint8Array): void {
    const { files, syncs } = this.#options;
    const { length } = this.#writer.state;
    if (this.#torn) this.#truncate(length);
    const event = this.#writer.encode(kind, time, payload);
    try {
      let written = files.write(this.#file, event, length);
      while (written < event.length) {
        const more = files.write(this.#file, event.subarray(written), length + written);
        if (more <= 0) throw new Error('the system wrote nothing');
        written += more;
      }
    } catch (error) {
      this.#torn = true;
      try {
        this.#truncate(length);
      } catch {
        // Tried again before the next event.
      }
      throw error;
    }
    this.#writer.accept();
    syncs.behind(this);
  }

  /** Everything appended by now is on the disk; it survives a power cut. */
  durable(): Promise<void> {
    return this.#options.syncs.now(this);
  }

  async sync(): Promise<void> {
    const { length } = this.#writer.state;
    if (this.#closed || length === this.#syncedLength) return;
    try {
      await this.#options.files.sync(this.#file);
      this.#syncedLength = length;
    } catch (error) {
      // Linux forgets what it could not write: a later sync that succeeds would prove nothing.
      this.#syncFailure ??= error instanceof Error ? error : new Error(String(error));
    }
    if (this.#syncFailure !== undefined) throw this.#syncFailure;
    this.synced(length);
  }

  /** Call after the last sync. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.files.close(this.#file);
  }

  #truncate(length: number): void {
    this.#options.files.truncate(this.#file, length);
    this.#torn = false;
  }
}
