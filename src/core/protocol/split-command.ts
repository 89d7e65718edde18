export type CommandLineErrorCode = 'empty' | 'unfinished';

/** A command line that cannot be run. `message` is what the user reads (wire-protocol 9). */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
  readonly code: CommandLineErrorCode;

  constructor(code: CommandLineErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

function unfinished(problem: string): CommandLineError {
  return new CommandLineError('unfinished', `Unable to start command: Failed to parse commands input: ${problem}`);
}

const BLANK = new Set([' ', '\t', '\r', '\n']);
const NO_QUOTE = 'EOF found when expecting closing quote';
const NO_ESCAPED = 'EOF found after escape character';

/** Reads one quoted part; `start` is behind the opening quote. */
function readQuoted(line: string, start: number, quote: string): { text: string; next: number } {
  let text = '';
  for (let index = start; index < line.length; index += 1) {
    const character = line.charAt(index);
    if (character === quote) return { text, next: index + 1 };
    if (character === '\\' && quote === '"') {
      index += 1;
      if (index === line.length) throw unfinished(NO_ESCAPED);
      text += line.charAt(index);
    } else {
      text += character;
    }
  }
  throw unfinished(NO_QUOTE);
}

function readWord(line: string, start: number): { word: string; next: number } {
  let word = '';
  let index = start;
  while (index < line.length && !BLANK.has(line.charAt(index))) {
    const character = line.charAt(index);
    if (character === "'" || character === '"') {
      const quoted = readQuoted(line, index + 1, character);
      word += quoted.text;
      index = quoted.next;
    } else if (character === '\\') {
      if (index + 1 === line.length) throw unfinished(NO_ESCAPED);
      word += line.charAt(index + 1);
      index += 2;
    } else {
      word += character;
      index += 1;
    }
  }
  return { word, next: index };
}

/**
 * Words of a command line: quotes, backslash and comments as in a POSIX shell, and nothing else of a shell (T24). As
 * in the official agent, a backslash inside double quotes makes any character literal, where POSIX would keep the
 * backslash before most of them. Throws {@link CommandLineError}.
 */
export function splitCommand(line: string): string[] {
  const words: string[] = [];
  let index = 0;
  while (index < line.length) {
    if (BLANK.has(line.charAt(index))) {
      index += 1;
    } else if (line.charAt(index) === '#') {
      const end = line.indexOf('\n', index);
      index = end === -1 ? line.length : end + 1;
    } else {
      const { word, next } = readWord(line, index);
      words.push(word);
      index = next;
    }
  }
  if (words.length === 0) {
    throw new CommandLineError('empty', 'Commands cannot be empty for session type InteractiveCommands');
  }
  return words;
}
