import type { RecordingSettings, SessionInputs } from '../core/protocol/session-document.js';
import type { RecordingHeader, RecordingSize } from '../core/recording/recording-format.js';
import type { Credentials } from '../platform/aws/credentials.js';
import type { ProcessUsage } from '../platform/runtime/runtime.js';

/** What a piece of a session is. */
export type RecordedKind = 'output' | 'stderr' | 'input';

/**
 * Takes down what a session shows. Called with each piece of output before it is sent; what it refuses, by throwing or
 * rejecting, is not sent, and the session ends with the error's message.
 */
export interface Recorder {
  /** Undefined: it is recorded, the piece may go. */
  record(kind: RecordedKind, bytes: Uint8Array): Promise<void> | undefined;
  resize(size: RecordingSize): void;
  /** The session is over; nothing more will be recorded. Its failure fails the session's completion. */
  close(end: RecordedEnd): Promise<void>;
}

export interface RecordedEnd {
  /** Null: not known. */
  readonly exitCode: number | null;
  /** Empty: the command ended by itself. */
  readonly reason: string;
  /** Of the command and its descendants, in all; absent: not known. */
  readonly usage?: ProcessUsage;
}

/** Of which session a record is asked for. */
export interface RecordedSession {
  /** Without version and input, which are the recorder's to say. */
  readonly header: Omit<RecordingHeader, 'version' | 'input'>;
  /** `inputs` of the session document: log group, bucket and their switches (wire-protocol 1.6). */
  readonly inputs: SessionInputs;
  readonly settings: RecordingSettings;
  /** Signs as the task's role, while the task is there; what is delivered is delivered with it. Absent: it has none. */
  readonly role?: () => Promise<Credentials>;
}

/** Opens the record of a session, or says that none is wanted. A rejection refuses the session. */
export type OpenRecorder = (session: RecordedSession) => Promise<Recorder | undefined>;
