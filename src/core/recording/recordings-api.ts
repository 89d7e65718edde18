import type { RecordingCounts, RecordingHeader } from './recording-format.js';

/**
 * How records reach the endpoint and are read there: REST paths under {@link RECORDINGS_PATH}, signed for the service
 * `gangway`, JSON unless said. Errors: `{"__type": code, "message": text}` with AWS's manners. Actions, on
 * `arn:aws:ssm:REGION:ACCOUNT:session/SESSION-ID`: `gangway:PutRecording` (a host), `gangway:GetRecording`,
 * `gangway:ListRecordings` and `gangway:SearchRecordings` (on `*`).
 *
 * ```
 * PUT  /{sessionId}?offset=N          bytes of the record from offset N; at most {@link MAX_PART_BYTES} -> PartAnswer
 *                                     Repeats are harmless. 409 RecordingConflictException: N is past what is there
 *                                     ({@link PartAnswer} in `detail`), or other bytes are there already.
 * POST /{sessionId}/end               EndRequest -> Statement: the chain is checked, then signed. Repeats are harmless.
 * POST /{sessionId}/deliveries        Delivery -> {}: where a copy is, or why not yet; the last word of a place counts.
 * POST /{sessionId}/credentials       {} -> TaskRoleCredentials of the session's task, for a delivery that is late.
 * GET  /                              ?owner&container&cluster&since&until&state=live|ended&next -> RecordingList
 * GET  /{sessionId}                   -> RecordingSummary
 * GET  /{sessionId}/data              ?offset=N&wait=SECONDS -> bytes (application/octet-stream), at most
 *                                     {@link MAX_PART_BYTES}; header x-gangway-ended: true when there is no more to come
 *                                     behind them. `wait`: how long, up to {@link MAX_WAIT_SECONDS}, to wait for the
 *                                     next byte of a live session.
 * GET  /search                        ?text&owner&container&cluster&since&until&next -> SearchAnswer
 * GET  /signing-key                   -> SigningKey
 * ```
 */
export const RECORDINGS_PATH = '/gangway/v1/recordings';

/** Signing name. */
export const GANGWAY_SERVICE = 'gangway';

export const MAX_PART_BYTES = 512 * 1024;
export const MAX_WAIT_SECONDS = 20;

export interface PartAnswer {
  /** Of the record as the endpoint has it. */
  readonly length: number;
  /** Somebody is watching: parts are wanted as they come. */
  readonly watched: boolean;
}

export interface EndRequest {
  /** Of the whole record. */
  readonly length: number;
  /** Hex, of the last event. */
  readonly digest: string;
}

/** What the endpoint vouches for. Signed text: {@link Statement.signed}, exactly as it stands. */
export interface Statement {
  /** JSON of {@link StatementContent}. */
  readonly signed: string;
  /** Base64, Ed25519 over the UTF-8 of `signed`. */
  readonly signature: string;
  /** Which key: hex, SHA-256 of its SubjectPublicKeyInfo in DER, the first 16 bytes. */
  readonly keyId: string;
}

export interface StatementContent extends RecordingCounts {
  readonly sessionId: string;
  /** Of the record, in bytes. */
  readonly length: number;
  /** Hex, of the last event. */
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly signedAt: number;
  /** Place in the chain of this endpoint's statements: 1, 2, 3 … */
  readonly number: number;
  /** The statement before this one; null for the first. `digest` is hex, SHA-256 of its `signed`. */
  readonly previous: { readonly sessionId: string; readonly digest: string } | null;
}

/** A copy of the record in one of the places the cluster names. */
export interface Delivery {
  readonly kind: 'transcript' | 'cast' | 'events';
  /** `s3://bucket/key` or `logs://group/stream` */
  readonly place: string;
  readonly status: 'pending' | 'late' | 'delivered' | 'failed';
  readonly attempts: number;
  /** Milliseconds since the epoch, of the last attempt. */
  readonly at: number;
  /** Why it is not there (yet). */
  readonly reason?: string;
  /** Hex, of what was delivered: the object's bytes, or the messages of the events each followed by a line feed. */
  readonly sha256?: string;
  readonly bytes?: number;
}

export interface RecordingSummary {
  readonly header: RecordingHeader;
  readonly state: 'live' | 'ended';
  /** Bytes that are there. */
  readonly length: number;
  /** Milliseconds since the epoch: when the host was heard of last. Long ago and `live`: it may never come back. */
  readonly lastPartAt?: number;
  /** Milliseconds since the epoch: its time was over, and only what stands here is left. */
  readonly deletedAt?: number;
  /** Milliseconds since the epoch. */
  readonly endedAt?: number;
  readonly exitCode?: number | null;
  readonly endReason?: string;
  readonly recovered?: boolean;
  readonly statement?: Statement;
  readonly deliveries: readonly Delivery[];
}

export interface RecordingList {
  readonly recordings: readonly RecordingSummary[];
  readonly next?: string;
}

export interface SearchMatch {
  readonly sessionId: string;
  /** Microseconds since the session's start. */
  readonly time: number;
  /** 1 is the transcript's first. */
  readonly line: number;
  readonly text: string;
}

export interface SearchAnswer {
  readonly matches: readonly SearchMatch[];
  readonly next?: string;
}

export interface SigningKey {
  readonly keyId: string;
  /** PEM, SubjectPublicKeyInfo. */
  readonly publicKey: string;
}
