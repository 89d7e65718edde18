/** A policy made ready to be asked. Opaque: made by `compilePolicy`, read by `decide`. */
export interface CompiledPolicy {
  readonly statements: readonly unknown[];
}
