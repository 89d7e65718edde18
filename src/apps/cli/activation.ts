import process from 'node:process';
import { create } from './activation/create.js';
import { list } from './activation/list.js';
import { remove } from './activation/remove.js';
import type { RunCommand } from './main.js';
import { UsageError } from './usage-error.js';

const ACTIONS: Readonly<Record<string, RunCommand>> = { create, list, delete: remove };

const HELP = `Usage: gangway activation create | list | delete [options]

Lets further hosts join a cluster, as ECS Anywhere has it: an activation of Systems Manager.

  create          makes one, with the role of its hosts, and prints the command for them
  list            activations, how often they were used and until when they can be
  delete ID       takes one back; hosts that have joined with it stay

gangway activation ACTION --help says more about one of them.
`;

export async function activation(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === '--help' || name === '-h') {
    process.stdout.write(HELP);
    return 0;
  }
  const action = name !== undefined && Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined) {
    throw new UsageError(`activation takes create, list or delete${name === undefined ? '' : `, not '${name}'`}`);
  }
  return action(rest);
}
