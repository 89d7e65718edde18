import process from 'node:process';
import type { RunCommand } from './main.js';
import { UsageError } from './usage-error.js';

/** `gangway COMMAND ACTION …`: the action, or the command's own help. Throws a {@link UsageError} for any other. */
export function runAction(
  command: string,
  actions: Readonly<Record<string, RunCommand>>,
  help: string,
  [name, ...rest]: readonly string[],
): Promise<number> | number {
  if (name === '--help' || name === '-h') {
    process.stdout.write(help);
    return 0;
  }
  const action = name !== undefined && Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action !== undefined) return action(rest);
  const names = Object.keys(actions);
  const choices = `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
  throw new UsageError(`${command} takes ${choices}${name === undefined ? '' : `, not '${name}'`}`);
}
