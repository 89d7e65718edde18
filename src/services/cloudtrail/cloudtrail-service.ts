import {
  LookupEventsRequest$,
  LookupEventsResponse$,
  type LookupEventsRequest,
  type LookupEventsResponse,
} from '@aws-sdk/client-cloudtrail';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { AuditRecord } from '../../platform/aws/endpoint/audit-record.js';
import type { Operation, Service } from '../../platform/aws/service.js';
import type { Database } from '../../platform/store/database.js';
import { EventStore } from './event-store.js';
import { EventWriter } from './event-writer.js';
import { lookupEvents } from './lookup-events.js';
import { requestRecord } from './request-record.js';
import { sessionRecord, type SessionStep } from './session-record.js';
import { StrangerLimit } from './stranger-limit.js';
import { userNameOf } from './user-identity.js';

export { cloudTrailMigrations } from './cloudtrail-migrations.js';

/** How long events are kept; CloudTrail's event history goes back as far. */
export const RETENTION_MS = 90 * 24 * 60 * 60 * 1000;

/** Kept of the events that only read: a poll every few seconds must not fill the disk. */
export const MAX_READ_ONLY_EVENTS = 250_000;

const PRUNE_INTERVAL_MS = 10 * 60 * 1000;

export interface CloudTrailOptions {
  /** With `cloudTrailMigrations` applied. */
  readonly database: Database;
  readonly accountId: string;
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly after: (milliseconds: number, work: () => void) => { cancel(): void };
  readonly randomId: () => string;
  readonly log: { warn(details: object, message: string): void };
}

/** The audit: takes down what was asked of the endpoint and what became of sessions, and answers for it. */
export interface CloudTrail {
  readonly service: Service;
  /** For `EndpointOptions.audit`. */
  readonly audit: (record: AuditRecord) => void;
  readonly sessionStep: (step: SessionStep) => void;
  /** Resolves when all that was told before is stored, or the disk has refused it once more. */
  flush(): Promise<void>;
  start(): Promise<void>;
  /** Writes what waits. */
  stop(): Promise<void>;
}

export function createCloudTrail(options: CloudTrailOptions): CloudTrail {
  const { accountId, region, clock, after, log, randomId } = options;
  const store = new EventStore(options.database);
  const writer = new EventWriter({
    write: (events) => store.insert(events),
    after,
    warn: (details, message) => log.warn(details, message),
  });
  const strangers = new StrangerLimit(clock);
  let pruning: { cancel(): void } | undefined;

  const prune = (): void => {
    pruning = after(PRUNE_INTERVAL_MS, prune);
    void store.prune(clock() - RETENTION_MS, MAX_READ_ONLY_EVENTS).catch((error: unknown) => {
      log.warn({ error }, 'old audit events could not be deleted; check the disk of the state');
    });
  };

  return {
    service: cloudTrailService(async (input) => {
      // A caller shall find what it did a moment ago.
      await writer.flush();
      return lookupEvents(input, store);
    }),
    audit(record) {
      // What a stranger was allowed is nothing that others may crowd out: a host that joined.
      if (record.caller === undefined && record.status >= 400 && !strangers.admit()) return;
      writer.add({
        time: record.time,
        userName: userNameOf(record.caller),
        record: requestRecord(record, accountId),
      });
    },
    sessionStep(step) {
      writer.add(sessionRecord(step, { accountId, region, eventId: randomId() }));
    },
    flush: () => writer.flush(),
    async start() {
      await store.start();
      prune();
    },
    async stop() {
      pruning?.cancel();
      await writer.flush();
    },
  };
}

function cloudTrailService(lookup: (input: LookupEventsRequest) => Promise<LookupEventsResponse>): Service {
  const operation: Operation<LookupEventsRequest, LookupEventsResponse> = {
    name: 'LookupEvents',
    input: LookupEventsRequest$,
    output: LookupEventsResponse$,
    access: () => [{ action: 'cloudtrail:LookupEvents', resources: [{ arn: '*' }] }],
    run: lookup,
  };
  return {
    name: 'cloudtrail',
    protocol: 'json-1.1',
    targetPrefix: 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101',
    version: '2013-11-01',
    operations: [operation],
    missingMember: (path) => new AwsError('InvalidParameterException', `${path} is required.`),
  };
}
