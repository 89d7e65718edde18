import type { Command as CommandType } from 'commander';
import { Command, CommanderError } from './commander.js';
import { UsageError } from './usage-error.js';

/** A command of ours: options anywhere before `--`, errors as {@link UsageError}. */
export function newCommand(name: string, description: string): CommandType {
  return new Command(`gangway ${name}`)
    .description(description)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .showSuggestionAfterError()
    .helpOption('-h, --help', 'display help');
}

/** False when there is nothing left to do because help was asked for and shown. Throws a {@link UsageError}. */
export function parseCommand(command: CommandType, argv: readonly string[]): boolean {
  try {
    command.parse([...argv], { from: 'user' });
    return true;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return false;
    const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
    throw new UsageError(`${message} (see ${command.name()} --help)`);
  }
}
