import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitCommand } from '../core/protocol/split-command.js';
import { quoteCommand } from './quote-command.js';

describe('an argv as one command string', () => {
  it('leaves plain words as they are', () => {
    expect(quoteCommand(['ls', '-l', '/etc/hosts', '--color=never'])).toBe('ls -l /etc/hosts --color=never');
  });

  it('quotes what a splitter would take apart', () => {
    expect(quoteCommand(['sh', '-c', "echo 'a b' # c"])).toBe(`sh -c 'echo '\\''a b'\\'' # c'`);
    expect(quoteCommand(['printf', ''])).toBe("printf ''");
  });

  it('comes back from the agent’s splitter exactly as it was', () => {
    const nasty = fc.string({
      unit: fc.constantFrom("'", '"', '\\', '#', ' ', '\n', '\t', '$', '`', '~', 'a', 'é', '😀'),
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(nasty, fc.string({ unit: 'grapheme' })), { minLength: 1 }), (argv) => {
        expect(splitCommand(quoteCommand(argv))).toEqual(argv);
      }),
    );
  });
});
