import { closeSync, openSync } from 'node:fs';
import { failureText } from './program-failure.js';
import type { ProgramMessage } from './program-message.js';
import { ProgramProcess, type ProgramListener } from './program-process.js';
import type { SealedProgram } from './sealed-program.js';
import { startRefusal } from './start-refusal.js';

/** The namespaces that the containers of a task share, held by one process of the program. */
export class TaskNamespaces implements ProgramListener {
  /** Settled when no process is left in them. */
  readonly released: Promise<void>;
  readonly #process: ProgramProcess;
  readonly #ready: Promise<void>;
  readonly #holding: (pids: readonly number[]) => void;
  /** /proc/PID of the task's init: stays that process's whatever becomes of the number. */
  #init: number | undefined;
  #succeed: () => void = () => undefined;
  #fail: (failure: Error) => void = () => undefined;
  #release: () => void = () => undefined;

  private constructor(program: SealedProgram, args: readonly string[], holding: (pids: readonly number[]) => void) {
    this.#holding = holding;
    this.released = new Promise((resolve) => (this.#release = resolve));
    this.#ready = new Promise((resolve, reject) => {
      this.#succeed = resolve;
      this.#fail = reject;
    });
    this.#process = ProgramProcess.start(program, ['task', ...args], { environment: {} }, this);
  }

  /** `holding` is called with the pids to look for should this process be killed. Rejects with {@link StartError}. */
  static async open(
    program: SealedProgram,
    args: readonly string[],
    holding: (pids: readonly number[]) => void,
  ): Promise<TaskNamespaces> {
    const namespaces = new TaskNamespaces(program, args, holding);
    try {
      await namespaces.#ready;
    } catch (error) {
      await namespaces.close();
      throw error;
    }
    return namespaces;
  }

  /** For a container that joins. Throws {@link StartError} once they are gone. */
  get descriptor(): number {
    if (this.#init === undefined) throw startRefusal("the task's namespaces have ended");
    return this.#init;
  }

  /** Ends all that is in a PID namespace of the task. */
  close(): Promise<void> {
    this.#process.end();
    return this.released;
  }

  message(message: ProgramMessage): void {
    if (message.kind === 'error') this.#fail(startRefusal(failureText(message, 'task')));
    if (message.kind !== 'task') return;
    this.#init = openSync(`/proc/${message.init}`, 'r');
    this.#holding([this.#process.pid, message.init]);
    this.#succeed();
  }

  gone(problem?: Error): void {
    this.#fail(startRefusal(`sandbox: ${problem?.message ?? 'no answer'}`, problem));
    if (this.#init !== undefined) closeSync(this.#init);
    this.#init = undefined;
    this.#release();
  }
}
