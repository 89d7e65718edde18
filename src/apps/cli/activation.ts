import { create } from './activation/create.js';
import { list } from './activation/list.js';
import { remove } from './activation/remove.js';
import type { RunCommand } from './main.js';
import { runAction } from './run-action.js';

const ACTIONS: Readonly<Record<string, RunCommand>> = { create, list, delete: remove };

const HELP = `Usage: gangway activation create | list | delete [options]

Lets further hosts join a cluster, as ECS Anywhere has it: an activation of Systems Manager.

  create          makes one, with the role of its hosts, and prints the command for them
  list            activations, how often they were used and until when they can be
  delete ID       takes one back; hosts that have joined with it stay

gangway activation ACTION --help says more about one of them.
`;

export function activation(argv: readonly string[]): Promise<number> | number {
  return runAction('activation', ACTIONS, HELP, argv);
}
