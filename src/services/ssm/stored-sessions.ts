import type { Gateway } from '../ssmmessages/gateway.js';
import { SessionRefusal } from '../session-ports.js';
import type { SessionRequest, Sessions, StartedSession } from '../session-ports.js';
import type { SessionEnvironment, SessionLog } from './session-environment.js';
import type { SessionEventWriter } from './session-event-writer.js';
import { newSessionId } from './session-id.js';
import { SessionStatus, isFinal } from './session-record.js';
import type { SessionRecord } from './session-record.js';
import type { SessionStore } from './session-store.js';
import { TokenKind } from './session-tokens.js';
import type { SessionTokens, TokenScope } from './session-tokens.js';
import type { StoredLedger } from './stored-ledger.js';

export interface StoredSessionsOptions {
  readonly store: SessionStore;
  readonly tokens: SessionTokens;
  readonly ledger: StoredLedger;
  readonly gateway: Pick<Gateway, 'isConnected' | 'begin' | 'terminate' | 'terminateAll' | 'awaitsClient'>;
  readonly environment: SessionEnvironment;
  readonly log: SessionLog;
  readonly events?: SessionEventWriter | undefined;
}

/** Starting, resuming and ending sessions, for ECS's ExecuteCommand as for Session Manager's own operations. */
export class StoredSessions implements Sessions {
  readonly #options: StoredSessionsOptions;

  constructor(options: StoredSessionsOptions) {
    this.#options = options;
  }

  async start(request: SessionRequest): Promise<StartedSession> {
    const { store, tokens, gateway, environment, log } = this.#options;
    const { target, limit } = request;
    if (!gateway.isConnected(target)) {
      if ((await store.countActive(target)) >= limit) throw limitReached(target, limit);
      throw new SessionRefusal('not-connected', `no agent has a control channel open for ${target}`);
    }
    const session = newSession(request, environment);
    // Counting and storing are one transaction: an official agent that is given one session too many never
    // handles another message (T13).
    const { sessionId } = session;
    const inserted = await store.insert(session, limit, (queries) => tokens.issue(clientScope(sessionId), queries));
    if (inserted === 'limit') throw limitReached(target, limit);
    gateway.begin(session);
    log.info({ sessionId, target, owner: session.owner }, 'session started');
    const { owner: by, reason = '', startDate: time } = session;
    this.#options.events?.write('started', session, { by, reason, time });
    return { sessionId, tokenValue: inserted.stored, streamUrl: streamUrl(sessionId, request.endpointUrl) };
  }

  /**
   * Undefined when there is no such session; the token is empty when it has ended (wire-protocol 5.8). `by` is the ARN
   * of who asked.
   */
  async resume(sessionId: string, endpointUrl: string, by?: string): Promise<StartedSession | undefined> {
    const session = await this.find(sessionId);
    if (session === undefined) return undefined;
    if (isFinal(session.status) && !this.#options.gateway.awaitsClient(sessionId)) {
      return { sessionId, tokenValue: '', streamUrl: streamUrl(sessionId, endpointUrl) };
    }
    const tokenValue = await this.#options.tokens.issue(clientScope(sessionId));
    this.#options.events?.write('resumed', session, { by, time: this.#options.environment.now() });
    return { sessionId, tokenValue, streamUrl: streamUrl(sessionId, endpointUrl) };
  }

  /** False when there is no such session. Ending it twice is no error. `by` is the ARN of who asked. */
  async terminate(sessionId: string, output: string, by?: string): Promise<boolean> {
    const session = await this.find(sessionId);
    if (session === undefined) return false;
    const { gateway, ledger, events, environment } = this.#options;
    const isEnding = isFinal(session.status) || session.status === SessionStatus.Terminating;
    if (!isEnding) events?.write('terminated', session, { by, reason: output, time: environment.now() });
    const live = gateway.terminate(sessionId, output);
    // Only when its end could not be stored at the time, for example because the disk was full.
    if (!live && !isFinal(session.status)) ledger.recordStatus(sessionId, SessionStatus.Terminated, output);
    await ledger.flush();
    return true;
  }

  async endAll(target: string, output: string): Promise<void> {
    this.#options.gateway.terminateAll(target, output);
    await this.#options.ledger.flush();
  }

  async find(sessionId: string): Promise<SessionRecord | undefined> {
    await this.#options.ledger.flush();
    return this.#options.store.find(sessionId);
  }
}

function newSession(request: SessionRequest, environment: SessionEnvironment): SessionRecord {
  return {
    sessionId: newSessionId(request.idPrefix, environment),
    target: request.target,
    owner: request.owner,
    ownerId: request.ownerId,
    starter: request.starter,
    documentName: request.documentName,
    command: request.command,
    reason: request.reason,
    kmsKeyId: request.kmsKeyId,
    logging: request.logging,
    recording: request.recording,
    ...(request.freedom && { freedom: request.freedom }),
    ...(request.times && { times: request.times }),
    status: SessionStatus.Connecting,
    details: '',
    agentSeen: false,
    startDate: environment.now(),
    endDate: undefined,
  };
}

function clientScope(sessionId: string): TokenScope {
  return { kind: TokenKind.Client, subject: sessionId, principal: '' };
}

/** On the host by which the caller reached us: the plugin dials it unchanged (wire-protocol 10.4). */
function streamUrl(sessionId: string, endpointUrl: string): string {
  const base = endpointUrl.replace(/^http/, 'ws').replace(/\/+$/, '');
  return `${base}/v1/data-channel/${encodeURIComponent(sessionId)}?role=publish_subscribe`;
}

function limitReached(target: string, limit: number): SessionRefusal {
  return new SessionRefusal('limit', `${limit} sessions of ${target} have not ended yet`);
}
