import type { SessionFreedom } from '../protocol/session-document.js';

/**
 * The record of one session, as a file and on its way from a host to the endpoint: a sequence of events, each bound to
 * all before it by a hash chain. Integers are big-endian.
 *
 * ```
 * offset  size  field
 * 0       4     n, length of the payload
 * 4       1     kind, one of {@link EventKind}
 * 5       8     time: microseconds since the session's start, by a clock that never goes back
 * 13      n     payload
 * 13+n    32    SHA-256(the digest of the event before ‖ bytes 0 to 13+n of this one)
 * ```
 *
 * The digest before the first event is {@link FIRST_DIGEST}. The first event is a header and the last one an end; what
 * follows the last whole event of a file without an end is the torn write of a process that died, and was never sent.
 */
export const RECORDING_VERSION = 1;

export const EVENT_HEAD_BYTES = 13;
export const DIGEST_BYTES = 32;

/** A longer payload is refused by whoever reads; the writer's pieces are a session's frames. */
export const MAX_EVENT_BYTES = 1024 * 1024;

export const FIRST_DIGEST: Uint8Array = new Uint8Array(DIGEST_BYTES);

export const EventKind = Object.freeze({
  /** JSON, {@link RecordingHeader}. */
  Header: 1,
  /** What the terminal showed, or stdout: bytes as they were sent. */
  Output: 2,
  /** stderr of a session without a terminal. */
  StdErr: 3,
  /** What was typed; never while the terminal did not echo. Only where the cluster asks for it. */
  Input: 4,
  /** JSON, {@link RecordingSize}: the terminal has this size from now on. */
  Resize: 5,
  /** JSON, {@link RecordingGap}: bytes that were sent but could not be recorded. Only with `best-effort`. */
  Gap: 6,
  /** JSON, {@link RecordingEnd}. */
  End: 7,
});
export type EventKind = (typeof EventKind)[keyof typeof EventKind];

export interface RecordingEvent {
  readonly kind: EventKind;
  /** Microseconds since the session's start. */
  readonly time: number;
  readonly payload: Uint8Array;
}

export interface RecordingSize {
  readonly columns: number;
  readonly rows: number;
}

/** Who, which container, which command, from where. */
export interface RecordingHeader {
  readonly version: typeof RECORDING_VERSION;
  readonly sessionId: string;
  /** `ecs:<cluster>_<task id>_<runtime id>` */
  readonly target: string;
  readonly taskArn: string;
  readonly containerName: string;
  /** ARN of whose session it is. */
  readonly owner: string;
  /** Address the session was asked for from; empty where it is not known. */
  readonly sourceIp: string;
  /** As it was asked for; empty: the default shell. */
  readonly command: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Null: no terminal, stdout and stderr apart. */
  readonly terminal: (RecordingSize & { readonly term: string }) | null;
  /** Whether input is recorded too. */
  readonly input: boolean;
  /** What the session could be that AWS's cannot. Absent: as AWS has it. */
  readonly freedom?: SessionFreedom;
}

export interface RecordingGap {
  /** How many, as far as it is known. */
  readonly bytes: number;
  readonly reason: string;
}

export interface RecordingEnd {
  /** Exit code of the command; null when it is not known. */
  readonly exitCode: number | null;
  /** What the session's end was reported with; empty when the command ended by itself. */
  readonly reason: string;
  /** The host died, and this end was written when it came back. */
  readonly recovered: boolean;
  /** Of all events before this one. */
  readonly counts: RecordingCounts;
  /** Absent: not known. */
  readonly usage?: RecordingUsage;
}

/** What a session's command and its descendants have used in all. */
export interface RecordingUsage {
  readonly cpuMilliseconds: number;
  readonly peakMemoryBytes: number;
}

export interface RecordingCounts {
  readonly events: number;
  /** Payload of Output and StdErr events. */
  readonly bytes: number;
  readonly gaps: number;
}
