import { once } from 'node:events';
import { constants } from 'node:os';
import { Readable, type Writable } from 'node:stream';
import { EnterError, type EnteredProcess, type EnterRequest, type Exit, type ProcessUsage } from '../runtime.js';
import { openPipe } from './pipe-end.js';
import { UsageMeter, type ProcessTable } from './process-usage.js';
import { enterError } from './program-failure.js';
import type { ProgramMessage } from './program-message.js';
import { ProgramProcess } from './program-process.js';
import type { SealedProgram } from './sealed-program.js';
import { openTerminal, TerminalInput, TerminalOutput } from './terminal-end.js';

export interface EnterOptions {
  readonly program: SealedProgram;
  /** Descriptor of /proc/PID of the container's init. */
  readonly init: number;
  /** Of `gangway-sandbox enter`, besides the terminal's and the command. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly request: EnterRequest;
  readonly processes: ProcessTable;
}

/** The exit of a process that was killed with its parent. */
export const KILLED: Exit = { code: 128 + constants.signals.SIGKILL };

/** Starts a process in a container. Rejects with {@link EnterError}. */
export function enterContainer(options: EnterOptions): Promise<EnteredProcess> {
  return new Promise((resolve, reject) => {
    const entry = new Entry(options, resolve, reject);
    const { terminal, argv } = options.request;
    const size = terminal === undefined ? [] : ['--terminal', clamp(terminal.columns), clamp(terminal.rows)];
    const args = ['enter', ...options.args, ...size.map(String), '--', ...argv];
    const descriptors = [options.init];
    if (terminal !== undefined) descriptors.push(entry.openTerminal(options.init));
    entry.process = ProgramProcess.start(
      options.program,
      args,
      { environment: options.environment, descriptors },
      entry,
    );
  });
}

interface Streams {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

/** An entering under way, and who listens to the program from then on. */
class Entry {
  /** Set before the program can have said anything. */
  process: ProgramProcess | undefined;
  readonly #argv0: string;
  readonly #resolve: (process: EnteredProcess) => void;
  readonly #reject: (error: EnterError) => void;
  readonly #exited: Promise<Exit>;
  #exit: (exit: Exit) => void = () => undefined;
  readonly #gone: Promise<void>;
  #leave: () => void = () => undefined;
  #streams: Streams | undefined;
  #started = false;
  #terminal = false;
  readonly #echo = new EchoQuestions();
  readonly #usage: UsageMeter;

  constructor(
    { request, processes }: EnterOptions,
    resolve: (process: EnteredProcess) => void,
    reject: (error: EnterError) => void,
  ) {
    this.#argv0 = request.argv[0] ?? '';
    this.#usage = new UsageMeter(processes);
    this.#resolve = resolve;
    this.#reject = reject;
    this.#exited = new Promise((settle) => (this.#exit = settle));
    this.#gone = new Promise((settle) => (this.#leave = settle));
  }

  message(message: ProgramMessage): void {
    if (message.kind === 'pipes') this.#open(message);
    else if (message.kind === 'started') this.#start();
    else if (message.kind === 'error') this.#fail(enterError(message, this.#argv0));
    else if (message.kind === 'echo') this.#echo.answer(message.on);
    else if (message.kind === 'process') this.#usage.begin(message.pid);
    else if (message.kind === 'usage') this.#usage.end(message);
    else if (message.kind === 'exit') this.#exit({ code: message.code });
  }

  gone(problem?: Error): void {
    this.#leave();
    this.#echo.end();
    this.#usage.end();
    if (!this.#started) {
      const options = problem === undefined ? {} : { cause: problem };
      this.#fail(new EnterError(`container cannot be entered: ${problem?.message ?? 'no answer'}`, 126, options));
    }
    // Unless it has said its exit: then this changes nothing.
    this.#exit(KILLED);
    // A terminal goes with it. Of a pipe a background job may still be reading.
    if (this.#terminal) this.#streams?.stdin.destroy();
  }

  /** The master of a new pty in the container. Throws {@link EnterError}. */
  openTerminal(init: number): number {
    let master: number;
    try {
      master = openTerminal(init);
    } catch (error) {
      throw new EnterError(`container cannot be entered: ${(error as Error).message}`, 126, { cause: error });
    }
    const stdout = new TerminalOutput(master);
    const stdin = new TerminalInput(master, stdout);
    this.#streams = { stdin, stdout, stderr: Readable.from([]) };
    this.#terminal = true;
    // EIO is the end of a terminal.
    stdout.on('error', () => undefined);
    stdout.once('close', () => {
      const hangUp = (): void => this.process?.send('hangup');
      // A terminal that has ended is hung up no more: the process may be about to exit by itself.
      if (stdout.readableEnded || stdout.errored !== null) void this.#exited.then(hangUp);
      else hangUp();
    });
    return master;
  }

  #open({ stdin, stdout, stderr }: Extract<ProgramMessage, { kind: 'pipes' }>): void {
    const pid = this.process?.pid ?? 0;
    const streams = {
      stdin: openPipe(pid, stdin, 'write'),
      stdout: openPipe(pid, stdout, 'read'),
      stderr: openPipe(pid, stderr, 'read'),
    };
    // EPIPE: nobody reads any more, and `exited` tells whoever writes what there is to learn.
    streams.stdin.on('error', () => undefined);
    this.#streams = streams;
    this.process?.send('opened');
  }

  #start(): void {
    if (this.process === undefined || this.#streams === undefined) return;
    this.#started = true;
    const echo = this.#terminal ? this.#echo : undefined;
    this.#resolve(new SandboxProcess(this.process, this.#streams, this.#exited, this.#usage, echo));
  }

  #fail(error: EnterError): void {
    const streams = this.#streams;
    for (const stream of Object.values(streams ?? {})) (stream as Readable | Writable).destroy();
    if (!this.#terminal || streams === undefined) {
      this.#reject(error);
      return;
    }
    // The program and we each hold the master: until both have let go, a terminal stays in the container.
    const closed = streams.stdout.closed ? Promise.resolve() : once(streams.stdout, 'close');
    void Promise.all([closed, this.#gone]).then(() => this.#reject(error));
  }
}

/** Whether a terminal echoes: the program answers in the order in which it is asked. */
class EchoQuestions {
  readonly #waiting: { readonly resolve: (on: boolean) => void; readonly reject: (error: Error) => void }[] = [];
  #ended = false;

  ask(process: ProgramProcess): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        reject(new Error('the terminal is gone'));
        return;
      }
      this.#waiting.push({ resolve, reject });
      process.send('echo');
    });
  }

  answer(on: boolean): void {
    this.#waiting.shift()?.resolve(on);
  }

  end(): void {
    this.#ended = true;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('the terminal is gone'));
  }
}

class SandboxProcess implements EnteredProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<Exit>;
  readonly #process: ProgramProcess;
  readonly #usage: UsageMeter;
  readonly #echo: EchoQuestions | undefined;

  /** `echo`: of a process with a terminal. */
  constructor(
    process: ProgramProcess,
    streams: Streams,
    exited: Promise<Exit>,
    usage: UsageMeter,
    echo: EchoQuestions | undefined,
  ) {
    this.#process = process;
    this.#usage = usage;
    this.#echo = echo;
    this.stdin = streams.stdin;
    this.stdout = streams.stdout;
    this.stderr = streams.stderr;
    this.exited = exited;
  }

  resize(columns: number, rows: number): void {
    this.#process.send(`resize ${clamp(columns)} ${clamp(rows)}`);
  }

  /** False, too, once the terminal is hung up, and without one. */
  echoes(): Promise<boolean> {
    return this.#echo?.ask(this.#process) ?? Promise.resolve(false);
  }

  usage(): Promise<ProcessUsage | undefined> {
    return this.#usage.read();
  }

  signal(name: Parameters<EnteredProcess['signal']>[0]): void {
    this.#process.send(`signal ${constants.signals[name]}`);
  }
}

/** Window sizes are unsigned 16-bit numbers. */
function clamp(size: number): number {
  return Math.min(Math.max(Math.trunc(size) || 0, 0), 0xffff);
}
