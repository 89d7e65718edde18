import type { Clock } from '../clock.js';

/** How long what was written may wait, in milliseconds, before its sync begins; with the sync itself it is 100. */
export const SYNC_BEHIND_MS = 50;
/** Node has four threads for files; one stays free for everything else. */
export const MAX_SYNCS = 3;

/** Something that can be brought to the disk; a sync brings what was written before it began. */
export interface Syncable {
  sync(): Promise<void>;
}

/** Brings the spools of a host to the disk, few at a time, each by one sync for all that was written meanwhile. */
export class SyncQueue {
  readonly #clock: Clock;
  readonly #behind = new Set<Syncable>();
  readonly #waiting = new Map<Syncable, Syncing>();
  readonly #running = new Set<Syncable>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A sync soon, whose failure is for the file to remember. */
  behind(file: Syncable): void {
    this.#behind.add(file);
    this.#cancel ??= this.#clock.after(SYNC_BEHIND_MS, () => {
      this.#cancel = undefined;
      const due = [...this.#behind];
      this.#behind.clear();
      for (const each of due) this.now(each).catch(() => undefined);
    });
  }

  /** What is written by now is on the disk when this resolves. */
  now(file: Syncable): Promise<void> {
    this.#behind.delete(file);
    let syncing = this.#waiting.get(file);
    if (syncing === undefined) {
      syncing = newSyncing();
      this.#waiting.set(file, syncing);
      this.#next();
    }
    return syncing.done;
  }

  #next(): void {
    for (const [file, syncing] of this.#waiting) {
      if (this.#running.size >= MAX_SYNCS) return;
      if (this.#running.has(file)) continue;
      // From here on, whoever has written more waits for the sync after this one.
      this.#waiting.delete(file);
      this.#running.add(file);
      const settled = (): void => {
        this.#running.delete(file);
        this.#next();
      };
      void file.sync().then(syncing.resolve, syncing.reject).finally(settled);
    }
  }
}

interface Syncing {
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

function newSyncing(): Syncing {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const done = new Promise<void>((settle, fail) => {
    resolve = settle;
    reject = fail;
  });
  return { done, resolve, reject };
}
