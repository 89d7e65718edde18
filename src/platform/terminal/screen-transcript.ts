import type { RecordingSize } from '../../core/recording/recording-format.js';
import { AlternateScreen } from './alternate-screen.js';
import { EmulatedScreen } from './emulated-screen.js';
import { LineCutter, type EmitLine } from './transcript-line.js';

/** Microseconds of session time between two looks at the screen, for the times of lines and the alternate screen. */
export const LOOK_INTERVAL = 100_000;

/**
 * The transcript of a terminal: the lines that scrolled off it, what was wiped from it, and what stands on it at the
 * end, wrapped lines joined. What the alternate screen showed comes where it was shown: lines as they go from it, and
 * when it is left those that are on it ({@link AlternateScreen}).
 */
export class ScreenTranscript {
  readonly #screen: EmulatedScreen;
  readonly #lines: LineCutter;
  readonly #alternate: AlternateScreen;
  /** Lines of the normal screen that were given before they left it: they are not given again while they stay so. */
  #given: string[] = [];
  /** Rows that were taken since the beginning, and when those that stand now were last changed, by their number. */
  #taken = 0;
  #times = new Map<number, { readonly text: string; readonly time: number }>();
  /** Number of the first row that had not left the screen at the last look. */
  #timedUntil = 0;
  /** Rows of the alternate screen at the last look. */
  #shown: string[] = [];
  #time = 0;
  #looked = 0;
  #advances = 0;

  constructor(size: RecordingSize, emit: EmitLine) {
    this.#lines = new LineCutter(emit);
    this.#alternate = new AlternateScreen((text, time) => this.#lines.line(text, time));
    this.#screen = new EmulatedScreen(size, {
      full: () => this.#takeScrolled(true),
      advanced: () => {
        if (++this.#advances >= this.#screen.rows - 1) this.#look(true);
      },
      wiping: (what) => this.#wiping(what),
      entering: () => this.#entering(),
      leaving: () => this.#leaving(),
      resetting: () => this.#resetting(),
    });
  }

  /** `time`: microseconds, never less than before. */
  write(bytes: Uint8Array, time: number): void {
    if (time - this.#looked >= LOOK_INTERVAL) {
      this.#look(false);
      this.#looked = time;
    }
    this.#time = time;
    this.#screen.write(bytes);
  }

  resize(size: RecordingSize, time: number): void {
    this.#look(false);
    this.#takeScrolled(false);
    this.#time = time;
    this.#screen.resize(size);
  }

  end(): void {
    this.#screen.end();
    this.#resetting();
    this.#screen.dispose();
  }

  /** `within` a piece of output it is not known what has changed. */
  #look(within: boolean): void {
    this.#advances = 0;
    const { start, end } = within ? { start: 0, end: this.#screen.rows - 1 } : this.#screen.takeChanged();
    if (this.#screen.alternate) this.#alternate.look(this.#alternateRows(start, end), this.#time);
    else this.#timeRows(start, end);
  }

  /** When the rows of the screen were last changed, and those that have left it since the last look. */
  #timeRows(start: number, end: number): void {
    const { scrolledRows } = this.#screen;
    for (let index = Math.max(this.#timedUntil - this.#taken, 0); index < scrolledRows; index++) this.#timeRow(index);
    for (let row = start; row <= end; row++) this.#timeRow(scrolledRows + row);
    this.#timedUntil = this.#taken + scrolledRows;
  }

  #timeRow(index: number): void {
    const text = this.#screen.row(index)?.text ?? '';
    if (this.#times.get(this.#taken + index)?.text === text) return;
    this.#times.set(this.#taken + index, { text, time: this.#time });
  }

  #alternateRows(start = 0, end = this.#screen.rows - 1): string[] {
    const rows = this.#shown.slice(0, this.#screen.rows);
    for (let row = 0; row < this.#screen.rows; row++) {
      if (rows[row] === undefined || (row >= start && row <= end)) rows[row] = this.#screen.alternateRow(row);
    }
    this.#shown = rows;
    return rows;
  }

  /** Rows above the screen, in whole lines; `all`: also those of a line that goes on, as it may go on for ever. */
  #takeScrolled(all: boolean): void {
    let count = this.#screen.scrolledRows;
    if (!all) while (count > 0 && this.#screen.row(count)?.wrapped === true) count--;
    if (count === 0) return;
    this.#give(count);
    for (let index = 0; index < count; index++) this.#times.delete(this.#taken + index);
    this.#taken += count;
    this.#screen.drop(count);
    if (this.#screen.row(0)?.wrapped !== true) this.#lines.end();
  }

  #wiping(what: 'screen' | 'scrolled'): void {
    if (this.#screen.alternate) {
      this.#look(true);
      return;
    }
    this.#takeScrolled(true);
    if (what === 'scrolled') return;
    this.#giveScreen();
    this.#given = [];
  }

  #entering(): void {
    this.#takeScrolled(true);
    this.#given = this.#giveScreen();
  }

  #leaving(): void {
    this.#alternate.leave(this.#alternateRows(), this.#time);
    this.#shown = [];
  }

  #resetting(): void {
    if (this.#screen.alternate) this.#leaving();
    this.#takeScrolled(true);
    this.#giveScreen();
    this.#given = [];
  }

  /** The rows of the screen without the empty ones at its end; returns their lines. */
  #giveScreen(): string[] {
    let count = this.#screen.scrolledRows + this.#screen.rows;
    while (count > 0 && (this.#screen.row(count - 1)?.text ?? '') === '') count--;
    const lines = this.#give(count);
    this.#lines.end();
    return lines;
  }

  /** The first `count` rows as lines, the last of which may go on. */
  #give(count: number): string[] {
    const lines: string[] = [];
    for (let index = 0; index < count;) {
      let text = '';
      let time = 0;
      do {
        const row = this.#screen.row(index)?.text ?? '';
        const known = this.#times.get(this.#taken + index);
        text += row;
        time = Math.max(time, known?.text === row ? known.time : this.#time);
        index++;
      } while (index < count && this.#screen.row(index)?.wrapped === true);
      lines.push(text);
      if (this.#given.length > 0 && !this.#lines.open && this.#given[0] === text) {
        this.#given.shift();
        continue;
      }
      this.#given = [];
      this.#lines.append(text, time);
      if (index < count) this.#lines.end();
    }
    return lines;
  }
}
