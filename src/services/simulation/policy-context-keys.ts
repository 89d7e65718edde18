import { contextKeys } from '../../core/policy/context-keys.js';
import type { SimulatedPolicy } from './simulated-policy.js';

/** Condition keys of all these policies; each once, as first spelt. */
export function contextKeysOf(policies: readonly SimulatedPolicy[]): { readonly ContextKeyNames: readonly string[] } {
  const names = new Map<string, string>();
  for (const { document } of policies) {
    for (const key of contextKeys(document)) {
      if (!names.has(key.toLowerCase())) names.set(key.toLowerCase(), key);
    }
  }
  return { ContextKeyNames: [...names.values()] };
}
