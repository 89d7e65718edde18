import type { PatternToken } from './pattern-token.js';

/** What stands between two stars. */
interface Run {
  /** With any character in the places of `?`. */
  readonly text: string;
  /** Places of `?`; undefined when there are none. */
  readonly ones: ReadonlySet<number> | undefined;
}

/**
 * A pattern with `*` and `?`, made ready. Each run between two stars is looked for once, from where the one before it
 * ended: a star never takes back what it has given, so that time is at most text × pattern, whatever the pattern.
 */
export class Wildcard {
  readonly #first: Run;
  /** Undefined when there is no star. */
  readonly #last: Run | undefined;
  readonly #between: readonly Run[];
  /** Of all runs together: no shorter text can match. */
  readonly #length: number;

  /** Variables must have been filled in. */
  constructor(tokens: readonly PatternToken[]) {
    const runs = runsOf(tokens);
    this.#first = runs[0] ?? EMPTY;
    this.#last = runs.length > 1 ? runs.at(-1) : undefined;
    this.#between = runs.slice(1, -1);
    this.#length = runs.reduce((sum, { text }) => sum + text.length, 0);
  }

  matches(text: string): boolean {
    const last = this.#last;
    if (last === undefined) return text.length === this.#length && standsAt(this.#first, text, 0);
    if (text.length < this.#length || !standsAt(this.#first, text, 0)) return false;
    const end = text.length - last.text.length;
    if (!standsAt(last, text, end)) return false;
    let at = this.#first.text.length;
    for (const run of this.#between) {
      const found = find(run, text, at, end);
      if (found === -1) return false;
      at = found + run.text.length;
    }
    return at <= end;
  }
}

const EMPTY: Run = { text: '', ones: undefined };

function runsOf(tokens: readonly PatternToken[]): Run[] {
  const runs: Run[] = [];
  let text = '';
  let ones = new Set<number>();
  const flush = (): void => {
    runs.push({ text, ones: ones.size === 0 ? undefined : ones });
    text = '';
    ones = new Set();
  };
  for (const token of tokens) {
    if (token.kind === 'any') flush();
    else if (token.kind === 'one') {
      ones.add(text.length);
      text += '?';
    } else if (token.kind === 'text') text += token.text;
    else throw new Error(`variable ${token.key} is not filled in`);
  }
  flush();
  return runs;
}

function standsAt({ text: wanted, ones }: Run, text: string, at: number): boolean {
  if (ones === undefined) return text.startsWith(wanted, at);
  if (at + wanted.length > text.length) return false;
  for (let index = 0; index < wanted.length; index += 1) {
    if (wanted.charCodeAt(index) !== text.charCodeAt(at + index) && !ones.has(index)) return false;
  }
  return true;
}

/** Leftmost place at or behind `from` that ends before `end`; -1 when there is none. */
function find(run: Run, text: string, from: number, end: number): number {
  const most = end - run.text.length;
  if (run.ones === undefined) {
    const found = text.indexOf(run.text, from);
    return found > most ? -1 : found;
  }
  for (let at = from; at <= most; at += 1) if (standsAt(run, text, at)) return at;
  return -1;
}
