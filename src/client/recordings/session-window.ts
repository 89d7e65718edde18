import { writeSync } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';
import type { RecordingSize } from '../../core/recording/recording-format.js';
import { LocalTerminal } from '../local-terminal.js';
import type { Signals } from '../signals.js';
import { type Key, KeyReader } from './key-reader.js';
import type { PlayerClock } from './player.js';
import { ENTER_WINDOW, LEAVE_WINDOW, ScreenPainter } from './screen-painter.js';
import type { SessionScreen } from './session-screen.js';

/** Between two frames; faster nobody sees. */
const FRAME_MS = 16;
/** The status has a clock in it. */
const TICK_MS = 500;
/** How long a screen is held back at most. */
const HOLD_MS = 200;
/** How long a status stays that covers a row of the session. */
export const STATUS_MS = 3000;

const DEFAULT_SIZE: RecordingSize = { columns: 80, rows: 24 };
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

export interface SessionWindowOptions {
  readonly screen: SessionScreen;
  /** Undefined: nobody can press a key. */
  readonly stdin: ReadStream | undefined;
  readonly stdout: WriteStream;
  readonly signals: Signals;
  /** One line, printable, as it is now. */
  readonly status: () => string;
  readonly key: (key: Key) => void;
  /** Somebody wants this process to end. */
  readonly ended: (signal: NodeJS.Signals) => void;
  readonly clock: PlayerClock;
}

/** The user's terminal while it shows a session: taken over as a whole, and given back whatever happens. */
export class SessionWindow {
  readonly #options: SessionWindowOptions;
  readonly #terminal: LocalTerminal | undefined;
  readonly #keys = new KeyReader();
  readonly #painter = new ScreenPainter();
  readonly #cleanups: (() => void)[] = [];
  #open = false;
  #frame: { readonly at: number; readonly cancel: () => void } | undefined;
  #statusUntil = 0;
  #statusPinned = false;
  /** Since when nothing is painted. */
  #heldSince: number | undefined;

  constructor(options: SessionWindowOptions) {
    this.#options = options;
    const { stdin, stdout } = options;
    this.#terminal = stdin === undefined ? undefined : new LocalTerminal(stdin, stdout);
  }

  get size(): RecordingSize {
    const { columns, rows } = this.#options.stdout;
    return columns > 0 && rows > 0 ? { columns, rows } : DEFAULT_SIZE;
  }

  /** The session's screen does not fit in. */
  get clips(): boolean {
    const { screen } = this.#options;
    return screen.columns > this.size.columns || screen.rows > this.size.rows || screen.clamped;
  }

  async open(): Promise<void> {
    const { stdin, stdout, signals, ended } = this.#options;
    process.on('exit', this.#leaveAtExit);
    this.#cleanups.push(() => process.off('exit', this.#leaveAtExit));
    for (const signal of ENDING) this.#cleanups.push(signals.on(signal, () => ended(signal)));
    this.#cleanups.push(signals.on('SIGCONT', () => void this.#enter()));
    stdout.on('resize', this.#resized);
    this.#cleanups.push(() => stdout.off('resize', this.#resized));
    // The terminal has gone.
    stdout.on('error', this.#gone);
    this.#cleanups.push(() => stdout.off('error', this.#gone));
    if (stdin !== undefined) {
      stdin.on('data', this.#typed).on('end', this.#gone);
      this.#cleanups.push(() => stdin.off('data', this.#typed).off('end', this.#gone).pause());
    }
    await this.#enter();
    this.showStatus();
  }

  /** Resolves when the terminal has it: what is written to stderr then comes behind. */
  async close(): Promise<void> {
    this.#frame?.cancel();
    if (this.#open) await this.#leave();
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
  }

  /** Something is to be drawn. */
  changed(): void {
    this.#schedule(FRAME_MS);
  }

  /** Shows the status for a moment, or for as long as `pinned` says. */
  showStatus(pinned = this.#statusPinned): void {
    this.#statusPinned = pinned;
    this.#statusUntil = this.#options.clock.now() + STATUS_MS;
    this.changed();
  }

  /** `held`: what happens on the screen is not for eyes, until it is over; when that takes long, it may be seen. */
  hold(held: boolean): void {
    this.#heldSince = held ? (this.#heldSince ?? this.#options.clock.now()) : undefined;
    this.changed();
  }

  #schedule(delay: number): void {
    const { clock } = this.#options;
    const at = clock.now() + delay;
    if (!this.#open || (this.#frame !== undefined && this.#frame.at <= at)) return;
    this.#frame?.cancel();
    const cancel = clock.after(delay, () => {
      this.#frame = undefined;
      this.#paint();
    });
    this.#frame = { at, cancel };
  }

  #paint(): void {
    const { screen, stdout, status, clock } = this.#options;
    if (!this.#open) return;
    const now = clock.now();
    const held = this.#heldSince === undefined ? 0 : this.#heldSince + HOLD_MS - now;
    if (held > 0) {
      this.#schedule(held);
      return;
    }
    // A slow terminal gets fewer frames, not later ones.
    if (stdout.writableNeedDrain) {
      this.#schedule(FRAME_MS);
      return;
    }
    const { size } = this;
    const spare = size.rows > screen.rows;
    const pinned = spare || this.#statusPinned || this.#heldSince !== undefined;
    const left = this.#statusUntil - now;
    const shown = pinned || left > 0;
    stdout.write(this.#painter.paint({ screen, window: size, status: shown ? status() : undefined }));
    // It ticks, or goes.
    if (shown) this.#schedule(pinned ? TICK_MS : Math.min(left, TICK_MS));
  }

  async #enter(): Promise<void> {
    const { stdout } = this.#options;
    this.#open = true;
    this.#terminal?.restore();
    await this.#terminal?.enterRawMode();
    stdout.write(ENTER_WINDOW);
    this.#painter.forget();
    this.changed();
  }

  async #leave(): Promise<void> {
    this.#open = false;
    // Also called when it cannot be written any more.
    await new Promise<void>((resolve) => this.#options.stdout.write(LEAVE_WINDOW, () => resolve()));
    this.#terminal?.restore();
  }

  readonly #typed = (bytes: Buffer): void => {
    for (const key of this.#keys.feed(bytes)) {
      if (key === 'suspend') void this.#suspend();
      else if (key === 'status') this.showStatus(!this.#statusPinned);
      else {
        this.showStatus();
        this.#options.key(key);
      }
    }
  };

  async #suspend(): Promise<void> {
    await this.#leave();
    this.#options.signals.stopSelf();
  }

  readonly #resized = (): void => {
    this.#painter.forget();
    this.showStatus();
  };

  readonly #gone = (): void => this.#options.ended('SIGHUP');

  /** Whatever ends this process: no turn of the event loop will come. */
  readonly #leaveAtExit = (): void => {
    if (!this.#open) return;
    try {
      writeSync(1, LEAVE_WINDOW);
    } catch {
      // Nobody is there any more.
    }
  };
}
