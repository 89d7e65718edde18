import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { until } from './processes.fixture.js';
import { program } from './stack.fixture.js';

/** A `gangway exec` that goes on while the test does something else. */
export class RunningExec {
  readonly process: ChildProcessWithoutNullStreams;
  /** Exit status; 128 + n is not made up here: undefined when a signal ended it. */
  readonly ended: Promise<number | undefined>;
  stdout = '';
  stderr = '';

  constructor(env: NodeJS.ProcessEnv, args: readonly string[]) {
    this.process = spawn(process.execPath, [program, 'exec', ...args], { env });
    this.process.stdout.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.process.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.process.stdin.on('error', () => undefined);
    this.ended = new Promise((resolve) => this.process.once('close', (code) => resolve(code ?? undefined)));
  }

  async until(pattern: RegExp, timeoutMs?: number): Promise<void> {
    const missing = (): string => `${String(pattern)} in ${this.stdout.slice(-500)}\n${this.stderr}`;
    await until(missing, () => pattern.test(this.stdout), timeoutMs);
  }

  /**
   * Sends a line through a `cat` on the far side, and sees that it alone comes back, and that the client has never had
   * to say anything.
   */
  async echo(): Promise<void> {
    const before = this.stdout;
    const line = `${randomUUID()}\n`;
    this.process.stdin.write(line);
    const seen = (): string => `an echo; there is ${this.stdout.slice(before.length)}\n${this.stderr}`;
    await until(seen, () => this.stdout.length >= before.length + line.length, 5_000);
    if (this.stdout !== before + line || this.stderr !== '') throw new Error(`instead of ${line}: ${seen()}`);
  }

  /** Ends its `cat`; resolves to the exit status. */
  finish(): Promise<number | undefined> {
    this.process.stdin.end();
    return this.ended;
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended;
  }
}
