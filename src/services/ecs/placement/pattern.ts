/**
 * Regular expressions of the cluster query language. Callers write them and the endpoint runs them: this matcher takes
 * time in proportion to pattern and text whatever they are, which Node's own does not promise.
 *
 * It has characters, `.`, classes, `\d \w \s` and their opposites, groups, `|`, `*`, `+`, `?` and `{n,m}`, the anchors
 * `^` and `$` at the ends, and no back references. The whole text must match.
 */
export class PatternError extends Error {}

export interface Pattern {
  matches(text: string): boolean;
}

/** Longest program; repetitions are written out. */
const MAX_STEPS = 5000;
const MAX_DEPTH = 50;

type Accepts = (character: string) => boolean;
type Step =
  | { readonly kind: 'take'; readonly accepts: Accepts }
  | { readonly kind: 'fork'; readonly to: readonly number[] }
  | { readonly kind: 'end' };

/** Throws {@link PatternError} on what is no pattern. */
export function compilePattern(source: string): Pattern {
  const steps = new PatternCompiler(source.replace(/^\^/, '').replace(/(?<!\\)\$$/, '')).compile();
  return {
    matches(text) {
      let states = reach(steps, [0]);
      for (const character of text) {
        const next: number[] = [];
        for (const state of states) {
          const step = steps[state];
          if (step?.kind === 'take' && step.accepts(character)) next.push(state + 1);
        }
        states = reach(steps, next);
        if (states.size === 0) return false;
      }
      return states.has(steps.length - 1);
    },
  };
}

/** Where one can be without taking a character. */
function reach(steps: readonly Step[], from: readonly number[]): Set<number> {
  const found = new Set<number>();
  const open = [...from];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (found.has(state)) continue;
    found.add(state);
    const step = steps[state];
    if (step?.kind !== 'fork') continue;
    for (const offset of step.to) open.push(state + offset);
  }
  return found;
}

/** Pieces of programs; jumps are relative, so that pieces can be copied and joined. */
class PatternCompiler {
  readonly #source: string;
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  compile(): readonly Step[] {
    const steps = this.#alternatives();
    if (this.#at < this.#source.length) throw this.#error(`unexpected '${this.#peek()}'`);
    return [...steps, { kind: 'end' }];
  }

  #alternatives(): Step[] {
    if (++this.#depth > MAX_DEPTH) throw this.#error('groups are nested too deeply');
    let steps = this.#sequence();
    while (this.#peek() === '|') {
      this.#at++;
      const other = this.#sequence();
      steps = this.#bounded([
        { kind: 'fork', to: [1, steps.length + 2] },
        ...steps,
        { kind: 'fork', to: [other.length + 1] },
        ...other,
      ]);
    }
    this.#depth--;
    return steps;
  }

  #sequence(): Step[] {
    const steps: Step[] = [];
    while (this.#at < this.#source.length && this.#peek() !== '|' && this.#peek() !== ')') {
      steps.push(...this.#repeated(this.#atom()));
      this.#bounded(steps);
    }
    return steps;
  }

  #repeated(piece: Step[]): Step[] {
    let steps = piece;
    for (;;) {
      const [text = '', least = '', comma, most = ''] =
        /^(?:[*+?]|\{([0-9]{1,3})(,?)([0-9]{0,3})\})/.exec(this.#source.slice(this.#at)) ?? [];
      if (text === '') return steps;
      this.#at += text.length;
      if (text === '*') steps = times(steps, 0, Infinity);
      else if (text === '+') steps = times(steps, 1, Infinity);
      else if (text === '?') steps = times(steps, 0, 1);
      else {
        const from = Number(least);
        const to = comma === '' ? from : most === '' ? Infinity : Number(most);
        if (to < from) throw this.#error('a repetition ends before it begins');
        if (steps.length * (Number.isFinite(to) ? to : from + 1) > MAX_STEPS) throw this.#error('too long');
        steps = times(steps, from, to);
      }
      this.#bounded(steps);
    }
  }

  #atom(): Step[] {
    const character = this.#next();
    switch (character) {
      case '(': {
        if (this.#source.startsWith('?:', this.#at)) this.#at += 2;
        const steps = this.#alternatives();
        if (this.#next() !== ')') throw this.#error("')' is missing");
        return steps;
      }
      case '[':
        return take(this.#characterClass());
      case '.':
        return take(() => true);
      case '\\':
        return take(this.#escaped());
      case '*':
      case '+':
      case '?':
        throw this.#error(`nothing before '${character}'`);
      default:
        return take((other) => other === character);
    }
  }

  #characterClass(): Accepts {
    const negated = this.#peek() === '^';
    if (negated) this.#at++;
    const members: Accepts[] = [];
    while (this.#peek() !== ']') {
      const first = this.#next();
      if (first === '\\') {
        members.push(this.#escaped());
        continue;
      }
      if (this.#peek() === '-' && this.#source[this.#at + 1] !== ']' && this.#at + 1 < this.#source.length) {
        this.#at++;
        const last = this.#next();
        members.push((character) => character >= first && character <= last);
      } else members.push((character) => character === first);
    }
    this.#at++;
    return (character) => members.some((accepts) => accepts(character)) !== negated;
  }

  #escaped(): Accepts {
    const character = this.#next();
    const known = CLASSES[character.toLowerCase()];
    if (known === undefined) return (other) => other === character;
    const wanted = character === character.toLowerCase();
    return (other) => known.test(other) === wanted;
  }

  #bounded(steps: Step[]): Step[] {
    if (steps.length > MAX_STEPS) throw this.#error('too long');
    return steps;
  }

  #peek(): string {
    return this.#source[this.#at] ?? '';
  }

  #next(): string {
    const character = this.#source[this.#at];
    if (character === undefined) throw this.#error('it ends too early');
    this.#at++;
    return character;
  }

  #error(what: string): PatternError {
    return new PatternError(`pattern, character ${this.#at + 1}: ${what}`);
  }
}

const CLASSES: Readonly<Record<string, RegExp>> = Object.freeze({ d: /[0-9]/, w: /\w/, s: /\s/ });

function take(accepts: Accepts): Step[] {
  return [{ kind: 'take', accepts }];
}

function times(steps: readonly Step[], least: number, most: number): Step[] {
  const result: Step[] = [];
  for (let count = 0; count < least; count++) result.push(...steps);
  if (most === Infinity) {
    result.push({ kind: 'fork', to: [1, steps.length + 2] }, ...steps, { kind: 'fork', to: [-steps.length - 1] });
    return result;
  }
  for (let count = least; count < most; count++) {
    result.push({ kind: 'fork', to: [1, steps.length + 1] }, ...steps);
  }
  return result;
}
