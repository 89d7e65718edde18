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
  /** Condition keys as the policies spell them, by their lower case. */
  readonly missing = new Map<string, string>();
  readonly #request: PolicyRequest;
  readonly #action: string;
  readonly #service: string;

  constructor(request: PolicyRequest) {
    this.#request = request;
    this.#action = request.action.toLowerCase();
    this.#service = this.#action.slice(0, Math.max(this.#action.indexOf(':'), 0));
  }

  consider(type: PolicyType, { name, policy }: NamedPolicy): void {
    for (const statements of [policy.byService.get(this.#service), policy.ofAnyService]) {
      if (statements === undefined) continue;
      for (const statement of statements) {
        if (statement.action.matches(this.#action)) this.#weigh(type, name, statement);
      }
    }
  }

  allowOf(type: PolicyType): ConsideredStatement | undefined {
    return this.allows.find((allow) => allow.type === type);
  }

  #weigh(type: PolicyType, policy: string, statement: CompiledStatement): void {
    const { principal, resource, context } = this.#request;
    const add = (outcome: StatementReason['outcome'], naming?: PrincipalNaming): void => {
      const list = outcome !== 'matched' ? this.near : statement.effect === 'Deny' ? this.denies : this.allows;
      list.push({ type, policy, statement, outcome, naming });
    };
    const naming = statement.principal?.naming(principal, statement.effect);
    if (statement.principal !== undefined && naming === undefined) {
      add('principal');
      return;
    }
    const found = statement.resource?.match(resource, context) ?? 'matches';
    if (found !== 'matches') add(found === 'variable' ? 'variable' : 'resource');
    else add(this.#testConditions(statement, context), naming);
  }

  /** Looks at all, for the sake of the keys that are missing. */
  #testConditions({ conditions }: CompiledStatement, context: ContextValues): 'matched' | 'condition' | 'variable' {
    let outcome: 'matched' | 'condition' | 'variable' = 'matched';
    for (const condition of conditions) {
      if (!context.has(condition.lookup)) this.missing.set(condition.lookup, condition.key);
      if (outcome === 'condition') continue;
      const result = testCondition(condition, context);
      if (result === 'fails') outcome = 'condition';
      else if (result === 'variable' && outcome === 'matched') outcome = 'variable';
    }
    return outcome;
  }
}
