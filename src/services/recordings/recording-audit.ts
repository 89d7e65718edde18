import type { Delivery, Statement, StatementContent } from '../../core/recording/recordings-api.js';
import type { RecordedSession } from '../session-ports.js';

/** What became of a record, for the audit. The names are those of its events. */
export interface RecordingStep {
  readonly name:
    'SessionRecorded' | 'SessionRecordOverdue' | 'SessionRecordDelivered' | 'SessionRecordLate' | 'SessionRecordFailed';
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly sessionId: string;
  readonly target: string;
  readonly owner: string;
  readonly taskArn: string;
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

/** Implemented by the audit. Resolves when the step is stored; never rejects. */
export type RecordingSteps = (step: RecordingStep) => Promise<void>;

/** All that was vouched for: with it the record can be checked by whoever has nothing but the audit. */
export function recordedStep(session: RecordedSession, { signed, signature, keyId }: Statement): RecordingStep {
  const { length, digest, events, bytes, gaps, number, signedAt } = JSON.parse(signed) as StatementContent;
  return {
    ...about(session, signedAt),
    name: 'SessionRecorded',
    details: { length, digest, events, bytes, gaps, number, signature, keyId, signed },
  };
}

/** Nothing of it came for a while, or, without `lastPartAt`, at all. */
export function overdueStep(session: RecordedSession, time: number, lastPartAt: number | undefined): RecordingStep {
  const details = lastPartAt === undefined ? {} : { lastPartAt: new Date(lastPartAt).toISOString() };
  return { ...about(session, time), name: 'SessionRecordOverdue', details };
}

const NAMES: Readonly<Partial<Record<Delivery['status'], RecordingStep['name']>>> = Object.freeze({
  delivered: 'SessionRecordDelivered',
  late: 'SessionRecordLate',
  failed: 'SessionRecordFailed',
});

/** Undefined: nothing that would be worth an event. */
export function deliveryStep(session: RecordedSession, delivery: Delivery): RecordingStep | undefined {
  const name = NAMES[delivery.status];
  if (name === undefined) return undefined;
  const { kind, place, attempts, reason, sha256, bytes } = delivery;
  return {
    ...about(session, delivery.at),
    name,
    details: {
      ...{ kind, place, attempts },
      ...(reason !== undefined && { reason }),
      ...(sha256 !== undefined && { sha256 }),
      ...(bytes !== undefined && { bytes }),
    },
  };
}

function about({ sessionId, target, owner, taskArn }: RecordedSession, time: number) {
  return { time, sessionId, target, owner, taskArn };
}
