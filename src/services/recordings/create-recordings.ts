import type { Authorization } from '../../platform/aws/access.js';
import type { RestRoute } from '../../platform/aws/service.js';
import type { Sealer } from '../../platform/crypto/sealer.js';
import type { Database } from '../../platform/store/database.js';
import type { ServiceRoles } from '../role-credentials.js';
import { Deliveries } from './deliveries.js';
import { type FindEndedSessions, OverdueRecords } from './overdue-records.js';
import { readRecordings } from './read-recordings.js';
import type { FindRecordedSession } from './recorded-session.js';
import { deliveryStep, recordedStep, type RecordingSteps } from './recording-audit.js';
import { RecordingFiles } from './recording-files.js';
import { RecordingIndex, type RecordingRow } from './recording-index.js';
import { recordingRoutes } from './recording-routes.js';
import { Recordings } from './recordings.js';
import { Retention } from './retention.js';
import { RoleForDelivery } from './role-for-delivery.js';
import { RecordingSigningKey } from './signing-key.js';
import { type MakeLines, Transcripts } from './transcripts.js';
import { type OutputUrls, outputUrls } from './output-urls.js';

export { recordingMigrations } from './recording-migrations.js';

const SWEEP_INTERVAL_MS = 5_000;

export interface RecordingServicesOptions {
  /** With {@link recordingMigrations} applied. */
  readonly database: Database;
  readonly sealer: Sealer;
  /** Of the records; made when the first one comes. Absent: none can be kept. */
  readonly directory?: string;
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly after: (milliseconds: number, work: () => void) => { cancel(): void };
  readonly log: { warn(fields: object, message: string): void };
  readonly authorization?: Authorization;
  readonly findSession: FindRecordedSession;
  /** Absent: nobody is told of records that do not come. */
  readonly findEnded?: FindEndedSessions;
  readonly roles: ServiceRoles;
  readonly steps: RecordingSteps;
  readonly makeLines: MakeLines;
  /** Records that ended before are deleted; what was signed of them stays. Absent: all are kept. */
  readonly retentionDays?: number;
}

export interface RecordingServices {
  readonly routes: readonly RestRoute[];
  /** Where a session's output is, for DescribeSessions. */
  readonly outputUrls: (sessionId: string) => Promise<OutputUrls>;
  /** Before the endpoint listens. */
  start(): Promise<void>;
  /** After it has closed. */
  stop(): Promise<void>;
  /** Transcripts that are wanted are there. */
  idle(): Promise<void>;
}

/** The records of sessions, as hosts bring them and auditors read them. */
export function createRecordings(options: RecordingServicesOptions): RecordingServices {
  const { database, sealer, clock, after, log, findSession, authorization, steps } = options;
  const index = new RecordingIndex(database);
  const files = new RecordingFiles(options.directory, sealer);
  const signingKey = new RecordingSigningKey({ database, sealer, clock });
  const transcripts = new Transcripts({ index, files, makeLines: options.makeLines, log });

  /** Once it is stored; a process that dies before does it again. */
  async function announce({ sessionId, session }: RecordingRow): Promise<void> {
    const statement = await index.statement(sessionId);
    if (statement === undefined) return;
    await steps(recordedStep(session, statement));
    await index.setAnnounced(sessionId);
  }

  function announced(row: RecordingRow): void {
    announce(row).catch((error: unknown) => {
      log.warn({ sessionId: row.sessionId, error }, 'a record is signed, but the audit does not have it yet');
    });
  }

  const recordings = new Recordings({
    ...{ database, index, files, signingKey, findSession, clock, log },
    signed: (row) => {
      announced(row);
      transcripts.wake();
    },
  });
  const deliveries = new Deliveries({
    database,
    index,
    changed: (session, delivery) => {
      const step = deliveryStep(session, delivery);
      if (step !== undefined) void steps(step);
    },
  });
  const { retentionDays } = options;
  const retention = new Retention({
    ...{ index, files, clock, log },
    forget: (sessionId) => recordings.forget(sessionId),
    days: retentionDays,
  });
  const { findEnded } = options;
  const overdue = findEnded && new OverdueRecords({ database, index, findEnded, steps, clock, log });
  const reading = readRecordings({ recordings, index, files, authorization });
  let sweeping: { cancel(): void } | undefined;

  function sweep(): void {
    sweeping = after(SWEEP_INTERVAL_MS, sweep);
    recordings
      .sweep()
      .then(() => retention.look())
      .then(() => overdue?.look())
      .catch((error: unknown) => log.warn({ error }, 'records could not be tidied; check the disk of the state'));
  }

  return {
    routes: recordingRoutes({
      ...{ recordings, index, deliveries, signingKey, findSession, authorization },
      ...reading,
      roles: new RoleForDelivery(options.roles, deliveries),
    }),
    outputUrls: async (sessionId) => outputUrls(await index.deliveries(sessionId), options.region),
    async start() {
      for (const row of await index.unannounced()) announced(row);
      transcripts.wake();
      sweep();
    },
    async stop() {
      sweeping?.cancel();
      await recordings.stop();
      await transcripts.stop();
    },
    idle: () => transcripts.idle(),
  };
}
