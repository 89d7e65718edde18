import headless from '@xterm/headless';
import { unicodeWidths } from './character-width.js';
import type { RecordingSize } from '../../core/recording/recording-format.js';

/** Of the emulation, whatever a session claims: 10,000 by 10,000 cells would take a gigabyte. */
export const MAX_COLUMNS = 1000;
export const MAX_ROWS = 500;

/** Lines that a terminal may bring back when it grows. */
const SCROLLBACK = 1000;

/** One character cell as it is to be shown. */
export interface ScreenCell {
  /** Empty behind a wide character. */
  readonly text: string;
  readonly width: number;
  /** Parameters of SGR, without the reset before them; empty: nothing special. */
  readonly style: string;
}

/**
 * The terminal of a session, as its user had it. Nothing of what a record says goes to a real terminal but through
 * here: a recorded question is not answered, a title not set, a clipboard not written.
 */
export class SessionScreen {
  readonly #options: { readonly convertEol: boolean };
  #terminal: headless.Terminal;
  #cursorShown = true;
  #clamped = false;

  /** `convertEol`: a session without a terminal, whose lines end with a line feed alone. */
  constructor(size: RecordingSize, options: { readonly convertEol?: boolean } = {}) {
    this.#options = { convertEol: options.convertEol ?? false };
    this.#terminal = this.#open(size);
  }

  get columns(): number {
    return this.#terminal.cols;
  }

  get rows(): number {
    return this.#terminal.rows;
  }

  /** The session's terminal has a size that is not emulated in full. */
  get clamped(): boolean {
    return this.#clamped;
  }

  get cursor(): { readonly x: number; readonly y: number; readonly shown: boolean } {
    const { cursorX, cursorY } = this.#terminal.buffer.active;
    return { x: Math.min(cursorX, this.columns - 1), y: cursorY, shown: this.#cursorShown };
  }

  /** Resolves when it is on the screen. */
  write(bytes: Uint8Array | string): Promise<void> {
    return new Promise((resolve) => this.#terminal.write(bytes, resolve));
  }

  resize(size: RecordingSize): void {
    const { columns, rows } = this.#fitting(size);
    this.#terminal.resize(columns, rows);
  }

  /** An empty one again. */
  reset(size: RecordingSize): void {
    this.#terminal.dispose();
    this.#terminal = this.#open(size);
  }

  dispose(): void {
    this.#terminal.dispose();
  }

  /** Cells of a row, from the left; nothing for a row that is not there. */
  *row(y: number): Generator<ScreenCell> {
    const { active } = this.#terminal.buffer;
    const line = active.getLine(active.baseY + y);
    if (line === undefined) return;
    for (let x = 0; x < this.columns; x++) {
      const cell = line.getCell(x);
      if (cell === undefined) return;
      yield { text: cell.getChars(), width: cell.getWidth(), style: styleOf(cell) };
    }
  }

  /** What stands there, without colours; rows without their trailing blanks. */
  text(): string[] {
    const { active } = this.#terminal.buffer;
    return Array.from(
      { length: this.rows },
      (_, y) =>
        active
          .getLine(active.baseY + y)
          ?.translateToString(true)
          .trimEnd() ?? '',
    );
  }

  #open(size: RecordingSize): headless.Terminal {
    const { columns: cols, rows } = this.#fitting(size);
    const terminal = new headless.Terminal({
      cols,
      rows,
      scrollback: SCROLLBACK,
      allowProposedApi: true,
      convertEol: this.#options.convertEol,
      logLevel: 'off',
    });
    terminal.unicode.register(unicodeWidths);
    terminal.unicode.activeVersion = unicodeWidths.version;
    this.#cursorShown = true;
    this.#watchCursor(terminal);
    return terminal;
  }

  /** The emulation does not tell whether the cursor is shown; whoever sees these sequences knows. */
  #watchCursor(terminal: headless.Terminal): void {
    const { parser } = terminal;
    const mode = (shown: boolean) => (parameters: (number | number[])[]) => {
      if (parameters.includes(25)) this.#cursorShown = shown;
      return false;
    };
    const reset = (): boolean => {
      this.#cursorShown = true;
      return false;
    };
    parser.registerCsiHandler({ prefix: '?', final: 'h' }, mode(true));
    parser.registerCsiHandler({ prefix: '?', final: 'l' }, mode(false));
    parser.registerCsiHandler({ intermediates: '!', final: 'p' }, reset);
    parser.registerEscHandler({ final: 'c' }, reset);
  }

  #fitting({ columns, rows }: RecordingSize): RecordingSize {
    const fit = (value: number, least: number, most: number): number => Math.max(least, Math.min(value, most));
    // Of one column the emulation has no idea.
    const fitting = { columns: fit(columns, 2, MAX_COLUMNS), rows: fit(rows, 1, MAX_ROWS) };
    this.#clamped = columns > MAX_COLUMNS || rows > MAX_ROWS;
    return fitting;
  }
}

type Cell = NonNullable<ReturnType<NonNullable<ReturnType<headless.IBuffer['getLine']>>['getCell']>>;

const FLAGS: readonly (readonly [(cell: Cell) => number, string])[] = [
  [(cell) => cell.isBold(), '1'],
  [(cell) => cell.isDim(), '2'],
  [(cell) => cell.isItalic(), '3'],
  [(cell) => cell.isUnderline(), '4'],
  [(cell) => cell.isBlink(), '5'],
  [(cell) => cell.isInverse(), '7'],
  [(cell) => cell.isInvisible(), '8'],
  [(cell) => cell.isStrikethrough(), '9'],
  [(cell) => cell.isOverline(), '53'],
];

function styleOf(cell: Cell): string {
  if (cell.isAttributeDefault()) return '';
  const parts = FLAGS.flatMap(([has, parameter]) => (has(cell) === 0 ? [] : [parameter]));
  if (!cell.isFgDefault()) parts.push(colour(cell.isFgRGB(), cell.getFgColor(), '38', 30, 90));
  if (!cell.isBgDefault()) parts.push(colour(cell.isBgRGB(), cell.getBgColor(), '48', 40, 100));
  return parts.join(';');
}

/** The first 16 by the names that every terminal has. */
function colour(rgb: boolean, value: number, extended: string, normal: number, bright: number): string {
  if (rgb) return `${extended};2;${(value >> 16) & 0xff};${(value >> 8) & 0xff};${value & 0xff}`;
  if (value < 8) return String(normal + value);
  return value < 16 ? String(bright + value - 8) : `${extended};5;${value}`;
}
