import { compilePolicyText } from '../../core/policy/compile-policy.js';
import type { NamedPolicy } from '../../core/policy/policy-api.js';
import type { PolicyKind } from '../../core/policy/policy-document.js';
import { MalformedPolicy } from '../../core/policy/policy-problem.js';

/** Compiled policies that are kept; beyond it all are dropped and compiled anew. */
export const MAX_COMPILED_POLICIES = 5_000;

/** A stored document is not a policy (any more): what hangs on it cannot be decided, and is refused. */
export class UnreadablePolicy extends Error {
  override readonly name = 'UnreadablePolicy';
}

/** Policies by their text: the same text is the same policy, so that nothing here can be stale. */
export class PolicyCache {
  readonly #compiled = new Map<string, NamedPolicy['policy']>();

  /** Throws {@link UnreadablePolicy}. */
  named(name: string, document: string, kind: PolicyKind): NamedPolicy {
    const key = `${kind} ${document}`;
    let policy = this.#compiled.get(key);
    if (policy === undefined) {
      policy = compile(name, document, kind);
      if (this.#compiled.size >= MAX_COMPILED_POLICIES) this.#compiled.clear();
      this.#compiled.set(key, policy);
    }
    return { name, policy };
  }
}

function compile(name: string, document: string, kind: PolicyKind): NamedPolicy['policy'] {
  try {
    return compilePolicyText(document, kind);
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    const [first] = error.problems;
    const place = first === undefined ? error.message : `line ${first.line}: ${first.path}: ${first.message}`;
    throw new UnreadablePolicy(`${name} cannot be read (${place}): everything it might decide is denied`, {
      cause: error,
    });
  }
}
