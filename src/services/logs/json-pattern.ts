import { logsError } from './logs-error.js';

type Test = (event: unknown) => boolean;

/** Parentheses within parentheses; a pattern has 1024 characters at most, but a stack is not to be filled. */
const MAX_NESTING = 32;

const TOKEN =
  /\s*(?:(&&|\|\||!=|<=|>=|[(){}=<>])|(\$(?:\.[\w@#-]+|\["[^"]*"\]|\[\d+\])+)|"((?:[^"\\]|\\.)*)"|([\w.*+-]+))/uy;

interface Token {
  readonly kind: 'sign' | 'selector' | 'quoted' | 'word' | 'end';
  readonly text: string;
}

/**
 * `{ $.field = value }`: selectors with members and indices, `=` and `!=` with texts (in which `*` stands for anything)
 * and numbers, `<` and its like, `IS NULL`, `IS TRUE`, `IS FALSE`, `NOT EXISTS`, `EXISTS`, joined by `&&` and `||` and
 * parentheses. What is no JSON matches nothing. Throws InvalidParameterException.
 */
export function compileJsonPattern(pattern: string): (message: string) => boolean {
  const tokens = tokensOf(pattern);
  const parser = new PatternParser(tokens);
  const test = parser.whole();
  return (message) => {
    if (!/^\s*[{[]/.test(message)) return false;
    try {
      return test(JSON.parse(message));
    } catch {
      return false;
    }
  };
}

function tokensOf(pattern: string): readonly Token[] {
  const tokens: Token[] = [];
  const text = pattern.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) throw invalidPattern();
    const [, sign, selector, quoted, word] = match;
    if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
    else if (selector !== undefined) tokens.push({ kind: 'selector', text: selector });
    else if (quoted !== undefined) tokens.push({ kind: 'quoted', text: quoted.replace(/\\(.)/gu, '$1') });
    else tokens.push({ kind: 'word', text: word ?? '' });
  }
  return tokens;
}

class PatternParser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #nesting = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Test {
    this.#expect('{');
    const test = this.#either();
    this.#expect('}');
    if (this.#at !== this.#tokens.length) throw invalidPattern();
    return test;
  }

  #either(): Test {
    const tests = [this.#both()];
    while (this.#take('||')) tests.push(this.#both());
    return tests.length === 1 && tests[0] !== undefined ? tests[0] : (event) => tests.some((test) => test(event));
  }

  #both(): Test {
    const tests = [this.#single()];
    while (this.#take('&&')) tests.push(this.#single());
    return tests.length === 1 && tests[0] !== undefined ? tests[0] : (event) => tests.every((test) => test(event));
  }

  #single(): Test {
    if (this.#take('(')) {
      this.#nesting += 1;
      if (this.#nesting > MAX_NESTING) throw invalidPattern();
      const inner = this.#either();
      this.#expect(')');
      this.#nesting -= 1;
      return inner;
    }
    const selector = this.#next();
    if (selector.kind !== 'selector') throw invalidPattern();
    const path = pathOf(selector.text);
    const operator = this.#next();
    const words = operator.kind === 'word' ? operator.text.toUpperCase() : operator.text;
    if (words === 'EXISTS') return (event) => valueAt(event, path) !== undefined;
    if (words === 'NOT' && this.#next().text.toUpperCase() === 'EXISTS') {
      return (event) => valueAt(event, path) === undefined;
    }
    if (words === 'IS') return is(path, this.#next().text.toUpperCase());
    if (operator.kind !== 'sign') throw invalidPattern();
    return comparison(path, operator.text, this.#next());
  }

  #next(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw invalidPattern();
    this.#at += 1;
    return token;
  }

  #take(sign: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'sign' || token.text !== sign) return false;
    this.#at += 1;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#take(sign)) throw invalidPattern();
  }
}

const CONSTANTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['NULL', null],
  ['TRUE', true],
  ['FALSE', false],
]);

function is(path: readonly string[], name: string): Test {
  if (!CONSTANTS.has(name)) throw invalidPattern();
  return (event) => valueAt(event, path) === CONSTANTS.get(name);
}

function comparison(path: readonly string[], operator: string, { kind, text }: Token): Test {
  if (kind !== 'word' && kind !== 'quoted') throw invalidPattern();
  const number = kind === 'word' && /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
  if (operator === '=' || operator === '!=') {
    const same = number === undefined ? textTest(text) : (value: unknown) => value === number || value === text;
    const wanted = operator === '=';
    return (event) => {
      const value = valueAt(event, path);
      return value !== undefined && same(value) === wanted;
    };
  }
  const compare = ORDER[operator];
  if (number === undefined || compare === undefined) throw invalidPattern();
  return (event) => {
    const value = valueAt(event, path);
    return typeof value === 'number' && compare(value, number);
  };
}

const ORDER: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** `*` in the text stands for anything. No regular expression: its time would grow with the number of stars. */
function textTest(text: string): (value: unknown) => boolean {
  const [first = '', ...rest] = text.split('*');
  const last = rest.pop();
  return (value) => {
    if (typeof value !== 'string') return false;
    if (last === undefined) return value === first;
    if (!value.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = value.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return value.length - last.length >= at && value.endsWith(last);
  };
}

function pathOf(selector: string): readonly string[] {
  return [...selector.matchAll(/\.([\w@#-]+)|\["([^"]*)"\]|\[(\d+)\]/gu)].map(
    ([, member, quoted, index]) => member ?? quoted ?? index ?? '',
  );
}

function valueAt(event: unknown, path: readonly string[]): unknown {
  let value = event;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = value[step as keyof typeof value];
  }
  return value;
}

function invalidPattern() {
  return logsError.invalid('Invalid filter pattern');
}
