import { encodeEnd, encodeGap, encodeRecordingSize } from '../../core/recording/recording-payloads.js';
import {
  EventKind,
  MAX_EVENT_BYTES,
  type RecordingEvent,
  type RecordingSize,
} from '../../core/recording/recording-format.js';
import { sleep, type Clock } from '../clock.js';
import { Backoff } from '../connection/backoff.js';
import { causeOf, type Log } from '../log.js';
import type { RecordedEnd, RecordedKind, Recorder } from '../recorder.js';
import type { LiveDelivery } from './delivery.js';
import { recordFailure } from './record-failure.js';
import type { Spool } from './spool.js';

/** Between attempts to write the end of a record whose disk is full, in milliseconds. */
export const END_BACKOFF = { firstMs: 500, capMs: 30_000 } as const;

const KINDS: Readonly<Record<RecordedKind, EventKind>> = {
  output: EventKind.Output,
  stderr: EventKind.StdErr,
  input: EventKind.Input,
};

export interface SessionRecorderOptions {
  readonly sessionId: string;
  readonly spool: Spool;
  readonly required: boolean;
  /** Every piece is on the disk before it is sent on. */
  readonly syncFirst: boolean;
  /** Microseconds since the session's start. */
  readonly elapsed: () => number;
  readonly live: LiveDelivery | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Gives up waiting for room on the disk: the host stops. */
  readonly stopped: AbortSignal;
  /** The end is written; or, when the host stops before that can be, the next start will see to it. */
  ended(): void;
}

/** Takes down one session. */
export class SessionRecorder implements Recorder {
  readonly #options: SessionRecorderOptions;
  /** Bytes that went on without a record, and why the first of them did. */
  #gap: { bytes: number; readonly reason: string } | undefined;
  #failure: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SessionRecorderOptions) {
    this.#options = options;
  }

  record(kind: RecordedKind, bytes: Uint8Array): Promise<void> | undefined {
    const { spool, required, syncFirst } = this.#options;
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closing !== undefined) throw new Error('the record is closed');
    try {
      if (required && spool.syncFailure !== undefined) throw spool.syncFailure;
      for (let at = 0; at < bytes.length; at += MAX_EVENT_BYTES) {
        this.#append(KINDS[kind], bytes.length <= MAX_EVENT_BYTES ? bytes : bytes.subarray(at, at + MAX_EVENT_BYTES));
      }
    } catch (error) {
      const failure = this.#failed(error);
      if (required) throw failure;
      this.#missed(failure.message, bytes.length);
      return undefined;
    }
    if (!syncFirst) return undefined;
    return spool.durable().catch((error: unknown) => {
      const failure = this.#failed(error);
      if (required) throw failure;
    });
  }

  /** What is shown after it is worth more than it: a failure shows with the next piece. */
  resize(size: RecordingSize): void {
    if (this.#closing !== undefined) return;
    try {
      this.#append(EventKind.Resize, encodeRecordingSize(size));
    } catch (error) {
      this.#failed(error);
      if (!this.#options.required) this.#missed(recordFailure(error).message, 0);
    }
  }

  close(end: RecordedEnd): Promise<void> {
    return (this.#closing ??= this.#close(end));
  }

  async #close(end: RecordedEnd): Promise<void> {
    const { spool, required, live } = this.#options;
    try {
      this.#end(end);
    } catch (error) {
      this.#failed(error);
      void this.#endLater(end);
      return;
    } finally {
      // Never rejects; nothing waits for it.
      void live?.close();
    }
    try {
      await spool.durable();
    } catch (error) {
      const failure = this.#failed(error);
      if (required) throw failure;
    } finally {
      spool.close();
      this.#options.ended();
    }
  }

  /** Everything the user saw is on record; only that it is all has yet to be written. */
  async #endLater(end: RecordedEnd): Promise<void> {
    const { spool, clock, random, stopped } = this.#options;
    const backoff = new Backoff(END_BACKOFF, random);
    for (let written = false; !written && !stopped.aborted;) {
      await sleep(clock, backoff.next(), stopped);
      try {
        this.#end(end);
        written = true;
        await spool.durable();
      } catch (error) {
        this.#options.log.debug({ cause: causeOf(error) }, 'the end of a record is not written yet');
      }
    }
    spool.close();
    this.#options.ended();
  }

  #end({ exitCode, reason, usage: used }: RecordedEnd): void {
    const { spool } = this.#options;
    this.#writeGap();
    const { events, bytes, gaps } = spool.state;
    const usage = used && {
      cpuMilliseconds: Math.round(used.cpuSeconds * 1000),
      peakMemoryBytes: Math.round(used.peakMemoryBytes),
    };
    const counts = { events, bytes, gaps };
    this.#write(EventKind.End, encodeEnd({ exitCode, reason, recovered: false, counts, ...(usage && { usage }) }));
  }

  #append(kind: EventKind, payload: Uint8Array): void {
    this.#writeGap();
    this.#write(kind, payload);
  }

  #writeGap(): void {
    if (this.#gap === undefined) return;
    this.#write(EventKind.Gap, encodeGap(this.#gap));
    this.#gap = undefined;
  }

  #write(kind: EventKind, payload: Uint8Array): void {
    const { spool, live } = this.#options;
    spool.append(kind, this.#options.elapsed(), payload);
    if (live !== undefined) live.event({ kind, time: spool.state.time, payload } satisfies RecordingEvent);
  }

  #missed(reason: string, bytes: number): void {
    this.#gap ??= { bytes: 0, reason };
    this.#gap.bytes += bytes;
  }

  #failed(error: unknown): Error {
    const { log, sessionId, required } = this.#options;
    const failure = recordFailure(error);
    if (required) this.#failure ??= failure;
    // Once: a session that goes on would fill the log.
    if (this.#gap === undefined) log.error({ sessionId, cause: causeOf(failure) }, 'a session cannot be recorded');
    return failure;
  }
}
