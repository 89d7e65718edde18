import { randomBytes } from 'node:crypto';
import type { Container, ContainerSpec, EnteredProcess, Exit, Runtime, TaskSpec } from './runtime.js';
import { StreamText } from './stream-text.fixture.js';

export function containerSpec(image: string, command: string, changes: Partial<ContainerSpec> = {}): ContainerSpec {
  return {
    id: `${randomBytes(16).toString('hex')}-${Date.now() % 10_000_000_000}`,
    image,
    argv: ['/bin/sh', '-c', command],
    environment: {},
    workingDirectory: '/',
    user: '',
    hostname: 'box',
    readonlyRootFilesystem: false,
    ...changes,
  };
}

export interface Result {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** All that a container or an entered process says, and its end. */
export async function resultOf(process: Pick<Container, 'stdout' | 'stderr' | 'exited'>): Promise<Result> {
  const [stdout, stderr, { code }] = await Promise.all([
    new StreamText(process.stdout).ended,
    new StreamText(process.stderr).ended,
    process.exited,
  ]);
  return { stdout, stderr, code };
}

/** A container that stays, and what can be asked of it. */
export class Inhabited {
  readonly container: Container;

  constructor(container: Container) {
    this.container = container;
    container.stdout.resume();
    container.stderr.resume();
  }

  static async start(runtime: Runtime, image: string, changes: Partial<ContainerSpec> = {}): Promise<Inhabited> {
    return new Inhabited(await runtime.start(containerSpec(image, 'while :; do sleep 1000; done', changes)));
  }

  enter(command: string, environment: Readonly<Record<string, string>> = {}): Promise<EnteredProcess> {
    return this.container.enter({ argv: ['/bin/sh', '-c', command], environment });
  }

  /** With pipes, stdin empty. */
  async run(command: string, environment: Readonly<Record<string, string>> = {}): Promise<Result> {
    const process = await this.enter(command, environment);
    process.stdin.end();
    return resultOf(process);
  }

  async terminal(argv: readonly string[], columns = 80, rows = 24): Promise<TerminalSession> {
    const environment = { TERM: 'xterm-256color', PS1: '$ ' };
    return new TerminalSession(await this.container.enter({ argv, environment, terminal: { columns, rows } }));
  }
}

/** Starts a container that the test's end stops. */
export type Inhabit = (changes?: Partial<ContainerSpec>) => Promise<Inhabited>;

export class TerminalSession {
  readonly process: EnteredProcess;
  readonly output: StreamText;
  readonly exited: Promise<Exit>;

  constructor(process: EnteredProcess) {
    this.process = process;
    this.output = new StreamText(process.stdout);
    process.stderr.resume();
    this.exited = process.exited;
  }

  type(text: string): void {
    this.process.stdin.write(text);
  }
}

/** Of a task that no way leads out of. */
export const noForwards: TaskSpec['forwards'] = () => Promise.resolve([]);
