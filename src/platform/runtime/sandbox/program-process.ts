import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { ProgramMessages, type ProgramMessage } from './program-message.js';
import type { ProgramProcessOptions, SealedProgram } from './sealed-program.js';

/** Who listens to a process of the program. */
export interface ProgramListener {
  message(message: ProgramMessage): void;
  /** Called once, last. `problem` when it ended otherwise than by its own decision. */
  gone(problem?: Error): void;
}

/** A running `gangway-sandbox`, and its control socket. */
export class ProgramProcess {
  readonly #child: ChildProcess;
  readonly #control: Duplex;
  #gone = false;

  private constructor(child: ChildProcess, control: Duplex) {
    this.#child = child;
    this.#control = control;
  }

  /** Throws when it cannot be started, with the kernel's reason (too many processes, environment too large). */
  static start(
    program: SealedProgram,
    args: readonly string[],
    options: ProgramProcessOptions,
    listener: ProgramListener,
  ): ProgramProcess {
    const child = program.start(args, options);
    const control = child.stdio[3] as Duplex | null | undefined;
    let problem: Error | undefined;
    if (child.pid === undefined || control === null || control === undefined) {
      // spawn says why on `error`, a tick later.
      child.once('error', (error) => listener.gone(error));
      throw new ProgramNotStarted();
    }
    const process = new ProgramProcess(child, control);
    const messages = new ProgramMessages();
    control.on('data', (bytes: Buffer) => {
      try {
        for (const message of messages.take(bytes)) listener.message(message);
      } catch (error) {
        problem ??= error as Error;
        child.kill('SIGKILL');
      }
    });
    // Its end of the socket closes with the process, and `close` below tells the rest.
    control.on('error', () => undefined);
    child.on('error', (error) => (problem ??= error));
    // `close` comes after the last line has been read.
    child.once('close', (_code, signal) => {
      process.#gone = true;
      listener.gone(problem ?? (signal === null ? undefined : new Error(`gangway-sandbox ended with ${signal}`)));
    });
    return process;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** One command; nothing happens when the process is gone. */
  send(command: 'opened' | `signal ${number}` | `resize ${number} ${number}`): void {
    if (!this.#gone && this.#control.writable) this.#control.write(`${command}\n`);
  }

  /** Ends the process, and with it what it started. */
  kill(): void {
    if (!this.#gone) this.#child.kill('SIGKILL');
  }
}

/** spawn has failed; its reason follows as the listener's `gone`. */
export class ProgramNotStarted extends Error {
  override readonly name = 'ProgramNotStarted';
}
