import { conditionOperator, takesVariables } from './condition-operator.js';
import { patternTokens } from './pattern-token.js';
import type { PolicyDocument } from './policy-document.js';

/** The condition keys that a policy refers to, also as variables; each once, as first spelt, in the order of the text. */
export function contextKeys({ version, statements }: PolicyDocument): string[] {
  const keys = new Map<string, string>();
  const add = (key: string): void => {
    if (!keys.has(key.toLowerCase())) keys.set(key.toLowerCase(), key);
  };
  const addVariables = (text: string): void => {
    if (version !== '2012-10-17') return;
    for (const token of patternTokens(text, { wildcards: false, variables: true })) {
      if (token.kind === 'variable') add(token.name);
    }
  };
  for (const { resource, conditions } of statements) {
    for (const pattern of resource?.patterns ?? []) addVariables(pattern);
    for (const { operator, key, values } of conditions) {
      add(key);
      const parsed = conditionOperator(operator);
      if (parsed !== undefined && takesVariables(parsed)) for (const value of values) addVariables(value);
    }
  }
  return [...keys.values()];
}
