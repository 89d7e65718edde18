import type { RecordingSummary, StatementContent } from '../../core/recording/recordings-api.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import {
  AUDIT_MS,
  type AuditedStatement,
  auditedStatements,
  auditedStatementsOf,
  type LookupEvents,
} from './audit-statements.js';
import { copyProblem, type CopyStore } from './delivered-copies.js';
import type { RecordingsClient } from './recordings-client.js';
import { linkProblem, StatementChain } from './verify-chain.js';
import { type VerifyProblem, verifyRecord } from './verify-record.js';
import { readStatement, statementDigest, type VerifyingKey } from './verify-statement.js';

/** What became of one session's record. */
export interface Verdict {
  readonly sessionId: string;
  /** `live`: all holds so far. `deleted`: its time was over, and what is left of it holds. */
  readonly result: 'ok' | 'live' | 'deleted' | 'failed';
  readonly events: number;
  readonly bytes: number;
  readonly statement?: StatementContent;
  readonly problems: readonly VerifyProblem[];
  /** What could not be checked, or is not all that it could be. */
  readonly notes: readonly string[];
}

export interface RecordsVerifierOptions {
  readonly recordings: RecordingsClient;
  readonly lookup: LookupEvents;
  readonly key: VerifyingKey;
  /** Absent: delivered copies are not looked at. */
  readonly copies?: CopyStore;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

interface Findings {
  readonly problems: VerifyProblem[];
  readonly notes: string[];
}

/** Checks records against themselves, their statements, each other, and the audit. Holds one part of one at a time. */
export class RecordsVerifier {
  readonly #options: RecordsVerifierOptions;
  readonly #chain = new StatementChain();

  constructor(options: RecordsVerifierOptions) {
    this.#options = options;
  }

  async session(sessionId: string): Promise<Verdict> {
    const summary = await this.#options.recordings.summary(sessionId);
    const audited = await auditedStatementsOf(this.#options.lookup, summary.header);
    return this.#verdict(summary, audited, async (content, findings) => this.#checkLink(content, findings));
  }

  /** Every record; then, from {@link acrossSessions}, what does not hold between them. */
  async *all(): AsyncGenerator<Verdict> {
    const audited = new Map<string, AuditedStatement[]>();
    for await (const one of auditedStatements(this.#options.lookup)) {
      audited.set(one.sessionId, [...(audited.get(one.sessionId) ?? []), one]);
    }
    for await (const summary of this.#options.recordings.list({})) {
      const { sessionId } = summary.header;
      yield await this.#verdict(summary, audited.get(sessionId) ?? [], () => Promise.resolve());
      audited.delete(sessionId);
    }
    for (const [sessionId, [event]] of audited) {
      const problem = `there is no record of it, and the audit has one (event ${event?.eventId ?? ''})`;
      yield { sessionId, result: 'failed', events: 0, bytes: 0, problems: [{ problem }], notes: [] };
    }
  }

  acrossSessions(): string[] {
    return this.#chain.problems();
  }

  async #verdict(
    summary: RecordingSummary,
    audited: readonly AuditedStatement[],
    link: (content: StatementContent, findings: Findings) => Promise<void>,
  ): Promise<Verdict> {
    const { header, state, statement, deletedAt } = summary;
    const findings: Findings = { problems: [], notes: [] };
    const content = this.#checkStatement(summary, findings);
    const record = await verifyRecord(this.#options.recordings, summary, content);
    findings.problems.push(...record.problems);
    if (statement !== undefined && content !== undefined) {
      this.#checkAudit(statement, content, audited, findings);
      this.#chain.add({ content, signed: statement.signed });
      await link(content, findings);
      if (content.gaps > 0) findings.notes.push(`${content.gaps} gaps: the session was shown more than was recorded`);
    } else if (statement === undefined && audited.length > 0) {
      findings.problems.push({ problem: 'the audit has a statement of it, and its record has none' });
    }
    await this.#checkCopies(summary, findings);
    const good = deletedAt !== undefined ? 'deleted' : state === 'live' ? 'live' : 'ok';
    return {
      sessionId: header.sessionId,
      result: findings.problems.length > 0 ? 'failed' : good,
      events: content?.events ?? record.events,
      bytes: content?.length ?? record.length,
      ...(content !== undefined && { statement: content }),
      ...findings,
    };
  }

  #checkStatement(
    { header, state, statement }: RecordingSummary,
    { problems }: Findings,
  ): StatementContent | undefined {
    if (statement === undefined) {
      if (state === 'ended') problems.push({ problem: 'the session has ended, and nobody has signed its record' });
      return undefined;
    }
    const read = readStatement(statement, this.#options.key);
    if ('problem' in read) {
      problems.push(read);
      return undefined;
    }
    const { content } = read;
    if (content.sessionId === header.sessionId) return content;
    problems.push({ problem: `the statement is that of another session: ${content.sessionId}` });
    return undefined;
  }

  #checkAudit(
    statement: { readonly signed: string; readonly signature: string },
    { signedAt }: StatementContent,
    audited: readonly AuditedStatement[],
    { problems, notes }: Findings,
  ): void {
    if (audited.length === 0) {
      if (this.#options.now - signedAt > AUDIT_MS) notes.push('the audit does not reach back to it');
      else problems.push({ problem: 'the audit has no event SessionRecorded of it' });
    }
    for (const { signed, signature, eventId } of audited) {
      if (signed === statement.signed && signature === statement.signature) continue;
      problems.push({ problem: `the statement is not the one of the audit's event ${eventId}` });
    }
  }

  /** Of one session alone: whether the one before is where it is said to be. */
  async #checkLink(content: StatementContent, { problems, notes }: Findings): Promise<void> {
    const { number, previous } = content;
    if (previous === null) {
      if (number !== 1) problems.push({ problem: `statement ${number} names none before it` });
      return;
    }
    const { sessionId } = previous;
    try {
      const { statement } = await this.#options.recordings.summary(sessionId);
      const before = statement && { sessionId, digest: statementDigest(statement.signed) };
      const problem = linkProblem(content, before);
      if (problem !== undefined) problems.push({ problem });
    } catch (error) {
      if (!(error instanceof AwsError) || error.fault === 'server') throw error;
      if (error.status === 403 || error.code.startsWith('AccessDenied')) {
        notes.push(`the statement before it, of ${sessionId}, may not be read by you`);
      } else problems.push({ problem: `the record before it, of ${sessionId}, is missing: ${error.message}` });
    }
  }

  async #checkCopies({ deliveries }: RecordingSummary, { problems, notes }: Findings): Promise<void> {
    const { copies } = this.#options;
    for (const delivery of deliveries) {
      const { kind, place, status, reason = '' } = delivery;
      if (status !== 'delivered')
        notes.push(`the ${kind} for ${place} is ${status}${reason === '' ? '' : `: ${reason}`}`);
      else if (copies !== undefined) {
        const problem = await copyProblem(delivery, copies);
        if (problem !== undefined) problems.push({ problem });
      }
    }
  }
}
