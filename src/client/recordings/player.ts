import type { RecordingEvent } from '../../core/recording/recording-format.js';
import type { EventScreen } from './event-screen.js';
import type { Key } from './key-reader.js';
import type { ReplaySource } from './replay-source.js';

export const SEEK_US = 5_000_000;
export const MIN_SPEED = 0.25;
export const MAX_SPEED = 64;

/** Time as a player needs it, passed in so that tests can make it. */
export interface PlayerClock {
  /** Milliseconds, never going back. */
  now(): number;
  /** Calls back once; returns how to stop it. */
  after(milliseconds: number, work: () => void): () => void;
}

export interface PlayerOptions {
  readonly source: ReplaySource;
  readonly screen: EventScreen;
  readonly speed: number;
  /** Longest time, in microseconds of the record, in which nothing happens. */
  readonly idleLimit: number | undefined;
  readonly clock: PlayerClock;
  /** Waits at the end for what the user wants next; otherwise the end is the end. */
  readonly stay: boolean;
  /** Something is new on the screen, or in {@link Player.state}. */
  readonly changed: () => void;
  /** True: what comes now is passed over, and not to be shown. */
  readonly seeking: (seeking: boolean) => void;
}

/** Plays a record in its own time, or in another. */
export class Player {
  readonly #options: PlayerOptions;
  readonly #abort = new AbortController();
  #speed: number;
  #paused = false;
  #ended = false;
  #seekTo: number | undefined;
  /** In microseconds: where the record was at {@link #at}. */
  #position = 0;
  #at = 0;
  /** Time of the last event that is on the screen. */
  #shown = 0;
  #events: AsyncIterator<readonly RecordingEvent[]> | undefined;
  #batch: readonly RecordingEvent[] = [];
  #index = 0;
  #wake: (() => void) | undefined;
  /** Since the wishes were looked at there are new ones. */
  #pressed = false;
  #failure: Error | undefined;

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#speed = options.speed;
  }

  get speed(): number {
    return this.#speed;
  }

  get state(): 'playing' | 'paused' | 'seeking' | 'ended' {
    if (this.#seekTo !== undefined) return 'seeking';
    if (this.#ended) return 'ended';
    return this.#paused ? 'paused' : 'playing';
  }

  /** Microseconds since the session's start. */
  get position(): number {
    if (this.state !== 'playing') return this.#seekTo ?? this.#position;
    return this.#position + (this.#options.clock.now() - this.#at) * 1000 * this.#speed;
  }

  /** Why the record ends where it does, if not because the session did. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Resolves at the end, or after {@link quit}. */
  async run(from: number): Promise<void> {
    this.#anchor(0);
    if (from > 0) this.#seek(from);
    while (!this.#abort.signal.aborted) {
      this.#rewind();
      await this.#playOn();
      await this.#events?.return?.();
    }
    await this.#options.screen.flush();
    this.#options.seeking(false);
  }

  quit(): void {
    this.#abort.abort();
    this.#wake?.();
  }

  press(key: Key): void {
    const { position } = this;
    if (key === 'quit') {
      this.quit();
      return;
    }
    if (key === 'back') this.#seek(position - SEEK_US);
    else if (key === 'forward') this.#seek(position + SEEK_US);
    else {
      this.#anchor(position);
      if (key === 'pause') this.#paused = !this.#paused;
      else if (key === 'faster') this.#speed = Math.min(this.#speed * 2, MAX_SPEED);
      else if (key === 'slower') this.#speed = Math.max(this.#speed / 2, MIN_SPEED);
    }
    this.#pressed = true;
    this.#options.changed();
    this.#wake?.();
  }

  #seek(to: number): void {
    this.#seekTo = Math.max(0, to);
    this.#options.seeking(true);
  }

  #anchor(position: number): void {
    this.#position = position;
    this.#at = this.#options.clock.now();
  }

  #rewind(): void {
    const { screen, source } = this.#options;
    screen.reset();
    this.#shown = 0;
    this.#failure = undefined;
    this.#batch = [];
    this.#index = 0;
    this.#events = source.events(this.#abort.signal)[Symbol.asyncIterator]();
  }

  /** Until the end, or until a place is wanted that lies behind. */
  async #playOn(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted && (this.#seekTo === undefined || this.#seekTo >= this.#shown)) {
      this.#pressed = false;
      const next = await this.#peek();
      this.#ended = false;
      if (this.#seekTo !== undefined) {
        if (next !== undefined && next.time <= this.#seekTo) await this.#show(next);
        else await this.#arrive(next === undefined ? this.#shown : this.#seekTo);
      } else if (next === undefined) await this.#end();
      else if (await this.#due(next.time)) await this.#show(next);
    }
  }

  async #peek(): Promise<RecordingEvent | undefined> {
    if (this.#index < this.#batch.length) return this.#batch[this.#index];
    const { clock, screen } = this.#options;
    await screen.flush();
    const before = clock.now();
    const batch = await this.#fetch();
    // The record's time stands still while it is fetched.
    this.#at += clock.now() - before;
    this.#batch = batch ?? [];
    this.#index = 0;
    return this.#batch[0];
  }

  async #fetch(): Promise<readonly RecordingEvent[] | undefined> {
    try {
      const result = await this.#events?.next();
      return result === undefined || result.done === true ? undefined : result.value;
    } catch (error) {
      // Of someone who leaves, nothing more is wanted.
      if (!this.#abort.signal.aborted) this.#failure = error instanceof Error ? error : new Error(String(error));
      return undefined;
    }
  }

  async #show(event: RecordingEvent): Promise<void> {
    this.#index += 1;
    this.#shown = event.time;
    await this.#options.screen.push(event);
    this.#options.changed();
  }

  async #arrive(position: number): Promise<void> {
    await this.#options.screen.flush();
    this.#seekTo = undefined;
    this.#anchor(position);
    this.#options.seeking(false);
  }

  async #end(): Promise<void> {
    if (!this.#options.stay) {
      this.quit();
      return;
    }
    this.#anchor(this.#shown);
    this.#ended = true;
    this.#options.changed();
    await this.#woken();
  }

  /** True when it is time; false when something else is wanted meanwhile. */
  async #due(time: number): Promise<boolean> {
    const { screen, idleLimit } = this.#options;
    if (this.#paused) {
      await screen.flush();
      await this.#woken();
      return false;
    }
    if (idleLimit !== undefined && this.position < time - idleLimit) this.#anchor(time - idleLimit);
    const wait = (time - this.position) / 1000 / this.#speed;
    if (wait <= 0) return true;
    await screen.flush();
    return this.#woken(wait);
  }

  /** True when the time is over, false when {@link #wake} was called before. */
  #woken(milliseconds?: number): Promise<boolean> {
    if (this.#abort.signal.aborted || this.#pressed) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (due: boolean): void => {
        stop?.();
        this.#wake = undefined;
        resolve(due);
      };
      const stop = milliseconds === undefined ? undefined : this.#options.clock.after(milliseconds, () => end(true));
      this.#wake = () => end(false);
    });
  }
}
