import type { RecordingSize } from '../../core/recording/recording-format.js';
import type { SessionScreen } from './session-screen.js';

/** Taken over: other screen, no wrapping at the last column, empty. */
export const ENTER_WINDOW = '\x1b[?1049h\x1b[?7l\x1b[0m\x1b[2J\x1b[H';
/** As it was before. */
export const LEAVE_WINDOW = '\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l';

/** What is to be seen in the window. */
export interface View {
  readonly screen: SessionScreen;
  readonly window: RecordingSize;
  /** Of one row, printable; undefined: not shown. It has a row of its own where the session leaves one. */
  readonly status: string | undefined;
}

/** What clearing a row draws as well: nothing, or ASCII's space, as other spaces may be wide. */
const BLANK = /^ ?$/;
const ASCII = /^[ -~]*$/;
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/gu;

/**
 * Draws a session's screen into a window of any size, each time only the rows that have changed. Of a screen that is
 * larger than the window the part is shown where the cursor is.
 */
export class ScreenPainter {
  #rows: string[] = [];
  #size: RecordingSize = { columns: 0, rows: 0 };
  #left = 0;
  #top = 0;

  /** The next {@link paint} draws everything: somebody else has written into the window. */
  forget(): void {
    this.#rows = [];
  }

  /** What to write to the window. */
  paint({ screen, window, status }: View): string {
    const { columns, rows } = window;
    const resized = columns !== this.#size.columns || rows !== this.#size.rows;
    if (resized || this.#rows.length === 0) this.#rows = [];
    this.#size = window;
    const { cursor } = screen;
    this.#left = follow(this.#left, cursor.x, columns, screen.columns);
    this.#top = follow(this.#top, cursor.y, rows, screen.rows);

    let out = this.#rows.length === 0 ? '\x1b[0m\x1b[2J' : '';
    const drawn: string[] = [];
    for (let y = 0; y < rows; y++) {
      const isStatus = status !== undefined && y === rows - 1;
      const row = isStatus ? statusRow(status, columns) : this.#row(screen, y + this.#top, columns);
      drawn.push(row);
      if (row !== this.#rows[y]) out += `\x1b[${y + 1};1H${row}`;
    }
    this.#rows = drawn;
    const [x, y] = [cursor.x - this.#left, cursor.y - this.#top];
    const hidden = !cursor.shown || (status !== undefined && y === rows - 1);
    return `${out}\x1b[${y + 1};${x + 1}H${hidden ? '\x1b[?25l' : '\x1b[?25h'}`;
  }

  #row(screen: SessionScreen, y: number, columns: number): string {
    let out = '\x1b[0m';
    let style = '';
    let at = -this.#left;
    // Terminals do not agree how wide some characters are: what follows one is placed again.
    let placed = true;
    // Where the row ends but for blanks, and what stands up to there.
    let [end, upToEnd] = [0, out];
    for (const cell of screen.row(y)) {
      const { text, width } = cell;
      if (at >= columns) break;
      const from = at;
      at += width;
      if (width === 0 || at <= 0) continue;
      if (!placed) out += `\x1b[${from + 1}G`;
      placed = ASCII.test(text);
      if (cell.style !== style) {
        out += cell.style === '' ? '\x1b[0m' : `\x1b[0;${cell.style}m`;
        ({ style } = cell);
      }
      // Half a wide character is none.
      const cut = from < 0 || at > columns;
      out += cut || text === '' ? ' '.repeat(Math.min(at, columns) - Math.max(from, 0)) : text.replace(CONTROL, ' ');
      if (!BLANK.test(text) || style !== '') [end, upToEnd] = [at, placed ? out : `${out}\x1b[${at + 1}G`];
    }
    return end >= columns ? upToEnd : `${upToEnd}\x1b[0m\x1b[K`;
  }
}

/** First row or column of a window that shows `cursor`: the screen's own first, or moved no more than needed. */
function follow(first: number, cursor: number, window: number, screen: number): number {
  if (cursor < window) return 0;
  const inside = Math.min(Math.max(first, cursor - window + 1), cursor);
  return Math.max(0, Math.min(inside, screen - window));
}

function statusRow(status: string, columns: number): string {
  return `\x1b[0;7m${status.padEnd(columns).slice(0, columns)}\x1b[0m`;
}
