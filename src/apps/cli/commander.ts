import { createRequire } from 'node:module';
import type * as commander from 'commander';

/**
 * Through require: commander is a CommonJS package, and the first `import` of one makes Node start its CommonJS lexer,
 * more than 10 ms that every `gangway exec` would wait for.
 */
export const { Command, CommanderError, InvalidArgumentError, Option } = createRequire(import.meta.url)(
  'commander',
) as typeof commander;
