import type { SessionUsage } from '../../core/protocol/session-usage.js';
import type { SessionLedger } from '../ssmmessages/session-ledger.js';
import type { SessionEnvironment, SessionLog } from './session-environment.js';
import type { SessionEventWriter } from './session-event-writer.js';
import { isFinal } from './session-record.js';
import type { SessionRecord, SessionStatus } from './session-record.js';
import type { SessionStore } from './session-store.js';
import type { Redemption, SessionTokens, TokenScope } from './session-tokens.js';

/** The gateway's view of the state. Writes that nobody waits for are done one after the other, in order. */
export class StoredLedger implements SessionLedger {
  readonly #store: SessionStore;
  readonly #tokens: SessionTokens;
  readonly #environment: SessionEnvironment;
  readonly #log: SessionLog;
  readonly #events: SessionEventWriter | undefined;
  #writes: Promise<void> = Promise.resolve();
  /** What could not be stored, the newest of its kind for each session. */
  readonly #failed = new Map<string, () => Promise<void>>();

  constructor(
    store: SessionStore,
    tokens: SessionTokens,
    environment: SessionEnvironment,
    log: SessionLog,
    events?: SessionEventWriter,
  ) {
    this.#store = store;
    this.#tokens = tokens;
    this.#environment = environment;
    this.#log = log;
    this.#events = events;
  }

  async find(sessionId: string): Promise<SessionRecord | undefined> {
    return this.#store.find(sessionId);
  }

  async issueToken(scope: TokenScope): Promise<string> {
    return this.#tokens.issue(scope);
  }

  async redeemToken(token: string, scope: TokenScope): Promise<Redemption> {
    return this.#tokens.redeem(token, scope);
  }

  recordStatus(sessionId: string, status: SessionStatus, details: string): void {
    const at = this.#environment.now();
    this.#write(`status ${sessionId}`, sessionId, async () => {
      const entered = await this.#store.transition(sessionId, status, details, at);
      if (!entered || !isFinal(status) || this.#events === undefined) return;
      const session = await this.#store.find(sessionId);
      if (session !== undefined) this.#events.write('ended', session, { reason: session.details, time: at });
    });
  }

  recordAgentSeen(sessionId: string): void {
    this.#write(`agent ${sessionId}`, sessionId, () => this.#store.markAgentSeen(sessionId));
  }

  recordUsage(sessionId: string, usage: SessionUsage): void {
    this.#write(`usage ${sessionId}`, sessionId, () => this.#store.setUsage(sessionId, usage));
  }

  /** Tries once more to store what could not be: a session that has ended must not be counted for ever. */
  retry(): void {
    for (const key of this.#failed.keys()) {
      // Looked up in its turn: a newer write may have succeeded, or failed, meanwhile.
      const again = async (): Promise<void> => {
        await this.#failed.get(key)?.();
        this.#failed.delete(key);
      };
      this.#writes = this.#writes.then(again).catch(() => undefined);
    }
  }

  /** Resolves when every write so far has been tried. */
  async flush(): Promise<void> {
    await this.#writes;
  }

  #write(key: string, sessionId: string, write: () => Promise<void>): void {
    const attempt = async (): Promise<void> => {
      await write();
      this.#failed.delete(key);
    };
    this.#writes = this.#writes.then(attempt).catch((error: unknown) => {
      this.#failed.set(key, write);
      // The session itself goes on: it does not need the disk.
      this.#log.warn({ sessionId, error }, 'the state of a session could not be stored; check the disk of the state');
    });
  }
}
