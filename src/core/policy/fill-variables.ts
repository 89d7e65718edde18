import type { PatternToken } from './pattern-token.js';
import type { ContextValues } from './policy-api.js';

export function hasVariables(tokens: readonly PatternToken[]): boolean {
  return tokens.some(({ kind }) => kind === 'variable');
}

/** Undefined when it has none, or none that is the one. */
export function variableValue(
  { key, otherwise }: Extract<PatternToken, { kind: 'variable' }>,
  context: ContextValues,
): string | undefined {
  const values = context.get(key);
  return values === undefined ? otherwise : values.length === 1 ? values[0] : undefined;
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
    const text = variableValue(token, context);
    if (text === undefined) return undefined;
    filled.push({ kind: 'text', text });
  }
  return filled;
}
