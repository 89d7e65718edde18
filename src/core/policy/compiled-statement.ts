import type { ActionMatcher } from './action-matcher.js';
import type { ConditionMatcher } from './condition-matcher.js';
import type { StatementPosition } from './policy-document.js';
import type { PrincipalMatcher } from './principal-matcher.js';
import type { ResourceMatcher } from './resource-matcher.js';

export interface CompiledStatement {
  /** From 0. */
  readonly index: number;
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  readonly position: StatementPosition;
  /** Absent in identity policies: whoever they are attached to. */
  readonly principal: PrincipalMatcher | undefined;
  readonly action: ActionMatcher;
  /** Absent in trust policies: the role itself. */
  readonly resource: ResourceMatcher | undefined;
  readonly conditions: readonly ConditionMatcher[];
}
