import type { PatternToken } from './pattern-token.js';
import type { ContextValues } from './policy-api.js';

export function hasVariables(tokens: readonly PatternToken[]): boolean {
  return tokens.some(({ kind }) => kind === 'variable');
}

/**
 * Puts the request's values in the places of variables, as text. Undefined when one has none: the key is absent and
 * there is no default, or it has several values, of which none is the one.
 */
export function fillVariables(tokens: readonly PatternToken[], context: ContextValues): PatternToken[] | undefined {
  const filled: PatternToken[] = [];
  for (const token of tokens) {
    if (token.kind !== 'variable') {
      filled.push(token);
      continue;
    }
    const values = context.get(token.key);
    const text = values === undefined ? token.otherwise : values.length === 1 ? values[0] : undefined;
    if (text === undefined) return undefined;
    filled.push({ kind: 'text', text });
  }
  return filled;
}
