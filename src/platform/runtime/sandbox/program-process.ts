import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { ProgramMessages, type ProgramMessage } from './program-message.js';
import type { ProgramProcessOptions, SealedProgram } from './sealed-program.js';

/** Who listens to a process of the program. Nothing is called before `start` has returned. */
export interface ProgramListener {
  /** What this throws ends the process and becomes the problem of `gone`. */
  message(message: ProgramMessage): void;
  /** Called once, last. `problem` when it did not start, or ended otherwise than by its own decision. */
  gone(problem?: Error): void;
}

/** A running `gangway-sandbox`, and its control socket. */
export class ProgramProcess {
  readonly #child: ChildProcess | undefined;
  readonly #control: Duplex | undefined;

  private constructor(child?: ChildProcess) {
    this.#child = child;
    this.#control = (child?.stdio[3] as Duplex | null | undefined) ?? undefined;
  }

  static start(
    program: SealedProgram,
    args: readonly string[],
    options: ProgramProcessOptions,
    listener: ProgramListener,
  ): ProgramProcess {
    try {
      const process = new ProgramProcess(program.start(args, options));
      process.#listen(listener);
      return process;
    } catch (error) {
      // spawn throws for some reasons (environment too large, a zero byte) and emits `error` for others.
      setImmediate(() => listener.gone(error as Error));
      return new ProgramProcess();
    }
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** One command; nothing happens when the process is gone. */
  send(command: 'opened' | 'hangup' | 'echo' | `signal ${number}` | `resize ${number} ${number}`): void {
    if (this.#control?.writable) this.#control.write(`${command}\n`);
  }

  /** Lets go of the control socket: the program ends, and what it holds. */
  end(): void {
    this.#control?.destroy();
  }

  #listen(listener: ProgramListener): void {
    const messages = new ProgramMessages();
    let problem: Error | undefined;
    this.#control?.on('data', (bytes: Buffer) => {
      if (problem !== undefined) return;
      try {
        for (const message of messages.take(bytes)) listener.message(message);
      } catch (error) {
        problem = error as Error;
        this.#child?.kill('SIGKILL');
      }
    });
    // A socket whose other end is gone: `close` tells.
    this.#control?.on('error', () => undefined);
    this.#child?.on('error', (error) => (problem ??= error));
    // After the last byte of the control socket; after `error` too, when there was nothing to start.
    this.#child?.once('close', (_code, signal) => {
      listener.gone(problem ?? (signal === null ? undefined : new Error(`gangway-sandbox ended with ${signal}`)));
    });
  }
}
