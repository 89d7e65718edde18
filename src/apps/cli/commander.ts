/** What the commands use of it, so that each can be built without the rest. */
export { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
