import xterm from '@xterm/headless';
import type { IBuffer, Terminal } from '@xterm/headless';

/** A terminal that is larger is emulated with this size: every cell costs memory. Lines wrap earlier, and are joined. */
export const MAX_COLUMNS = 1_000;
export const MAX_ROWS = 500;
/** Below this the emulator has no room for a wide character. */
export const MIN_COLUMNS = 2;
/** Rows that have left the screen and wait to be taken; more never pile up. */
export const SCROLLED_ROWS = 256;
/**
 * A repeat count above this is no program's: the sequence is left out. The emulator would loop as often as it says, up
 * to 2^31 times for one sequence.
 */
export const MAX_REPEATS = 1_000;

/** Finals of the control sequences whose parameter is a count that the emulator loops over (ECMA-48, 8.3). */
const REPEATING = ['b', 'L', 'M', 'S', 'T', 'I', 'Z'];

/** What the emulator has beyond its public interface, in the one version that package.json names. */
interface Core {
  writeSync(data: string): void;
  readonly buffers: { readonly normal: CoreBuffer };
  readonly _inputHandler: {
    /** After each piece: rows of the screen that it may have changed; undefined: all. */
    onRequestRefreshRows(listener: (rows: RowRange | undefined) => void): unknown;
  };
}

interface RowRange {
  readonly start: number;
  readonly end: number;
}

interface CoreBuffer {
  readonly lines: { trimStart(count: number): void };
  ybase: number;
  ydisp: number;
  savedY: number;
}

const NO_ROWS: RowRange = { start: Infinity, end: -1 };

/** Rows of cells as text. `wrapped`: it goes on from the row before. */
export interface ScreenRow {
  readonly text: string;
  readonly wrapped: boolean;
}

/** Told while bytes are being interpreted, each before it happens except `advanced`. */
export interface ScreenEvents {
  /** {@link SCROLLED_ROWS} rows wait above the screen and must be taken now. */
  full(): void;
  /** The alternate screen has moved up by one row, or the cursor down. */
  advanced(): void;
  /** The screen that is shown, or what has left it, is about to be wiped. */
  wiping(what: 'screen' | 'scrolled'): void;
  entering(): void;
  leaving(): void;
  /** Everything is about to be reset, both screens. */
  resetting(): void;
}

/** A terminal without a window: bytes in, rows of text out. Never answers whoever writes to it. */
export class EmulatedScreen {
  readonly #terminal: Terminal;
  readonly #core: Core;
  readonly #events: ScreenEvents;
  /** Rows of the screen that may have changed; start after end: none. */
  #changed: RowRange = NO_ROWS;
  /** Decodes as a browser would, so that it makes no difference where the bytes were cut. */
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(size: { readonly columns: number; readonly rows: number }, events: ScreenEvents) {
    const { columns, rows } = clamped(size);
    this.#events = events;
    this.#terminal = new xterm.Terminal({
      cols: columns,
      rows,
      // Room for one piece of output between two looks: see `full`.
      scrollback: 2 * SCROLLED_ROWS,
      allowProposedApi: true,
      logLevel: 'off',
    });
    this.#core = (this.#terminal as unknown as { readonly _core: Core })._core;
    this.#listen();
  }

  get rows(): number {
    return this.#terminal.rows;
  }

  get alternate(): boolean {
    return this.#terminal.buffer.active.type === 'alternate';
  }

  /** Rows that have left the screen at its top and were not taken yet. */
  get scrolledRows(): number {
    return this.#terminal.buffer.normal.baseY;
  }

  write(bytes: Uint8Array): void {
    this.#core.writeSync(this.#decoder.decode(bytes, { stream: true }));
  }

  /** What was cut off at the end of the bytes becomes the sign for what cannot be read. */
  end(): void {
    this.#core.writeSync(this.#decoder.decode());
  }

  resize(size: { readonly columns: number; readonly rows: number }): void {
    const { columns, rows } = clamped(size);
    this.#terminal.resize(columns, rows);
    this.#change(undefined);
  }

  /** Of the normal screen: 0 is the oldest that was not taken, {@link scrolledRows} the first on the screen. */
  row(index: number): ScreenRow | undefined {
    return rowOf(this.#terminal.buffer.normal, index);
  }

  alternateRow(index: number): string {
    return rowOf(this.#terminal.buffer.alternate, index)?.text ?? '';
  }

  /** Rows of the screen that may have changed since this was asked last; within a piece of output that is not known. */
  takeChanged(): RowRange {
    const { start, end } = this.#changed;
    this.#changed = NO_ROWS;
    return { start, end: Math.min(end, this.rows - 1) };
  }

  /** Takes the oldest rows away. They never come back, also not when the terminal grows. */
  drop(count: number): void {
    const { normal } = this.#core.buffers;
    normal.lines.trimStart(count);
    normal.ybase = Math.max(normal.ybase - count, 0);
    normal.ydisp = normal.ybase;
    normal.savedY = Math.max(normal.savedY - count, 0);
  }

  dispose(): void {
    this.#terminal.dispose();
  }

  #listen(): void {
    const { parser } = this.#terminal;
    this.#core._inputHandler.onRequestRefreshRows((rows) => this.#change(rows));
    this.#terminal.onScroll(() => {
      if (this.alternate) this.#events.advanced();
      else if (this.scrolledRows >= SCROLLED_ROWS) this.#events.full();
    });
    this.#terminal.onLineFeed(() => {
      if (this.alternate) this.#events.advanced();
    });
    const erase = ([part]: (number | number[])[]): boolean => {
      if (part === 3) this.#events.wiping('scrolled');
      else if (part === 2 || (part === 0 && this.#atHome())) this.#events.wiping('screen');
      return false;
    };
    parser.registerCsiHandler({ final: 'J' }, erase);
    parser.registerCsiHandler({ prefix: '?', final: 'J' }, erase);
    parser.registerEscHandler({ final: 'c' }, () => {
      this.#events.resetting();
      return false;
    });
    parser.registerCsiHandler({ prefix: '?', final: 'h' }, (modes) => {
      if (modes.some(switchesScreen) && !this.alternate) this.#events.entering();
      return false;
    });
    parser.registerCsiHandler({ prefix: '?', final: 'l' }, (modes) => {
      if (modes.some(switchesScreen) && this.alternate) this.#events.leaving();
      return false;
    });
    for (const final of REPEATING) parser.registerCsiHandler({ final }, ([count]) => Number(count) > MAX_REPEATS);
  }

  #change({ start, end }: RowRange = { start: 0, end: MAX_ROWS }): void {
    this.#changed = { start: Math.min(this.#changed.start, start), end: Math.max(this.#changed.end, end) };
  }

  #atHome(): boolean {
    const { cursorX, cursorY } = this.#terminal.buffer.active;
    return cursorX === 0 && cursorY === 0;
  }
}

/** Modes 47, 1047 and 1049 of xterm. */
function switchesScreen(mode: number | number[]): boolean {
  return mode === 47 || mode === 1047 || mode === 1049;
}

/** Cells that were never written, or were erased, are no spaces. */
function rowOf(buffer: IBuffer, index: number): ScreenRow | undefined {
  const line = buffer.getLine(index);
  return line && { text: line.translateToString(true), wrapped: line.isWrapped };
}

function clamped({ columns, rows }: { readonly columns: number; readonly rows: number }) {
  return { columns: within(columns, MIN_COLUMNS, MAX_COLUMNS), rows: within(rows, 1, MAX_ROWS) };
}

function within(value: number, least: number, most: number): number {
  return Number.isFinite(value) ? Math.min(Math.max(Math.trunc(value), least), most) : least;
}
