import process from 'node:process';
import { USAGE } from '../../client/exit-status.js';
import { commandStatus, endProcess, tolerateBrokenPipes } from './command-status.js';

/** Runs a command with the arguments behind its name; resolves to the exit status. */
export type RunCommand = (argv: readonly string[]) => Promise<number> | number;

interface CommandEntry {
  readonly summary: string;
  /** Each command is loaded only when it is the one: `exec` must not wait for what `up` needs. */
  load(): Promise<RunCommand>;
}

const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  up: {
    summary: 'start endpoint, message gateway and agent on this machine',
    load: async () => (await import('./up.js')).up,
  },
  env: {
    summary: 'print the exports that point AWS clients in this shell at it',
    load: async () => (await import('./env.js')).env,
  },
  demo: {
    summary: 'run a command inside a container, from nothing',
    load: async () => (await import('./demo.js')).demo,
  },
  exec: {
    summary: 'open a terminal or run a command in a running container',
    load: async () => (await import('./exec.js')).exec,
  },
  sessions: {
    summary: 'list, watch, replay, export, search and end sessions',
    load: async () => (await import('./sessions.js')).sessions,
  },
  verify: {
    summary: 'check that the records of sessions are whole and as they were written',
    load: async () => (await import('./verify.js')).verify,
  },
  policy: {
    summary: 'check, try and print IAM policies',
    load: async () => (await import('./policy.js')).policy,
  },
  why: {
    summary: 'say why a request was refused, and what to change',
    load: async () => (await import('./why.js')).why,
  },
  doctor: {
    summary: 'check all that exec into a task depends on, and say what to repair',
    load: async () => (await import('./doctor.js')).doctor,
  },
  activation: {
    summary: 'let further hosts join a cluster',
    load: async () => (await import('./activation.js')).activation,
  },
  agent: {
    summary: 'join this machine to an endpoint as a container host',
    load: async () => (await import('./agent.js')).agent,
  },
};

function help(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    'Usage: gangway COMMAND [options]',
    '',
    'ECS Exec, whole and open: a shell or a command inside a running container.',
    '',
    'Commands:',
    ...lines,
    '',
    'gangway COMMAND --help says more about one of them; gangway --version prints the version.',
    '',
  ].join('\n');
}

async function run(argv: readonly string[]): Promise<number> {
  const [first, ...rest] = argv;
  if (first === undefined) {
    process.stderr.write(help());
    return USAGE;
  }
  if (first === '--help' || first === '-h' || (first === 'help' && rest.length === 0)) {
    process.stdout.write(help());
    return 0;
  }
  if (first === '--version' || first === '-V') {
    const { version } = await import('./version.js');
    process.stdout.write(`gangway ${version()}\n`);
    return 0;
  }
  const [name, args] = first === 'help' ? [rest[0] ?? '', ['--help']] : [first, rest];
  // Not one of Object's own names.
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry === undefined) {
    const kind = name.startsWith('-') ? 'option' : 'command';
    process.stderr.write(`gangway: unknown ${kind} '${name}' (see gangway --help)\n`);
    return USAGE;
  }
  return commandStatus(name, async () => (await entry.load())(args));
}

/** Called by `bin/gangway`. Ends the process: what a command left behind must not keep it alive. */
export async function main(argv: readonly string[]): Promise<void> {
  tolerateBrokenPipes();
  return endProcess(await run(argv));
}
