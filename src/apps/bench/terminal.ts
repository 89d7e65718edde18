import { spawn, type IPty } from '@lydell/node-pty';
import type { Command } from './contender.js';

/** The prompt the measured shells are told to show; unlikely in any banner. */
export const prompt = 'gw-ready> ';

/** A process on a pty of 80 by 24 whose output can be waited for. */
export class Terminal {
  readonly pty: IPty;
  readonly exited: Promise<number>;
  #text = '';
  #waiting: { needle: string; resolve: () => void } | undefined;
  received = 0;

  constructor(command: Command) {
    this.pty = spawn(command.file, [...command.args], {
      cols: 80,
      rows: 24,
      name: 'xterm-256color',
      encoding: null,
      env: { ...process.env, PS1: prompt, ENV: '', ...command.environment },
    });
    this.pty.onData((data) => this.#take(data as unknown as Buffer));
    this.exited = new Promise((resolve) => this.pty.onExit(({ exitCode }) => resolve(exitCode)));
  }

  #take(data: Buffer): void {
    this.received += data.length;
    // Only the tail is kept: what is waited for is short.
    this.#text = (this.#text + data.toString('latin1')).slice(-4096);
    if (this.#waiting && this.#text.includes(this.#waiting.needle)) {
      const { resolve } = this.#waiting;
      this.#waiting = undefined;
      resolve();
    }
  }

  /** Resolves when `needle` shows up in output from now on. */
  async until(needle: string, timeoutMs = 60_000): Promise<void> {
    if (this.#text.includes(needle)) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no ${JSON.stringify(needle)} within ${timeoutMs} ms; last: ${this.#text.slice(-200)}`)),
        timeoutMs,
      );
      this.#waiting = {
        needle,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      };
    });
  }

  forget(): void {
    this.#text = '';
  }

  write(text: string): void {
    this.pty.write(text);
  }

  /** Types a line and waits until the shell has answered and prompts again. */
  async line(text: string): Promise<void> {
    this.forget();
    this.write(`${text}\r`);
    await this.until('\n' + prompt);
  }

  async end(): Promise<void> {
    this.write('exit\r');
    const timer = setTimeout(() => this.pty.kill('SIGKILL'), 5_000);
    await this.exited;
    clearTimeout(timer);
  }
}
