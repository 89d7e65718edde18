import { compilePattern, PatternError, type Pattern } from './pattern.js';

/** The cluster query language of AWS: expressions that choose container instances. */

export type Operator = '==' | '!=' | '>' | '>=' | '<' | '<=' | 'exists' | '!exists' | 'in' | '!in' | '=~' | '!~';

export interface Comparison {
  readonly kind: 'comparison';
  /** `attribute:NAME` or one of {@link SUBJECTS}. */
  readonly subject: string;
  readonly operator: Operator;
  /** One, for `in` and `!in` any number, for `exists` none. */
  readonly values: readonly string[];
  /** Of `=~` and `!~`. */
  readonly pattern?: Pattern;
}

export type Expression =
  | Comparison
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Expression[] };

export class ClusterQueryError extends Error {}

/** As long as AWS lets the expression of a placement constraint be. */
export const MAX_EXPRESSION = 2000;
const MAX_DEPTH = 50;

export const SUBJECTS: readonly string[] = Object.freeze([
  'agentConnected',
  'agentVersion',
  'ec2InstanceId',
  'registeredAt',
  'runningTasksCount',
  'task:group',
]);

/** Longer ones first, where one begins with another. */
const OPERATORS: readonly (readonly [text: string, operator: Operator])[] = [
  ['==', '=='],
  ['equals', '=='],
  ['!=', '!='],
  ['not_equals', '!='],
  ['>=', '>='],
  ['greater_than_equal', '>='],
  ['>', '>'],
  ['greater_than', '>'],
  ['<=', '<='],
  ['less_than_equal', '<='],
  ['<', '<'],
  ['less_than', '<'],
  ['!exists', '!exists'],
  ['not_exists', '!exists'],
  ['exists', 'exists'],
  ['!in', '!in'],
  ['not_in', '!in'],
  ['in', 'in'],
  ['=~', '=~'],
  ['matches', '=~'],
  ['!~', '!~'],
  ['not_matches', '!~'],
];

/** Throws {@link ClusterQueryError}, which names the place. */
export function parseClusterQuery(text: string): Expression {
  return new ClusterQueryParser(text).parse();
}

class ClusterQueryParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Expression {
    if (this.#text.length > MAX_EXPRESSION) throw this.#error(`longer than ${MAX_EXPRESSION} characters`);
    const expression = this.#any();
    if (this.#at < this.#text.length) throw this.#error(`unexpected '${this.#text.charAt(this.#at)}'`);
    return expression;
  }

  #any(): Expression {
    const parts = [this.#all()];
    while (this.#takes('||', 'or')) parts.push(this.#all());
    return join('or', parts);
  }

  #all(): Expression {
    const parts = [this.#one()];
    while (this.#takes('&&', 'and')) parts.push(this.#one());
    return join('and', parts);
  }

  #one(): Expression {
    if (++this.#depth > MAX_DEPTH) throw this.#error('nested too deeply');
    const expression = this.#negationOrGroup();
    this.#depth--;
    return expression;
  }

  #negationOrGroup(): Expression {
    if (this.#takes('!', 'not')) return { kind: 'not', of: this.#one() };
    if (!this.#takes('(')) return this.#comparison();
    const expression = this.#any();
    if (!this.#takes(')')) throw this.#error("')' expected");
    return expression;
  }

  #comparison(): Comparison {
    this.#skip();
    const start = this.#at;
    const subject = this.#match(/[A-Za-z0-9_.:/\\-]+/y) ?? '';
    const isAttribute = /^attribute:./.test(subject);
    if (!isAttribute && !SUBJECTS.includes(subject)) {
      this.#at = start;
      throw this.#error(
        subject === '' ? 'a subject is expected, for example attribute:NAME' : `unknown subject '${subject}'`,
      );
    }
    const operator = this.#operator();
    const plain = { kind: 'comparison' as const, subject, operator };
    if (operator === 'exists' || operator === '!exists') return { ...plain, values: [] };
    if (operator === 'in' || operator === '!in') return { ...plain, values: this.#list() };
    if (operator === '=~' || operator === '!~') {
      const source = this.#quoted() ?? this.#patternText();
      return { ...plain, values: [source], pattern: this.#pattern(source) };
    }
    return { ...plain, values: [this.#value()] };
  }

  #operator(): Operator {
    for (const [text, operator] of OPERATORS) if (this.#takes(text)) return operator;
    throw this.#error('an operator is expected, for example ==');
  }

  #list(): string[] {
    if (!this.#takes('[')) throw this.#error("'[' expected");
    const values = [this.#value()];
    while (this.#takes(',')) values.push(this.#value());
    if (!this.#takes(']')) throw this.#error("']' expected");
    return values;
  }

  #value(): string {
    const value = this.#quoted() ?? this.#match(/(?:(?!&&|\|\|)[^\s()[\],'"])+/y);
    if (value === undefined) throw this.#error('a value is expected');
    return value;
  }

  #quoted(): string | undefined {
    this.#skip();
    const quote = this.#text[this.#at];
    if (quote !== "'" && quote !== '"') return undefined;
    const end = this.#text.indexOf(quote, this.#at + 1);
    if (end < 0) throw this.#error('the quotation does not end');
    const value = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return value;
  }

  /** Up to a space, or to the parenthesis that closes what stands around the comparison. */
  #patternText(): string {
    this.#skip();
    const start = this.#at;
    let open = 0;
    for (let last = ''; this.#at < this.#text.length; this.#at++) {
      const character = this.#text.charAt(this.#at);
      if (/\s/.test(character)) break;
      if (last !== '\\' && character === '(') open++;
      if (last !== '\\' && character === ')' && open-- === 0) break;
      last = last === '\\' ? '' : character;
    }
    if (this.#at === start) throw this.#error('a pattern is expected');
    return this.#text.slice(start, this.#at);
  }

  #pattern(source: string): Pattern {
    try {
      return compilePattern(source);
    } catch (error) {
      if (error instanceof PatternError) throw this.#error(error.message);
      throw error;
    }
  }

  /** Takes the first of these that stands here; words are those that do not go on. */
  #takes(...texts: readonly string[]): boolean {
    this.#skip();
    for (const text of texts) {
      const end = this.#at + text.length;
      if (!this.#text.startsWith(text, this.#at)) continue;
      if (/[a-z]$/.test(text) && /[A-Za-z0-9_.:-]/.test(this.#text.charAt(end))) continue;
      this.#at = end;
      this.#skip();
      return true;
    }
    return false;
  }

  #match(pattern: RegExp): string | undefined {
    this.#skip();
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found === undefined) return undefined;
    this.#at += found.length;
    this.#skip();
    return found;
  }

  #skip(): void {
    while (/\s/.test(this.#text.charAt(this.#at))) this.#at++;
  }

  #error(what: string): ClusterQueryError {
    return new ClusterQueryError(`character ${this.#at + 1}: ${what}`);
  }
}

function join(kind: 'and' | 'or', parts: readonly Expression[]): Expression {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind, parts };
}
