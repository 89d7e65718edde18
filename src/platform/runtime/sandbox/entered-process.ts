import { constants } from 'node:os';
import { Readable, type Writable } from 'node:stream';
import { EnterError, type EnteredProcess, type EnterRequest, type Exit } from '../runtime.js';
import { openPipe } from './pipe-end.js';
import { enterError } from './program-failure.js';
import type { ProgramMessage } from './program-message.js';
import { ProgramNotStarted, ProgramProcess } from './program-process.js';
import type { SealedProgram } from './sealed-program.js';

export interface EnterOptions {
  readonly program: SealedProgram;
  /** Descriptor of /proc/PID of the container's init. */
  readonly init: number;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly request: EnterRequest;
}

/** What is killed with its parent: 128 + SIGKILL. */
const KILLED: Exit = { code: 128 + constants.signals.SIGKILL };

/** Starts a process in a container. Rejects with {@link EnterError}. */
export function enterContainer(options: EnterOptions): Promise<EnteredProcess> {
  return new Promise((resolve, reject) => {
    new SandboxProcess(options, resolve, reject);
  });
}

class SandboxProcess implements EnteredProcess {
  readonly exited: Promise<Exit>;
  #streams: { readonly stdin: Writable; readonly stdout: Readable; readonly stderr: Readable } | undefined;
  readonly #process: ProgramProcess | undefined;
  readonly #argv0: string;
  readonly #started: (process: EnteredProcess) => void;
  readonly #failed: (error: EnterError) => void;
  #exit: (exit: Exit) => void = () => undefined;

  constructor(
    options: EnterOptions,
    started: (process: EnteredProcess) => void,
    failed: (error: EnterError) => void,
  ) {
    const { request, directory, environment, init } = options;
    this.#argv0 = request.argv[0] ?? '';
    this.#started = started;
    this.#failed = (error) => {
      for (const stream of Object.values(this.#streams ?? {})) stream.destroy();
      failed(error);
    };
    this.exited = new Promise((resolve) => (this.#exit = resolve));
    const { terminal } = request;
    const size = terminal === undefined ? [] : ['--terminal', `${terminal.columns}`, `${terminal.rows}`];
    const listener = {
      message: (message: ProgramMessage) => this.#take(message),
      gone: (problem?: Error) => this.#gone(problem),
    };
    try {
      const args = ['enter', '--directory', directory, ...size, '--', ...request.argv];
      this.#process = ProgramProcess.start(options.program, args, { environment, descriptor: init }, listener);
    } catch (error) {
      if (!(error instanceof ProgramNotStarted)) this.#gone(error as Error);
    }
  }

  get stdin(): Writable {
    return this.#open.stdin;
  }

  get stdout(): Readable {
    return this.#open.stdout;
  }

  get stderr(): Readable {
    return this.#open.stderr;
  }

  resize(columns: number, rows: number): void {
    this.#process?.send(`resize ${clamp(columns)} ${clamp(rows)}`);
  }

  signal(name: Parameters<EnteredProcess['signal']>[0]): void {
    this.#process?.send(`signal ${constants.signals[name]}`);
  }

  get #open() {
    if (this.#streams === undefined) throw new Error('the process has not started');
    return this.#streams;
  }

  #take(message: ProgramMessage): void {
    if (message.kind === 'pipes') this.#openPipes(message);
    else if (message.kind === 'started') this.#started(this);
    else if (message.kind === 'error') this.#failed(enterError(message, this.#argv0));
    else if (message.kind === 'exit') this.#exit({ code: message.code });
  }

  #openPipes({ stdin, stdout, stderr }: Extract<ProgramMessage, { kind: 'pipes' }>): void {
    const pid = this.#process?.pid ?? 0;
    try {
      const streams = {
        stdin: openPipe(pid, stdin, 'write'),
        stdout: openPipe(pid, stdout, 'read'),
        stderr: stderr === undefined ? Readable.from([]) : openPipe(pid, stderr, 'read'),
      };
      // EPIPE: nobody reads any more, and whoever writes will learn from `exited` what there is to learn.
      streams.stdin.on('error', () => undefined);
      this.#streams = streams;
      this.#process?.send('opened');
    } catch (error) {
      this.#process?.kill();
      this.#gone(error as Error);
    }
  }

  #gone(problem?: Error): void {
    // Both do nothing when the process had started, or had said its exit.
    const cause = problem === undefined ? {} : { cause: problem };
    this.#failed(new EnterError(`container cannot be entered: ${problem?.message ?? 'no answer'}`, 126, cause));
    this.#exit(KILLED);
  }
}

/** Window sizes are unsigned 16-bit numbers. */
function clamp(size: number): number {
  return Math.min(Math.max(Math.trunc(size) || 0, 0), 0xffff);
}
