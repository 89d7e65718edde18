import type { JsonMember, JsonTree } from './json-tree.js';

/** The text is no JSON, from `offset` on. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** A policy needs eight; more is a bomb, and the parser recurses. */
export const MAX_JSON_DEPTH = 32;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const SPACE = /[ \t\n\r]*/y;
/** Up to what ends or interrupts a string. */
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** RFC 8259 and nothing else: no comments, no trailing commas, no second value. Throws a {@link JsonSyntaxError}. */
export function parseJson(text: string): JsonTree {
  return new JsonParser(text).document();
}

class JsonParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonTree {
    this.#skipSpace();
    const value = this.#value(0);
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail(`expected the end of the document, found ${this.#found()}`);
    return value;
  }

  #value(depth: number): JsonTree {
    if (depth > MAX_JSON_DEPTH) this.#fail(`nested deeper than ${MAX_JSON_DEPTH} levels`);
    const start = this.#at;
    switch (this.#text[start]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#list(depth);
      case '"': {
        const value = this.#string();
        return { kind: 'string', value, start, end: this.#at };
      }
      case 't':
        return { kind: 'boolean', value: true, start, end: this.#word('true') };
      case 'f':
        return { kind: 'boolean', value: false, start, end: this.#word('false') };
      case 'n':
        return { kind: 'null', start, end: this.#word('null') };
      default: {
        const number = this.#take(NUMBER);
        if (number === '') this.#fail(`expected a value, found ${this.#found()}`);
        return { kind: 'number', text: number, start, end: this.#at };
      }
    }
  }

  #object(depth: number): JsonTree {
    const start = this.#at;
    const members: JsonMember[] = [];
    this.#at += 1;
    this.#skipSpace();
    if (this.#text[this.#at] !== '}') {
      do {
        this.#skipSpace();
        const nameStart = this.#at;
        if (this.#text[nameStart] !== '"') this.#fail(`expected a name in double quotes, found ${this.#found()}`);
        const name = this.#string();
        const at = { start: nameStart, end: this.#at };
        this.#skipSpace();
        if (!this.#skip(':')) this.#fail(`expected ':' behind the name, found ${this.#found()}`);
        this.#skipSpace();
        members.push({ name, at, value: this.#value(depth + 1) });
        this.#skipSpace();
      } while (this.#skip(','));
    }
    if (!this.#skip('}')) this.#fail(`expected ',' or '}', found ${this.#found()}`);
    return { kind: 'object', members, start, end: this.#at };
  }

  #list(depth: number): JsonTree {
    const start = this.#at;
    const items: JsonTree[] = [];
    this.#at += 1;
    this.#skipSpace();
    if (this.#text[this.#at] !== ']') {
      do {
        this.#skipSpace();
        items.push(this.#value(depth + 1));
        this.#skipSpace();
      } while (this.#skip(','));
    }
    if (!this.#skip(']')) this.#fail(`expected ',' or ']', found ${this.#found()}`);
    return { kind: 'list', items, start, end: this.#at };
  }

  #string(): string {
    this.#at += 1;
    let value = this.#take(PLAIN);
    for (;;) {
      const next = this.#text[this.#at];
      if (next === '"') {
        this.#at += 1;
        return value;
      }
      if (next === undefined) this.#fail('a string without its closing quote');
      if (next !== '\\') this.#fail('a control character in a string');
      value += this.#escape() + this.#take(PLAIN);
    }
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1] ?? '';
    if (letter === 'u') {
      const digits = this.#text.slice(this.#at + 2, this.#at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.#fail('expected four hexadecimal digits behind \\u');
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const character = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
    if (character === undefined) this.#fail('an unknown escape in a string');
    this.#at += 2;
    return character;
  }

  #word(word: string): number {
    if (!this.#text.startsWith(word, this.#at)) this.#fail(`expected a value, found ${this.#found()}`);
    this.#at += word.length;
    return this.#at;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #skipSpace(): void {
    this.#take(SPACE);
  }

  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #found(): string {
    const character = this.#text.codePointAt(this.#at);
    if (character === undefined) return 'the end';
    if (this.#text.startsWith('//', this.#at) || this.#text.startsWith('/*', this.#at)) return 'a comment';
    if (character < 0x20) return 'a control character';
    return `'${String.fromCodePoint(character)}'`;
  }

  #fail(message: string): never {
    throw new JsonSyntaxError(this.#at, message);
  }
}
