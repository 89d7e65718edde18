import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { RecordingEvent, RecordingHeader } from '../../core/recording/recording-format.js';
import { HEADER, output, recording, sha256 } from '../../core/recording/recording.fixture.js';
import { RecordingReader } from '../../core/recording/recording-reader.js';
import type { RecordingSummary, Statement, StatementContent } from '../../core/recording/recordings-api.js';
import type { HttpAnswer } from '../../platform/aws/outgoing/http-exchange.js';
import type { LookupEvents } from './audit-statements.js';
import { RecordingsClient } from './recordings-client.js';
import { readPublicKey, statementDigest, type VerifyingKey } from './verify-statement.js';

/** Of one page of a list, of events, and of a part: small, so that there are several. */
const PAGE = 2;
const PART_BYTES = 100;

export interface FakeRecord {
  summary: RecordingSummary;
  bytes: Buffer;
}

/** An endpoint's records and its audit, as their interfaces show them, for tests to bend. */
export class FakeRecordings {
  readonly records = new Map<string, FakeRecord>();
  events: object[] = [];
  readonly #privateKey: KeyObject;
  readonly key: VerifyingKey;
  readonly client = new RecordingsClient((request) => Promise.resolve(this.#answer(new URL(request.path, 'http://x'))));
  /** Sessions whose records this caller may not read. */
  readonly forbidden = new Set<string>();

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    this.#privateKey = privateKey;
    this.key = readPublicKey(publicKey.export({ type: 'spki', format: 'pem' }).toString());
  }

  readonly lookup: LookupEvents = (input) => {
    const { LookupAttributes, NextToken = '0' } = input as {
      LookupAttributes: { AttributeKey: string; AttributeValue: string }[];
      NextToken?: string;
    };
    const [{ AttributeKey: name, AttributeValue: value } = { AttributeKey: '', AttributeValue: '' }] = LookupAttributes;
    const found = this.events.filter((event) => {
      const { eventName, resources } = event as { eventName: string; resources: { ARN: string }[] };
      return name === 'EventName' ? eventName === value : resources.some(({ ARN }) => ARN === value);
    });
    const at = Number(NextToken);
    return Promise.resolve({
      Events: found.slice(at, at + PAGE).map((event) => ({ CloudTrailEvent: JSON.stringify(event) })),
      ...(at + PAGE < found.length && { NextToken: String(at + PAGE) }),
    });
  };

  idOf(number: number): string {
    return `ecs-execute-command-${number}`;
  }

  /** The next session, ended and signed. */
  add(
    events: readonly RecordingEvent[] = [output(1_000_000, 'some output\r\n'), output(2_000_000, 'more\r\n')],
  ): string {
    const number = this.records.size + 1;
    const sessionId = this.idOf(number);
    const header: RecordingHeader = { ...HEADER, sessionId };
    const bytes = Buffer.from(recording(events, header));
    const statement = this.sign(bytes, { sessionId, number });
    this.records.set(sessionId, {
      bytes,
      summary: { header, state: 'ended', length: bytes.length, endedAt: 1, exitCode: 0, deliveries: [], statement },
    });
    this.audit(sessionId, statement);
    return sessionId;
  }

  sign(bytes: Uint8Array, changes: Partial<StatementContent> & { sessionId: string; number: number }): Statement {
    const reader = new RecordingReader(sha256);
    reader.push(bytes);
    const { digest, events, bytes: shown, gaps } = reader.state;
    const last = this.records.get(this.idOf(changes.number - 1))?.summary.statement;
    const content: StatementContent = {
      length: bytes.length,
      digest: Buffer.from(digest).toString('hex'),
      events,
      bytes: shown,
      gaps,
      signedAt: Date.now(),
      previous:
        last === undefined ? null : { sessionId: this.idOf(changes.number - 1), digest: statementDigest(last.signed) },
      ...changes,
    };
    return this.signText(JSON.stringify(content));
  }

  signText(signed: string): Statement {
    const signature = sign(null, Buffer.from(signed), this.#privateKey).toString('base64');
    return { signed, signature, keyId: this.key.keyId };
  }

  audit(sessionId: string, statement: Statement): void {
    this.events.unshift({
      eventName: 'SessionRecorded',
      eventID: createHash('sha256').update(sessionId).digest('hex').slice(0, 8),
      resources: [{ ARN: `arn:aws:ssm:us-east-1:123456789012:session/${sessionId}` }],
      serviceEventDetails: { sessionId, ...statement },
    });
  }

  change(sessionId: string, changes: Partial<RecordingSummary>): void {
    const record = this.records.get(sessionId)!;
    record.summary = { ...record.summary, ...changes };
  }

  #answer(url: URL): HttpAnswer {
    const [sessionId = '', data] = url.pathname.split('/').slice(4);
    if (sessionId === '') return this.#list(Number(url.searchParams.get('next') ?? 0));
    const record = this.records.get(sessionId);
    if (record === undefined) return refusal(404, 'RecordingNotFoundException', `no record of ${sessionId}\x1b[2J`);
    if (this.forbidden.has(sessionId)) return refusal(400, 'AccessDeniedException', 'no');
    if (data === undefined) return answer(200, JSON.stringify(record.summary));
    const offset = Number(url.searchParams.get('offset'));
    const bytes = record.bytes.subarray(offset, offset + PART_BYTES);
    const ended = record.summary.state === 'ended' && offset + bytes.length >= record.bytes.length;
    return answer(200, bytes, ended ? { 'x-gangway-ended': 'true' } : {});
  }

  #list(at: number): HttpAnswer {
    const all = [...this.records.values()].map(({ summary }) => summary);
    const next = at + PAGE < all.length ? String(at + PAGE) : undefined;
    return answer(200, JSON.stringify({ recordings: all.slice(at, at + PAGE), next }));
  }
}

function answer(status: number, body: string | Uint8Array, headers: Record<string, string> = {}): HttpAnswer {
  const bytes = Buffer.from(body as string);
  return { status, headers, body: bytes.toString(), bytes };
}

function refusal(status: number, code: string, message: string): HttpAnswer {
  return answer(status, JSON.stringify({ __type: code, message }));
}
