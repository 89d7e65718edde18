import type { StoredEvent } from './event-store.js';

/** How long an event may wait for others to be written with it. */
export const WRITE_DELAY_MS = 50;

/** Events of one transaction. */
export const MAX_BATCH = 500;

/** Events that wait while the disk refuses them; what comes on top of these is lost, and said to be. */
export const MAX_WAITING = 20_000;

/** After a write that failed. */
const RETRY_DELAY_MS = 1_000;

export interface EventWriterOptions {
  readonly write: (events: readonly StoredEvent[]) => Promise<void>;
  readonly after: (milliseconds: number, work: () => void) => { cancel(): void };
  readonly warn: (details: object, message: string) => void;
}

/** Writes events in batches, so that a request does not wait for the disk, and none is forgotten when it refuses. */
export class EventWriter {
  readonly #options: EventWriterOptions;
  #waiting: StoredEvent[] = [];
  #timer: { cancel(): void } | undefined;
  #writing: Promise<void> | undefined;
  #lost = 0;
  #failing = false;

  constructor(options: EventWriterOptions) {
    this.#options = options;
  }

  add(event: StoredEvent): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#lost++;
      return;
    }
    this.#waiting.push(event);
    this.#schedule(WRITE_DELAY_MS);
  }

  /** When all that was added before has been written, or has been refused by the disk once more. */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#waiting.length > 0) await this.#writeNow();
  }

  #schedule(delay: number): void {
    if (this.#timer !== undefined || this.#writing !== undefined) return;
    this.#timer = this.#options.after(delay, () => {
      this.#timer = undefined;
      void this.#writeNow();
    });
  }

  #writeNow(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      if (this.#waiting.length > 0) this.#schedule(this.#failing ? RETRY_DELAY_MS : WRITE_DELAY_MS);
    });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, MAX_BATCH);
      try {
        await this.#options.write(batch);
      } catch (error) {
        if (!this.#failing) {
          this.#options.warn({ error }, 'audit events could not be stored; they wait. Check the disk of the state');
        }
        this.#failing = true;
        return;
      }
      this.#failing = false;
      this.#waiting = this.#waiting.slice(batch.length);
      if (this.#lost > 0) {
        this.#options.warn({ lost: this.#lost }, 'audit events were lost while the state could not be written');
        this.#lost = 0;
      }
    }
  }
}
