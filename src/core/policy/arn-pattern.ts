import type { PatternToken } from './pattern-token.js';
import { Wildcard } from './wildcard.js';

const PARTS = 6;

/** At its first five colons; what is behind the fifth is one part, colons and all. */
function splitArn(arn: string): string[] {
  const parts: string[] = [];
  let from = 0;
  while (parts.length < PARTS - 1) {
    const colon = arn.indexOf(':', from);
    if (colon === -1) break;
    parts.push(arn.slice(from, colon));
    from = colon + 1;
  }
  parts.push(arn.slice(from));
  return parts;
}

/**
 * A pattern of an ARN operator: the six parts are matched each on its own, so that a `*` in the account does not run on
 * into the resource. A pattern of fewer parts whose last is a `*` leaves the others open.
 */
export class ArnPattern {
  readonly #parts: readonly Wildcard[];
  readonly #open: boolean;

  /** Variables must have been filled in; a colon in a value parts as one in the pattern does. */
  constructor(tokens: readonly PatternToken[]) {
    const parts: PatternToken[][] = [[]];
    for (const token of tokens) {
      if (token.kind !== 'text') {
        parts.at(-1)?.push(token);
        continue;
      }
      let rest = token.text;
      for (let colon = rest.indexOf(':'); colon !== -1 && parts.length < PARTS; colon = rest.indexOf(':')) {
        parts.at(-1)?.push({ kind: 'text', text: rest.slice(0, colon) });
        parts.push([]);
        rest = rest.slice(colon + 1);
      }
      parts.at(-1)?.push({ kind: 'text', text: rest });
    }
    this.#parts = parts.map((part) => new Wildcard(part));
    this.#open = parts.length < PARTS && tokens.at(-1)?.kind === 'any';
  }

  matches(arn: string): boolean {
    const parts = splitArn(arn);
    if (this.#open ? parts.length < this.#parts.length : parts.length !== PARTS || this.#parts.length !== PARTS) {
      return false;
    }
    return this.#parts.every((pattern, index) => pattern.matches(parts[index] ?? ''));
  }
}
