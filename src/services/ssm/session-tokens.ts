import type { Queries } from '../../platform/store/database.js';
import type { SessionEnvironment } from './session-environment.js';
import { AGENT_TOKEN_LIFETIME, CLIENT_TOKEN_LIFETIME, TOKEN_BYTES } from './session-limits.js';

/** What a token opens. */
export const TokenKind = Object.freeze({ Control: 'control', Agent: 'agent', Client: 'client' });
export type TokenKind = (typeof TokenKind)[keyof typeof TokenKind];

/** What a token is bound to. */
export interface TokenScope {
  readonly kind: TokenKind;
  /** Control channel: the target. Data channel: the session id. */
  readonly subject: string;
  /** ARN of the caller who asked for it and must be the one to use it; empty for clients, who do not sign. */
  readonly principal: string;
}

/** `accepted`, or why not. */
export type Redemption = 'accepted' | 'unknown' | 'used' | 'expired' | 'foreign';

interface TokenRow {
  readonly kind: string;
  readonly subject: string;
  readonly principal: string;
  readonly expires_at: number;
  readonly used_at: number | null;
}

/** One-time tokens. Only their SHA-256 is stored, so a copy of the database opens nothing. */
export class SessionTokens {
  readonly #queries: Queries;
  readonly #environment: SessionEnvironment;

  constructor(queries: Queries, environment: SessionEnvironment) {
    this.#queries = queries;
    this.#environment = environment;
  }

  /** `queries`: the transaction it shall be part of. */
  async issue(scope: TokenScope, queries: Queries = this.#queries): Promise<string> {
    const token = Buffer.from(this.#environment.randomBytes(TOKEN_BYTES)).toString('base64url');
    const lifetime = scope.kind === TokenKind.Client ? CLIENT_TOKEN_LIFETIME : AGENT_TOKEN_LIFETIME;
    await queries.run(
      'INSERT INTO ssm_session_tokens (token_hash, kind, subject, principal, expires_at) VALUES (?, ?, ?, ?, ?)',
      this.#hash(token),
      scope.kind,
      scope.subject,
      scope.principal,
      this.#environment.now() + lifetime,
    );
    return token;
  }

  /** Uses the token up. A token presented for something else is refused and stays good for what it was made for. */
  async redeem(token: string, scope: TokenScope): Promise<Redemption> {
    const hash = this.#hash(token);
    const row = await this.#queries.get<TokenRow>('SELECT * FROM ssm_session_tokens WHERE token_hash = ?', hash);
    if (row === undefined) return 'unknown';
    if (row.kind !== scope.kind || row.subject !== scope.subject || row.principal !== scope.principal) return 'foreign';
    if (row.used_at !== null) return 'used';
    const now = this.#environment.now();
    if (row.expires_at <= now) return 'expired';
    // The condition, not the look-up above, is what makes it single use when two sockets bring the same token at once.
    const changed = await this.#queries.run(
      'UPDATE ssm_session_tokens SET used_at = ? WHERE token_hash = ? AND used_at IS NULL',
      now,
      hash,
    );
    return changed === 1 ? 'accepted' : 'used';
  }

  /** Forgets expired tokens; from then on they are `unknown`. */
  async prune(): Promise<void> {
    await this.#queries.run('DELETE FROM ssm_session_tokens WHERE expires_at <= ?', this.#environment.now());
  }

  #hash(token: string): string {
    return Buffer.from(this.#environment.sha256(Buffer.from(token, 'utf8'))).toString('hex');
  }
}
