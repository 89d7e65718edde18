import type { CompiledStatement } from './compiled-statement.js';
import { testCondition } from './condition-matcher.js';
import type { ContextValues, NamedPolicy, PolicyRequest, PolicyType, StatementReason } from './policy-api.js';
import type { PrincipalNaming } from './principal-matcher.js';

/** A statement whose action matched, and how far it went. */
export interface ConsideredStatement {
  readonly type: PolicyType;
  readonly policy: string;
  readonly statement: CompiledStatement;
  readonly outcome: StatementReason['outcome'];
  /** Of a resource policy's statement that matched. */
  readonly naming: PrincipalNaming | undefined;
}

/** What the policies of a request say, each for itself. */
export class Evaluation {
  readonly denies: ConsideredStatement[] = [];
  readonly allows: ConsideredStatement[] = [];
  readonly near: ConsideredStatement[] = [];
  readonly #request: PolicyRequest;
  /** Condition keys as the policies spell them, by their lower case. Most requests lack none. */
  #missing: Map<string, string> | undefined;

  constructor(request: PolicyRequest) {
    this.#request = request;
  }

  consider(type: PolicyType, { name, policy }: NamedPolicy): void {
    for (const statement of policy.statementsFor(this.#request.action)) this.#weigh(type, name, statement);
  }

  allowedBy(type: PolicyType): boolean {
    for (const allow of this.allows) if (allow.type === type) return true;
    return false;
  }

  /** Condition keys that a statement asked for and the request does not have, as the policies spell them. */
  missing(): string[] {
    return this.#missing === undefined ? [] : [...this.#missing.values()];
  }

  #weigh(type: PolicyType, policy: string, statement: CompiledStatement): void {
    const { principal, resource, context, boundary } = this.#request;
    const naming = statement.principal?.naming(principal, statement.effect, boundary !== undefined);
    let outcome: StatementReason['outcome'] = 'matched';
    if (statement.principal !== undefined && naming === undefined) outcome = 'principal';
    else {
      const found = statement.resource?.match(resource, context) ?? 'matches';
      if (found === 'matches') outcome = this.#testConditions(statement, context);
      else outcome = found === 'variable' ? 'variable' : 'resource';
    }
    const list = outcome !== 'matched' ? this.near : statement.effect === 'Deny' ? this.denies : this.allows;
    list.push({ type, policy, statement, outcome, naming });
  }

  /** Looks at all, for the sake of the keys that are missing. */
  #testConditions({ conditions }: CompiledStatement, context: ContextValues): 'matched' | 'condition' | 'variable' {
    let outcome: 'matched' | 'condition' | 'variable' = 'matched';
    for (const condition of conditions) {
      const actual = context.get(condition.lookup);
      if (actual === undefined) (this.#missing ??= new Map()).set(condition.lookup, condition.key);
      if (outcome === 'condition') continue;
      const result = testCondition(condition, actual, context);
      if (result === 'fails') outcome = 'condition';
      else if (result === 'variable' && outcome === 'matched') outcome = 'variable';
    }
    return outcome;
  }
}
