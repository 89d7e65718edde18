/**
 * A piece of a pattern: text that stands for itself, `*`, `?`, or a variable that is to be filled in from the request.
 * A variable's value never is a pattern: its `*` stands for itself.
 */
export type PatternToken =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'one' }
  | {
      readonly kind: 'variable';
      /** In lower case. */
      readonly key: string;
      /** As written. */
      readonly name: string;
      /** Of `${key, 'otherwise'}`. */
      readonly otherwise?: string;
    };

const ANY: PatternToken = { kind: 'any' };
const ONE: PatternToken = { kind: 'one' };

/** What a string of a policy may contain beside text. */
export interface PatternSyntax {
  readonly wildcards: boolean;
  /** Only documents of version 2012-10-17 have variables; elsewhere `${…}` is text. */
  readonly variables: boolean;
}

/** `${*}`, `${?}`, `${$}`, `${key}`, `${key, 'otherwise'}`; a key has a vendor, a tag's key may contain almost anything. */
const VARIABLE = /^(?:([*?$])|([^\s,'{}$*?:]+:[^,'{}$*?]*[^\s,'{}$*?])(?:,\s*'([^']*)')?)$/;

/** What is wrong with the variables of a string, in words; undefined when nothing is. */
export function variableProblem(text: string): string | undefined {
  for (let at = text.indexOf('${'); at !== -1; at = text.indexOf('${', at)) {
    const end = endOfVariable(text, at);
    if (end === -1) return "a variable without its closing '}'";
    if (!VARIABLE.test(text.slice(at + 2, end))) {
      return `'${text.slice(at, end + 1)}' is no variable: expected \${key} or \${key, 'default'}`;
    }
    at = end + 1;
  }
  return undefined;
}

/** Offset of the `}`; a default in quotes may contain one. */
function endOfVariable(text: string, at: number): number {
  const end = text.indexOf('}', at);
  if (end === -1) return -1;
  const quote = text.slice(at, end).indexOf("'");
  if (quote === -1) return end;
  const closing = text.indexOf("'", at + quote + 1);
  return closing === -1 ? -1 : text.indexOf('}', closing);
}

/** Takes a string apart. Variables that {@link variableProblem} objects to are text. */
export function patternTokens(text: string, { wildcards, variables }: PatternSyntax): PatternToken[] {
  const tokens: PatternToken[] = [];
  let literal = '';
  const flush = (): void => {
    if (literal !== '') tokens.push({ kind: 'text', text: literal });
    literal = '';
  };
  for (let at = 0; at < text.length;) {
    const character = text.charAt(at);
    if (wildcards && (character === '*' || character === '?')) {
      flush();
      // A run of stars is one star.
      if (character === '?') tokens.push(ONE);
      else if (tokens.at(-1) !== ANY) tokens.push(ANY);
      at += 1;
    } else if (variables && character === '$' && text[at + 1] === '{') {
      const end = endOfVariable(text, at);
      const match = end === -1 ? null : VARIABLE.exec(text.slice(at + 2, end));
      const [, escaped, key, otherwise] = match ?? [];
      if (key !== undefined) {
        flush();
        tokens.push({
          kind: 'variable',
          key: key.toLowerCase(),
          name: key,
          ...(otherwise !== undefined && { otherwise }),
        });
      } else literal += escaped ?? text.slice(at, end === -1 ? undefined : end + 1);
      at = end === -1 ? text.length : end + 1;
    } else {
      const next = nextSpecial(text, at + 1);
      literal += text.slice(at, next);
      at = next;
    }
  }
  flush();
  return tokens;
}

function nextSpecial(text: string, from: number): number {
  let at = from;
  while (at < text.length && !'*?$'.includes(text.charAt(at))) at += 1;
  return at;
}

/** A pattern as a person reads it. */
export function tokenText(tokens: readonly PatternToken[]): string {
  return tokens
    .map((token) => {
      if (token.kind === 'text') return token.text;
      if (token.kind === 'variable') return `\${${token.name}}`;
      return token.kind === 'any' ? '*' : '?';
    })
    .join('');
}
