import type { CompiledStatement } from './compiled-statement.js';

/** Actions whose statements a policy remembers. The services have some hundreds; who asks may name any. */
export const MAX_REMEMBERED_ACTIONS = 256;

const NONE: readonly CompiledStatement[] = [];

/** A policy made ready to be asked. Opaque: made by `compilePolicy`, read by `decide`. */
export class CompiledPolicy {
  /** In the order of the document. */
  readonly statements: readonly CompiledStatement[];
  readonly #byAction = new Map<string, readonly CompiledStatement[]>();

  constructor(statements: readonly CompiledStatement[]) {
    this.statements = statements;
  }

  /** Those whose Action or NotAction matches, in the order of the document. Remembered: a policy is asked often. */
  statementsFor(action: string): readonly CompiledStatement[] {
    const known = this.#byAction.get(action);
    if (known !== undefined) return known;
    const lower = action.toLowerCase();
    const found = this.statements.filter((statement) => statement.action.matches(lower));
    if (this.#byAction.size >= MAX_REMEMBERED_ACTIONS) this.#byAction.clear();
    this.#byAction.set(action, found.length === 0 ? NONE : found);
    return found;
  }
}
