import type { CompiledStatement } from './compiled-statement.js';

/** A policy made ready to be asked. Opaque: made by `compilePolicy`, read by `decide`. */
export interface CompiledPolicy {
  readonly statements: readonly CompiledStatement[];
  /** Statements that name services, by the prefix of each in lower case. */
  readonly byService: ReadonlyMap<string, readonly CompiledStatement[]>;
  /** The others, which may match an action of any service. */
  readonly ofAnyService: readonly CompiledStatement[];
}
