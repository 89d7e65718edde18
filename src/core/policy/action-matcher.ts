import { patternTokens } from './pattern-token.js';
import type { PatternElement } from './policy-document.js';
import { Wildcard } from './wildcard.js';

const SYNTAX = { wildcards: true, variables: false } as const;

/** `Action` or `NotAction`, made ready: without regard to case. */
export class ActionMatcher {
  readonly #not: boolean;
  readonly #exact = new Set<string>();
  readonly #patterns: Wildcard[] = [];

  constructor({ not, patterns }: PatternElement) {
    this.#not = not;
    for (const pattern of patterns) {
      const lower = pattern.toLowerCase();
      if (/[*?]/.test(lower)) this.#patterns.push(new Wildcard(patternTokens(lower, SYNTAX)));
      else this.#exact.add(lower);
    }
  }

  /** `action` in lower case. */
  matches(action: string): boolean {
    if (this.#exact.has(action)) return !this.#not;
    for (const pattern of this.#patterns) if (pattern.matches(action)) return !this.#not;
    return this.#not;
  }
}
