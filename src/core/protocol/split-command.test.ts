import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CommandLineError, splitCommand } from './split-command.js';

function failure(line: string): { code: string; message: string } {
  try {
    splitCommand(line);
  } catch (error) {
    if (error instanceof CommandLineError) return { code: error.code, message: error.message };
    throw error;
  }
  return { code: 'none', message: '' };
}

describe('a command line', () => {
  it('T24: is not given to a shell', () => {
    expect(splitCommand('echo hi | cat')).toEqual(['echo', 'hi', '|', 'cat']);
    expect(splitCommand('echo $HOME && ls *')).toEqual(['echo', '$HOME', '&&', 'ls', '*']);
    expect(splitCommand("sh -c 'echo hi | cat'")).toEqual(['sh', '-c', 'echo hi | cat']);
  });

  it('is split at white space', () => {
    expect(splitCommand(' \t/bin/sh\r\n-l  x ')).toEqual(['/bin/sh', '-l', 'x']);
  });

  it('keeps quoted parts together, inside words too', () => {
    expect(splitCommand(`a'b c'd"e f"g`)).toEqual(['ab cde fg']);
    expect(splitCommand(`'' ""`)).toEqual(['', '']);
    expect(splitCommand(`'a"b' "a'b"`)).toEqual(['a"b', "a'b"]);
  });

  it('knows the backslash outside and in double quotes, not in single ones', () => {
    expect(splitCommand('a\\ b \\"c\\" \\\\')).toEqual(['a b', '"c"', '\\']);
    expect(splitCommand(`"a\\"b" "\\$x" 'a\\b'`)).toEqual(['a"b', '$x', 'a\\b']);
  });

  it('drops the backslash before any character in double quotes, as the official agent does', () => {
    expect(splitCommand('printf "a\\nb"')).toEqual(['printf', 'anb']);
  });

  it('ends a comment at the line end, and begins one only at the start of a word', () => {
    expect(splitCommand('a # b c\nd')).toEqual(['a', 'd']);
    expect(splitCommand('a#b "#c" \\#d')).toEqual(['a#b', '#c', '#d']);
    expect(splitCommand('a #')).toEqual(['a']);
  });

  it('that is blank has the text of wire-protocol 9', () => {
    for (const line of ['', '  \t\n', '# only a comment']) {
      expect(failure(line)).toEqual({
        code: 'empty',
        message: 'Commands cannot be empty for session type InteractiveCommands',
      });
    }
  });

  it('that is unfinished says what was expected', () => {
    const quote = 'Unable to start command: Failed to parse commands input: EOF found when expecting closing quote';
    const escape = 'Unable to start command: Failed to parse commands input: EOF found after escape character';
    for (const line of ["sh -c 'x", '"', 'a"b']) expect(failure(line)).toEqual({ code: 'unfinished', message: quote });
    for (const line of ['a \\', 'a "b\\']) expect(failure(line)).toEqual({ code: 'unfinished', message: escape });
  });

  it('made of single-quoted words gives the words back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom("'", '"', '\\', ' ', '\n', '#', 'a', '€', '😀') }), {
          minLength: 1,
        }),
        (words) => {
          const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
          expect(splitCommand(line)).toEqual(words);
        },
      ),
    );
  });
});
