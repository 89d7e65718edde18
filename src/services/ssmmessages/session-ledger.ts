import type { SessionUsage } from '../../core/protocol/session-usage.js';
import type { SessionRecord, SessionStatus } from '../ssm/session-record.js';
import type { Redemption, TokenScope } from '../ssm/session-tokens.js';

/** What the gateway needs of the state: sessions and tokens. Rejects when the state cannot be read or written. */
export interface SessionLedger {
  find(sessionId: string): Promise<SessionRecord | undefined>;
  issueToken(scope: TokenScope): Promise<string>;
  redeemToken(token: string, scope: TokenScope): Promise<Redemption>;
  /** In the order of the calls. Does not reject: what could not be stored is logged. */
  recordStatus(sessionId: string, status: SessionStatus, details: string): void;
  recordAgentSeen(sessionId: string): void;
  recordUsage(sessionId: string, usage: SessionUsage): void;
}
