import { SessionScreen } from '../../../client/recordings/session-screen.js';
import { TestTerminal } from '../../../../test/terminal.fixture.js';

/** Everything of a screen that can be seen. */
export interface Seen {
  readonly rows: readonly (readonly (readonly [string, string])[])[];
  readonly cursor: unknown;
}

/** A program on a pty whose screen is that of a real emulation. */
export class ScreenTerminal extends TestTerminal {
  readonly screen: SessionScreen;
  /** As it came. */
  raw = '';
  #written: Promise<void> = Promise.resolve();

  constructor(file: string, args: readonly string[], env: NodeJS.ProcessEnv, columns = 80, rows = 24) {
    super(file, args, env, columns, rows);
    this.screen = new SessionScreen({ columns, rows });
    this.pty.onData((data) => {
      this.raw += data;
      this.#written = this.screen.write(data);
    });
  }

  async seen(rows = this.screen.rows): Promise<Seen> {
    await this.#written;
    const { cursor } = this.screen;
    return {
      rows: Array.from({ length: rows }, (_, y) => rowOf(this.screen, y)),
      cursor: cursor.shown ? [cursor.x, cursor.y] : 'hidden',
    };
  }

  async shown(): Promise<string> {
    await this.#written;
    return this.screen.text().join('\n').trimEnd();
  }

  /** Waits until the screen has it. */
  async untilShown(pattern: RegExp, timeoutMs = 15_000): Promise<string> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const text = await this.shown();
      if (pattern.test(text)) return text;
      if (Date.now() > deadline) throw new Error(`no ${String(pattern)} within ${timeoutMs} ms on:\n${text}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Types it, and waits until it has shown something and is quiet again: a busy machine takes its time to begin. */
  async typed(keys: string, timeoutMs = 15_000): Promise<void> {
    const before = this.raw.length;
    this.pty.write(keys);
    for (const deadline = Date.now() + timeoutMs; this.raw.length === before;) {
      if (Date.now() > deadline) throw new Error(`${JSON.stringify(keys)} showed nothing within ${timeoutMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await this.quiet();
  }

  /** Nothing has come for so long. */
  async quiet(milliseconds = 400): Promise<void> {
    for (let before = -1; before !== this.raw.length;) {
      before = this.raw.length;
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
    }
  }
}

function rowOf(screen: SessionScreen, y: number): (readonly [string, string])[] {
  return [...screen.row(y)].map(({ text, width, style }) => [text === '' && width === 1 ? ' ' : text, style]);
}
