import { basename, delimiter, dirname, relative } from 'node:path';
import process from 'node:process';
import { quoteWord } from '../../../client/quote-command.js';

/** What a demonstration tells, on stdout. */
export class Narration {
  #over = false;

  /** Whoever tells something after the end is ended by it. */
  say(line = ''): void {
    if (this.#over) throw new Error('nobody listens any more');
    process.stdout.write(`${line}\n`);
  }

  /** What is called `name`, in the form that all of them have. */
  tell(name: string, value: string): void {
    this.say(`${name.padEnd(16)} ${value}`);
  }

  end(): void {
    this.#over = true;
  }
}

/** How the user can call us: in a clone that is a path. */
function ourselves(): string {
  const program = process.argv[1] ?? 'gangway';
  const onPath = (process.env['PATH'] ?? '').split(delimiter).includes(dirname(program));
  const below = relative(process.cwd(), program);
  return quoteWord(onPath ? basename(program) : below.startsWith('..') ? program : below);
}

/** How to use from elsewhere what goes on running. */
export function instructions(narration: Narration, directory: string, exec: readonly string[]): void {
  const data = quoteWord(directory);
  const gangway = ourselves();
  narration.say();
  narration.say('It goes on running until Ctrl-C. From another shell:');
  narration.say();
  narration.say(`  eval "$(${gangway} env --data ${data})"     then aws, SDKs and Terraform use it`);
  narration.say(`  ${gangway} exec ${exec.join(' ')} --data ${data}     a terminal in the container`);
}
