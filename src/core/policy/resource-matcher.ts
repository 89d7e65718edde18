import { fillVariables, hasVariables } from './fill-variables.js';
import { type PatternToken, patternTokens } from './pattern-token.js';
import type { ContextValues } from './policy-api.js';
import type { PatternElement } from './policy-document.js';
import { Wildcard } from './wildcard.js';

/** `variable`: differs, and might have matched, had a variable in it a value. */
export type ResourceResult = 'matches' | 'differs' | 'variable';

/** `Resource` or `NotResource`, made ready. Case-sensitive; `*` and `?` go across `:` and `/`. */
export class ResourceMatcher {
  readonly #not: boolean;
  readonly #all: boolean;
  readonly #exact = new Set<string>();
  readonly #patterns: Wildcard[] = [];
  readonly #templates: (readonly PatternToken[])[] = [];

  constructor({ not, patterns }: PatternElement, variables: boolean) {
    this.#not = not;
    let all = false;
    for (const pattern of patterns) {
      const tokens = patternTokens(pattern, { wildcards: true, variables });
      const [only] = tokens;
      if (hasVariables(tokens)) this.#templates.push(tokens);
      else if (tokens.length === 1 && only?.kind === 'any') all = true;
      else if (tokens.length === 1 && only?.kind === 'text') this.#exact.add(only.text);
      else this.#patterns.push(new Wildcard(tokens));
    }
    this.#all = all;
  }

  match(resource: string, context: ContextValues): ResourceResult {
    if (this.#all || this.#exact.has(resource)) return this.#not ? 'differs' : 'matches';
    for (const pattern of this.#patterns) if (pattern.matches(resource)) return this.#not ? 'differs' : 'matches';
    let open = false;
    for (const template of this.#templates) {
      const filled = fillVariables(template, context);
      if (filled === undefined) open = true;
      else if (new Wildcard(filled).matches(resource)) return this.#not ? 'differs' : 'matches';
    }
    // A pattern whose variable has no value matches no resource (IAM guide): NotResource excepts one fewer.
    if (this.#not) return 'matches';
    return open ? 'variable' : 'differs';
  }
}
