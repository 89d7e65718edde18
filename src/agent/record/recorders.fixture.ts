import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { NO_SESSION_INPUTS, type RecordingSettings } from '../../core/protocol/session-document.js';
import { EventKind, type RecordingEvent } from '../../core/recording/recording-format.js';
import { parseEnd } from '../../core/recording/recording-payloads.js';
import { RecordingReader } from '../../core/recording/recording-reader.js';
import { sha256 } from '../../platform/crypto/sha256.js';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import type { Clock } from '../clock.js';
import { noJitter, RecordedLog } from '../fixtures/agent-host.fixture.js';
import type { RecordedSession } from '../recorder.js';
import type { Deliverer, SpooledRecording } from './delivery.js';
import { createRecorders, type RecordersOptions } from './recorders.js';

export const SESSION_ID = 'ecs-execute-command-0123456789abcdefg';

/** Time that passes a hundred times as fast as ours. */
export function fastClock(factor = 100): Clock {
  const begun = Date.now();
  return {
    now: () => begun + (Date.now() - begun) * factor,
    after(ms, callback) {
      const timer = setTimeout(callback, ms / factor);
      return () => clearTimeout(timer);
    },
  };
}

export function recordedSession(
  settings: Partial<RecordingSettings> = {},
  changes: Partial<RecordedSession['header']> = {},
): RecordedSession {
  return {
    header: {
      sessionId: SESSION_ID,
      target: 'ecs:demo_t_r',
      taskArn: 'arn:aws:ecs:us-east-1:123456789012:task/demo/t',
      containerName: 'app',
      owner: 'arn:aws:iam::123456789012:user/admin',
      sourceIp: '127.0.0.1',
      command: '/bin/sh',
      startedAt: 1_700_000_000_000,
      terminal: { columns: 80, rows: 24, term: 'xterm' },
      ...changes,
    },
    inputs: { ...NO_SESSION_INPUTS, s3BucketName: 'records' },
    settings: { record: 'required', input: false, live: false, sourceIp: '127.0.0.1', ...settings },
  };
}

/** Takes everything, and keeps what it was given. */
export class FakeDeliverer implements Deliverer {
  readonly checked: string[] = [];
  readonly delivered: {
    readonly recording: SpooledRecording;
    readonly events: RecordingEvent[];
    readonly role: boolean;
  }[] = [];
  readonly liveEvents: RecordingEvent[] = [];
  liveClosed = 0;
  refusal: (() => Error | undefined) | undefined;
  failure: (() => Error | undefined) | undefined;
  /** Held until it resolves. */
  hold: Promise<void> | undefined;

  check({ sessionId }: { readonly sessionId: string }): Promise<void> {
    this.checked.push(sessionId);
    const refusal = this.refusal?.();
    return refusal === undefined ? Promise.resolve() : Promise.reject(refusal);
  }

  live() {
    return {
      event: (event: RecordingEvent) =>
        void this.liveEvents.push({ ...event, payload: Uint8Array.from(event.payload) }),
      close: () => Promise.resolve(void (this.liveClosed += 1)),
    };
  }

  async deliver(recording: SpooledRecording, role: unknown, signal: AbortSignal): Promise<void> {
    const failure = this.failure?.();
    if (failure !== undefined) throw failure;
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    if (this.hold !== undefined) await Promise.race([this.hold, stopped]);
    const events: RecordingEvent[] = [];
    for await (const event of recording.events()) events.push(event);
    this.delivered.push({ recording, events, role: role !== undefined });
  }
}

export function setUpRecorders(options: Partial<RecordersOptions> = {}) {
  const directory = options.directory ?? join(temporaryDirectory(), 'recordings');
  const deliverer = new FakeDeliverer();
  const log = new RecordedLog();
  const recorders = createRecorders({
    directory,
    endpoint: {
      put: () => Promise.reject(new Error('the endpoint is away')),
      end: () => Promise.reject(new Error('the endpoint is away')),
    },
    deliverer,
    sha256,
    clock: fastClock(),
    uptime: () => performance.now(),
    random: noJitter,
    log,
    ...options,
  });
  onTestFinished(() => recorders.stop(0));
  return { directory, deliverer, log, recorders };
}

export function spoolOf(directory: string, sessionId = SESSION_ID): Buffer {
  return readFileSync(join(directory, `${sessionId}.gwr`));
}

/** A record read to its end, and what is wrong with it. */
export function readRecord(bytes: Uint8Array) {
  const reader = new RecordingReader(sha256);
  const events = reader.push(bytes);
  const text = (kind: EventKind): string =>
    Buffer.concat(events.filter((event) => event.kind === kind).map(({ payload }) => payload)).toString();
  const last = events.at(-1);
  return {
    events,
    kinds: events.map(({ kind }) => kind),
    output: text(EventKind.Output),
    stderr: text(EventKind.StdErr),
    end: last?.kind === EventKind.End ? parseEnd(last.payload) : undefined,
    damage: reader.finish(),
  };
}

export async function until(what: string, holds: () => boolean, ms = 10_000): Promise<void> {
  const begun = Date.now();
  while (!holds()) {
    if (Date.now() - begun > ms) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
