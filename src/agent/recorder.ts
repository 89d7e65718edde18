/**
 * Takes down what a session shows. Called with each piece of output before it is sent; what it refuses, by throwing or
 * rejecting, is not sent, and the session ends with the error's message.
 */
export interface Recorder {
  record(bytes: Uint8Array): Promise<void> | undefined;
  /** The session is over; nothing more will be recorded. Its failure fails the session's completion. */
  close(): Promise<void>;
}

/** Of which session a record is asked for. */
export interface RecordedSession {
  readonly sessionId: string;
  readonly target: string;
  readonly owner: string;
  /** `inputs` of the session document: log group, bucket and their switches (wire-protocol 1.6). */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Opens the record of a session, or says that none is wanted. A rejection refuses the session. */
export type OpenRecorder = (session: RecordedSession) => Promise<Recorder | undefined>;
