/** A policy as it was written, read and found well-formed. Made by `parsePolicy`, made ready by `compilePolicy`. */
export interface PolicyDocument {
  readonly version: PolicyVersion | undefined;
  readonly id?: string;
  readonly statements: readonly PolicyStatement[];
}

export type PolicyVersion = '2012-10-17' | '2008-10-17';

/**
 * `identity`: of users, groups and roles, boundaries and session policies. `resource`: of a bucket or a key. `trust`: who
 * may assume a role.
 */
export type PolicyKind = 'identity' | 'resource' | 'trust';

export interface PolicyStatement {
  readonly sid?: string;
  readonly effect: 'Allow' | 'Deny';
  /** Absent in identity policies. */
  readonly principal?: PrincipalElement;
  readonly action: PatternElement;
  /** Absent in trust policies. */
  readonly resource?: PatternElement;
  readonly conditions: readonly ConditionElement[];
  readonly position: StatementPosition;
}

/** In the document; lines and columns from 1, the end behind the last character. */
export interface StatementPosition {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** `Action` and `NotAction`, `Resource` and `NotResource`. */
export interface PatternElement {
  readonly not: boolean;
  readonly patterns: readonly string[];
}

export type PrincipalType = 'AWS' | 'Service' | 'Federated' | 'CanonicalUser';

/** `Principal` and `NotPrincipal`. `"*"` is read as `{"AWS": "*"}`, which AWS defines it to be. */
export interface PrincipalElement {
  readonly not: boolean;
  readonly entries: readonly { readonly type: PrincipalType; readonly value: string }[];
}

/** One key of one operator. */
export interface ConditionElement {
  /** As written, with prefix and suffix: `ForAnyValue:StringLikeIfExists`. */
  readonly operator: string;
  /** As written. */
  readonly key: string;
  readonly values: readonly string[];
}
