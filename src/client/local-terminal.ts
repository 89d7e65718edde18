import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A terminal as a session needs it. */
export interface SessionTerminal {
  /** Undefined when unknown, or 0 by 0 as some terminals say before they are shown. */
  readonly size: TerminalSize | undefined;
  /** Calls back on each change, at once; returns how to stop it. */
  onResize(changed: () => void): () => void;
  /** Every key goes to the far side from here on, Ctrl-C included, and nothing is echoed or translated here once it resolves. */
  enterRawMode(): Promise<void>;
  restore(): void;
}

/** The user's terminal: raw while a session owns it, as it was found at every other moment. */
export class LocalTerminal implements SessionTerminal {
  readonly #input: ReadStream;
  readonly #output: WriteStream | undefined;
  #raw = false;
  /** Under way: must never come after the terminal was restored. */
  #stty: ChildProcess | undefined;

  /** `output`: the stream that knows the size, absent when none of ours is a terminal. */
  constructor(input: ReadStream, output: WriteStream | undefined) {
    this.#input = input;
    this.#output = output;
  }

  get size(): TerminalSize | undefined {
    const { columns, rows } = this.#output ?? {};
    return columns !== undefined && rows !== undefined && columns > 0 && rows > 0 ? { columns, rows } : undefined;
  }

  onResize(changed: () => void): () => void {
    // Node raises it on SIGWINCH.
    this.#output?.on('resize', changed);
    return () => this.#output?.off('resize', changed);
  }

  enterRawMode(): Promise<void> {
    if (this.#raw) return Promise.resolve();
    this.#raw = true;
    // Whatever ends this process, Node puts the terminal back as it found it; this covers an exit with the loop alive.
    process.on('exit', this.#restoreAtExit);
    this.#input.setRawMode(true);
    // Node's raw mode keeps the output half cooked: a bare line feed, cursor-down to a full-screen program, would also
    // return to column one.
    const stty = spawn('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
    this.#stty = stty;
    return new Promise((resolve) => {
      const ended = (): void => {
        if (this.#stty === stty) this.#stty = undefined;
        resolve();
      };
      stty.once('exit', ended).once('error', ended);
    });
  }

  restore(): void {
    if (!this.#raw) return;
    this.#raw = false;
    process.off('exit', this.#restoreAtExit);
    if (this.#stty !== undefined) killNow(this.#stty);
    this.#input.setRawMode(false);
  }

  readonly #restoreAtExit = (): void => this.restore();
}

/** Returns when a child has done the last it will ever do, without a turn of the event loop. */
function killNow(child: ChildProcess): void {
  child.kill('SIGKILL');
  try {
    // Gone, or a zombie, within microseconds; Node collects it later. Where there is no /proc, that must do.
    while (!/\) [ZX] /.test(readFileSync(`/proc/${child.pid ?? 0}/stat`, 'latin1'))) continue;
  } catch {
    return;
  }
}
