import type { PolicyPrincipal } from './policy-api.js';
import type { PrincipalElement } from './policy-document.js';

/**
 * How a `Principal` named who asks. `exact`: the user's, the session's or the root user's own ARN, or the service.
 * `role`: the role of the session. `anyone`: `*`. `account`: only the account, which hands the decision to the policies
 * of its identities.
 */
export type PrincipalNaming = 'exact' | 'role' | 'anyone' | 'account';

const ACCOUNT_ROOT = /^arn:[^:]*:iam::([0-9]{12}):root$/;

/** `Principal` or `NotPrincipal`, made ready. */
export class PrincipalMatcher {
  readonly #not: boolean;
  readonly #arns = new Set<string>();
  readonly #accounts = new Set<string>();
  readonly #services = new Set<string>();
  readonly #anyone: boolean;

  constructor({ not, entries }: PrincipalElement) {
    this.#not = not;
    this.#anyone = entries.some(({ type, value }) => type === 'AWS' && value === '*');
    for (const { type, value } of entries) {
      if (type === 'Service') this.#services.add(value);
      else if (type === 'AWS') {
        const account = ACCOUNT_ROOT.exec(value)?.[1] ?? (/^[0-9]{12}$/.test(value) ? value : undefined);
        if (account === undefined) this.#arns.add(value);
        else this.#accounts.add(account);
      }
    }
  }

  /** The closest naming; undefined when the element does not mean this principal. `bounded`: it has a boundary. */
  naming(principal: PolicyPrincipal, effect: 'Allow' | 'Deny', bounded: boolean): PrincipalNaming | undefined {
    const named = this.#named(principal);
    if (!this.#not) return named;
    // Who is excepted from a Deny must be named himself: his role or his account alone do not except him, and with a
    // boundary nothing does (IAM guide, NotPrincipal). From an Allow any naming excepts.
    const excepted = effect === 'Deny' ? !bounded && (named === 'exact' || named === 'anyone') : named !== undefined;
    return excepted ? undefined : 'anyone';
  }

  #named({ arn, roleArn, accountId, service, isRoot }: PolicyPrincipal): PrincipalNaming | undefined {
    const inAccount = accountId !== undefined && this.#accounts.has(accountId);
    if (service !== undefined && this.#services.has(service)) return 'exact';
    if (arn !== undefined && this.#arns.has(arn)) return 'exact';
    if (inAccount && isRoot === true) return 'exact';
    if (roleArn !== undefined && this.#arns.has(roleArn)) return 'role';
    if (this.#anyone) return 'anyone';
    return inAccount ? 'account' : undefined;
  }
}
