import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { EnterError, StartError, type Container, type EnteredProcess, type EnterRequest } from '../runtime.js';
import type { ContainerSpec, Exit } from '../runtime.js';
import { containerEnvironment, enteredEnvironment } from './container-environment.js';
import { killInhabitants, processesBeside } from './container-processes.js';
import type { ControlGroup } from './control-groups.js';
import { enterContainer, KILLED } from './entered-process.js';
import { openPipe } from './pipe-end.js';
import type { ProcessTable } from './process-usage.js';
import { startError } from './program-failure.js';
import type { ProgramMessage } from './program-message.js';
import { ProgramProcess, type ProgramListener } from './program-process.js';
import type { SealedProgram } from './sealed-program.js';

export interface SandboxContainerOptions {
  readonly spec: ContainerSpec;
  readonly program: SealedProgram;
  /** Of `gangway-sandbox run`, as far as the command. */
  readonly args: readonly string[];
  /** What it inherits: the task's namespaces, if it joins some. */
  readonly descriptors: readonly number[];
  /** Of `gangway-sandbox enter`, for all that enter; and of a toolbox. */
  readonly enterArgs: readonly string[];
  readonly toolboxArgs: () => Promise<readonly string[]>;
  /** Its PID namespace is also others'. */
  readonly sharesProcesses: boolean;
  readonly processes: ProcessTable;
  readonly group?: ControlGroup | undefined;
  /** Called with the pids that hold the container, before its command runs. */
  readonly holding: (pids: readonly number[]) => void;
  /** Called once when all processes are gone; `stop` waits for it. Never rejects. */
  readonly release: () => Promise<void>;
}

/** As the ECS agent says it. */
const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';

/** A container of Linux namespaces, held by one process of the program. */
export class SandboxContainer implements Container, ProgramListener {
  readonly id: string;
  readonly exited: Promise<Exit>;
  /** Settled when the command runs, or cannot. Rejects with {@link StartError}. */
  readonly started: Promise<void>;
  /** Settled when no process is left, and `release` has done its work. */
  readonly released: Promise<void>;
  readonly #options: SandboxContainerOptions;
  readonly #process: ProgramProcess;
  #output: { readonly stdout: Readable; readonly stderr: Readable } | undefined;
  /** /proc/PID of its init: stays that process's whatever becomes of the number. */
  #init: number | undefined;
  #exit: (exit: Exit) => void = () => undefined;
  #succeed: () => void = () => undefined;
  #fail: (failure: StartError) => void = () => undefined;
  #release: () => void = () => undefined;

  constructor(options: SandboxContainerOptions) {
    const { spec, program, args, descriptors } = options;
    this.id = spec.id;
    this.#options = options;
    this.exited = new Promise((resolve) => (this.#exit = resolve));
    this.released = new Promise((resolve) => (this.#release = () => resolve(this.#clear())));
    this.started = new Promise((resolve, reject) => {
      this.#succeed = resolve;
      this.#fail = reject;
    });
    // Nobody else has streams of a container that has not started.
    this.started.catch(() => {
      this.#output?.stdout.destroy();
      this.#output?.stderr.destroy();
    });
    const environment = containerEnvironment(spec.environment, spec.hostname);
    const command = ['run', ...args, '--', ...spec.argv];
    this.#process = ProgramProcess.start(program, command, { environment, descriptors }, this);
  }

  get stdout(): Readable {
    return this.#streams.stdout;
  }

  get stderr(): Readable {
    return this.#streams.stderr;
  }

  async stop(timeoutMs: number): Promise<Exit> {
    this.#process.send(`signal ${constants.signals.SIGTERM}`);
    const timer = setTimeout(() => this.#process.send(`signal ${constants.signals.SIGKILL}`), timeoutMs);
    const exit = await this.exited;
    clearTimeout(timer);
    await this.released;
    return exit;
  }

  async enter(request: EnterRequest): Promise<EnteredProcess> {
    const { spec, program, enterArgs, toolboxArgs } = this.#options;
    const { argv, toolbox, user } = request;
    if (argv.length === 0 || argv[0] === '') throw new EnterError('no command specified', 126);
    if (toolbox?.image !== undefined) {
      throw new EnterError(`the sandbox has no toolbox image ${toolbox.image}: use an image of Docker's`, 126);
    }
    const place = toolbox === undefined ? ['--directory', spec.workingDirectory] : await toolboxArgs();
    if (this.#init === undefined) throw new EnterError('container is not running', 126);
    return enterContainer({
      program,
      init: this.#init,
      args: [...place, ...enterArgs, ...(user === undefined ? [] : ['--user', user])],
      environment: enteredEnvironment(containerEnvironment(spec.environment, spec.hostname), request),
      request,
      processes: this.#options.processes,
    });
  }

  hostPids(): Promise<readonly number[] | undefined> {
    const kind = this.#options.sharesProcesses ? 'mnt' : 'pid';
    return this.#init === undefined ? Promise.resolve([]) : processesBeside(this.#init, kind);
  }

  message(message: ProgramMessage): void {
    if (message.kind === 'container') this.#hold(message);
    else if (message.kind === 'started') this.#succeed();
    else if (message.kind === 'error') this.#fail(startError(message, this.#options.spec.argv[0] ?? ''));
    else if (message.kind === 'exit') this.#ended(this.#withReason(message.code));
  }

  gone(problem?: Error): void {
    const cause = problem === undefined ? {} : { cause: problem };
    // Changes nothing when the command has run.
    this.#fail(new StartError(`CannotStartContainerError: sandbox: ${problem?.message ?? 'no answer'}`, cause));
    this.#ended(KILLED);
    this.#release();
  }

  /** Its group is there until it is released. */
  #withReason(code: number): Exit {
    return code === KILLED.code && this.#options.group?.outOfMemory === true
      ? { code, reason: OUT_OF_MEMORY }
      : { code };
  }

  async #clear(): Promise<void> {
    const { sharesProcesses, group, release } = this.#options;
    // The program has done that, unless it was killed; a toolbox is not in the container's mount namespace, though.
    // What cannot be killed is looked for again by recover().
    if (sharesProcesses) await killInhabitants(this.id).catch(() => undefined);
    await group?.remove();
    await release();
  }

  get #streams() {
    if (this.#output === undefined) throw new Error('the container has not started');
    return this.#output;
  }

  #hold({ init, stdout, stderr }: Extract<ProgramMessage, { kind: 'container' }>): void {
    const { pid } = this.#process;
    this.#init = openSync(`/proc/${init}`, 'r');
    this.#output = { stdout: openPipe(pid, stdout, 'read'), stderr: openPipe(pid, stderr, 'read') };
    this.#options.holding([pid, init]);
    this.#options.group?.add(init);
    this.#process.send('opened');
  }

  #ended(exit: Exit): void {
    if (this.#init !== undefined) closeSync(this.#init);
    this.#init = undefined;
    this.#exit(exit);
  }
}
