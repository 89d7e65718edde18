import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { EnteredProcess, EnterRequest, Exit, ProcessUsage } from '../runtime.js';
import { UsageMeter, type ProcessTable } from '../sandbox/process-usage.js';
import { AttachedInput, AttachedStreams } from './attached-streams.js';
import type { DockerEngine } from './docker-engine.js';
import { enterError, statusOf, textOf } from './docker-failure.js';
import type { DockerLog } from './docker-log.js';
import type { ExecEnds } from './exec-ends.js';
import { HostProcess, type SignalName } from './host-process.js';

export interface DockerExecOptions {
  readonly engine: DockerEngine;
  readonly ends: ExecEnds;
  /** Of the daemon's machine, where it is this one. */
  readonly processes: ProcessTable;
  /** Docker's own. */
  readonly container: Docker.Container;
  readonly request: EnterRequest;
  readonly log: DockerLog;
}

/** Of a process whose end nobody has seen: it went with its container. */
const KILLED: Exit = { code: 137 };
/** Between looks whether a process runs that is being started, in milliseconds. */
const START_LOOK_MS = 3;
/** A start that takes longer is an error: runc needs a tenth of a second, a busy machine some. */
const START_LIMIT_MS = 30_000;
/** A terminal whose size the daemon is slow to set is used without. */
const SIZE_LIMIT_MS = 1_000;
/** How often it is looked whether a process with a slow reader has exited; the daemon forgets output after 2000. */
const PAUSED_LOOK_MS = 400;
/** How long an exec whose connection has ended may still be called running. */
const END_LIMIT_MS = 3_000;
const END_LOOK_MS = 50;
/**
 * How long output may still come from a process that has exited. The daemon closes it after two seconds, except where
 * the container has ended in the same moment: there it forgets to.
 */
export const LAST_OUTPUT_MS = 5_000;

/** Starts a process in a container by `exec`. Rejects with `EnterError`. */
export async function enterByExec(options: DockerExecOptions): Promise<DockerExec> {
  const { container, request, engine, ends } = options;
  const { terminal, argv } = request;
  const tty = terminal !== undefined;
  const argv0 = argv[0] ?? '';
  let exec: Docker.Exec | undefined;
  try {
    const size = terminal && engine.sizesAtStart ? startSize(terminal.columns, terminal.rows) : {};
    exec = await container.exec({
      Cmd: [...argv],
      Env: Object.entries(request.environment).map(([name, value]) => `${name}=${value}`),
      User: request.user ?? '0',
      Tty: tty,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      ...size,
    });
    let died: (code: number) => void = () => undefined;
    const death = new Promise<number>((resolve) => (died = resolve));
    await ends.watch(exec.id, died);
    // Waits in the daemon until the process runs, and so comes as early as can be.
    const sized = terminal && !engine.sizesAtStart ? resizeExec(exec, terminal.columns, terminal.rows) : undefined;
    const socket = (await exec.start({ hijack: true, stdin: true, Tty: tty, ...size })) as unknown as Socket;
    const streams = new AttachedStreams(socket, !tty);
    const pid = await startedPid(exec, streams, argv0);
    await Promise.race([sized, streams.ended, sleep(SIZE_LIMIT_MS)]);
    return new DockerExec(options, { exec, socket, streams, pid, died: death });
  } catch (error) {
    if (exec !== undefined) ends.forget(exec.id);
    throw error instanceof Error && error.name === 'EnterError' ? error : enterError(textOf(error), argv0);
  }
}

/** `h` and `w` are Podman's words. */
function startSize(columns: number, rows: number): object {
  const [width, height] = [clamp(columns), clamp(rows)];
  return { ConsoleSize: [height, width], h: height, w: width };
}

/** Never rejects: a process that has ended has no size. */
async function resizeExec(exec: Docker.Exec, columns: number, rows: number): Promise<void> {
  await exec.resize({ h: clamp(rows), w: clamp(columns) }).catch(() => undefined);
}

/** The daemon's number of the process once it runs, or has run. Rejects with `EnterError` when it cannot be started. */
async function startedPid(exec: Docker.Exec, streams: AttachedStreams, argv0: string): Promise<number> {
  const limit = Date.now() + START_LIMIT_MS;
  for (;;) {
    const { Pid, Running, ExitCode } = await exec.inspect();
    if (Pid > 0) return Pid;
    if (!Running && ExitCode !== null) break;
    if (Date.now() > limit)
      throw enterError(`the container's command did not start in ${START_LIMIT_MS / 1000} s`, argv0);
    await sleep(START_LOOK_MS);
  }
  // Why it could not be started is all that the daemon writes to the connection.
  let text = '';
  for (const stream of [streams.stdout, streams.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => (text = (text + chunk).slice(-4_096)));
  }
  await streams.ended;
  await sleep(0);
  throw enterError(text, argv0);
}

interface Running {
  readonly exec: Docker.Exec;
  readonly socket: Socket;
  readonly streams: AttachedStreams;
  readonly pid: number;
  /** Its exit code, by the daemon's events. */
  readonly died: Promise<number>;
}

/** Its exit code; forgotten: its container has been removed, or the daemon restarted; unreachable: that does not answer. */
type ExecState = number | 'running' | 'forgotten' | 'unreachable';

/** A process that has entered by `exec`. */
export class DockerExec implements EnteredProcess {
  readonly stdin: AttachedInput;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<Exit>;
  readonly #options: DockerExecOptions;
  readonly #running: Running;
  readonly #process: HostProcess | undefined;
  readonly #terminal: boolean;
  readonly #meter: UsageMeter;
  #exit: (exit: Exit) => void = () => undefined;
  #over = false;

  constructor(options: DockerExecOptions, running: Running) {
    const { socket, streams, pid, died, exec } = running;
    this.#options = options;
    this.#meter = new UsageMeter(options.processes);
    this.#running = running;
    this.#terminal = options.request.terminal !== undefined;
    this.#process = HostProcess.find(pid, options.container.id);
    if (this.#process !== undefined) this.#meter.begin(pid);
    this.stdout = streams.stdout;
    this.stderr = streams.stderr;
    this.stdin = new AttachedInput(socket, !this.#terminal);
    this.exited = new Promise((resolve) => (this.#exit = resolve));
    void died.then((code) => this.#ended({ code }));
    void streams.ended.then(() => this.#connectionEnded());
    this.stdout.once('close', () => this.#outputLeft());
    // Of a terminal there is none: it has ended already.
    if (!this.#terminal) this.stderr.once('close', () => this.#outputLeft());
    const timer = setInterval(() => void this.#lookWhilePaused(), PAUSED_LOOK_MS);
    timer.unref();
    void this.exited.then(() => {
      clearInterval(timer);
      options.ends.forget(exec.id);
      streams.drain();
      const late = setTimeout(() => socket.destroy(), LAST_OUTPUT_MS);
      late.unref();
      void streams.ended.then(() => clearTimeout(late));
    });
  }

  usage(): Promise<ProcessUsage | undefined> {
    return this.#meter.read();
  }

  resize(columns: number, rows: number): void {
    if (this.#terminal && !this.#over) void resizeExec(this.#running.exec, columns, rows);
  }

  signal(name: SignalName): void {
    if (this.#over) return;
    const sent = this.#terminal ? this.#process?.signalGroup(name) : this.#process?.signal(name);
    if (sent !== true) void this.#signalFromInside(name);
  }

  /** The container has ended, and everything in it. */
  containerEnded(): void {
    void this.#settle(KILLED);
  }

  #ended(exit: Exit): void {
    if (this.#over) return;
    this.#over = true;
    this.#meter.end();
    this.#exit(exit);
  }

  /** Docker goes on with a process whose terminal is left: hanging up is ours to do. */
  #outputLeft(): void {
    if (this.#terminal && !this.stdout.readableEnded) this.signal('SIGHUP');
    if (this.stdout.destroyed && (this.#terminal || this.stderr.destroyed)) this.#running.socket.destroy();
  }

  async #connectionEnded(): Promise<void> {
    // Left by us: its process goes on until it is told otherwise.
    if (!this.#left) await this.#settle(KILLED);
  }

  get #left(): boolean {
    return this.stdout.destroyed && !this.stdout.readableEnded;
  }

  /** By the daemon's word, if it comes in time. */
  async #settle(otherwise: Exit): Promise<void> {
    const limit = Date.now() + END_LIMIT_MS;
    let code: ExecState = 'running';
    while (!this.#over && Date.now() < limit) {
      code = await this.#exitCode();
      if (typeof code === 'number') this.#ended({ code });
      if (code === 'forgotten') break;
      await sleep(END_LOOK_MS);
    }
    // A daemon that was restarted and has left its containers running does not know what runs in them: nobody else ends it.
    const unheard = code === 'forgotten' || code === 'unreachable';
    if (unheard && this.#process?.running === true) this.signal('SIGKILL');
    this.#ended(otherwise);
  }

  /** The daemon tells of an end when it has passed on all output: too late for a reader that is slow. */
  async #lookWhilePaused(): Promise<void> {
    if (this.#over || this.#process?.running === true) return;
    if (!this.#running.streams.paused && !this.#left) return;
    const code = await this.#exitCode();
    if (code === 'forgotten') this.#ended(KILLED);
    else if (typeof code === 'number') this.#ended({ code });
  }

  async #exitCode(): Promise<ExecState> {
    try {
      const { Running, ExitCode } = await this.#running.exec.inspect();
      return Running ? 'running' : (ExitCode ?? 'running');
    } catch (error) {
      return statusOf(error) === 404 ? 'forgotten' : 'unreachable';
    }
  }

  /** Where the process is not to be seen or not ours to signal: by a `kill` of the image, with its number inside. */
  async #signalFromInside(name: SignalName): Promise<void> {
    const { container, log } = this.#options;
    const inner = this.#process?.innerPid;
    const reason =
      inner === undefined
        ? "the daemon's processes are not to be seen from here"
        : await this.#kill(name, this.#terminal ? -inner : inner);
    if (reason !== undefined) log.warn({ container: container.id, signal: name, reason }, 'process not signalled');
  }

  /** Why it did not come off. */
  async #kill(name: SignalName, target: number): Promise<string | undefined> {
    try {
      const kill = await this.#options.container.exec({
        Cmd: ['kill', `-${name.slice(3)}`, '--', String(target)],
        User: '0',
      });
      await kill.start({ Detach: true });
      return undefined;
    } catch (error) {
      return textOf(error);
    }
  }
}

/** Window sizes are unsigned 16-bit numbers. */
function clamp(size: number): number {
  return Math.min(Math.max(Math.trunc(size) || 0, 0), 0xffff);
}
