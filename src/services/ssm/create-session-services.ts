import type { Database } from '../../platform/store/database.js';
import type { RestRoute, Service, UpgradeRoute } from '../../platform/aws/service.js';
import type { Authorization } from '../../platform/aws/access.js';
import type {
  EndedSession,
  LivePermissions,
  RecordedSession,
  SessionEvents,
  Sessions,
  Targets,
} from '../session-ports.js';
import { Gateway } from '../ssmmessages/gateway.js';
import type { FindOutputUrls } from './describe-sessions.js';
import { ssmService } from './operations.js';
import { PermissionWatch } from './permission-watch.js';
import type { SessionEnvironment, SessionLog } from './session-environment.js';
import { SessionEventWriter } from './session-event-writer.js';
import {
  DEFAULT_IDLE_TIMEOUT,
  DEFAULT_ORPHAN_TIMEOUT,
  HISTORY_LIFETIME,
  PRUNE_INTERVAL,
  SWEEP_INTERVAL,
} from './session-limits.js';
import { SessionStore } from './session-store.js';
import { endedRecorded, recordedSession } from './recorded-session.js';
import { SessionTokens } from './session-tokens.js';
import { StoredLedger } from './stored-ledger.js';
import { StoredSessions } from './stored-sessions.js';

export interface SessionServicesOptions {
  /** With `ssmMigrations` applied. */
  readonly database: Database;
  /** Bound late: ECS needs {@link SessionServices.sessions} and is what answers for the targets. */
  readonly targets: () => Targets;
  readonly environment: SessionEnvironment;
  readonly log: SessionLog;
  /** Milliseconds without stream data after which a session is ended; 20 minutes by default, as on AWS. */
  readonly idleTimeout?: number;
  /** Milliseconds without an agent, or without a first client, after which a session is ended; 5 minutes by default. */
  readonly orphanTimeout?: number;
  /** The endpoint's own. Absent: every caller may do everything. */
  readonly authorization?: Authorization;
  /** Whoever started a session may resume and end it unless a policy denies it; true by default. */
  readonly ownersMayResume?: boolean;
  readonly sessionEvents?: SessionEvents;
  /** Where the output of a session is; absent: nobody knows. */
  readonly outputUrls?: FindOutputUrls;
  /** Ends live sessions whose owner loses the permission. Absent: they live on, as on AWS. */
  readonly livePermissions?: LivePermissions;
}

/** Session Manager and its message gateway. */
export interface SessionServices {
  readonly service: Service;
  readonly routes: readonly RestRoute[];
  readonly upgrades: readonly UpgradeRoute[];
  readonly sessions: Sessions;
  /** A session that was started with logging; for those who keep its record. */
  readonly recorded: (sessionId: string) => Promise<RecordedSession | undefined>;
  /** Those that ended behind `after` and up to `until`, the oldest first; milliseconds since the epoch. */
  readonly endedRecorded: (after: number, until: number, limit: number) => Promise<readonly EndedSession[]>;
  /** Takes up the sessions of a former process. Call before the endpoint listens. */
  start(): Promise<void>;
  /** Closes every channel; the sessions stay, and go on with the next process. */
  stop(): Promise<void>;
}

export function createSessionServices(options: SessionServicesOptions): SessionServices {
  const { database, environment, log, sessionEvents, livePermissions } = options;
  const store = new SessionStore(database);
  const tokens = new SessionTokens(database, environment);
  const events = sessionEvents && new SessionEventWriter(sessionEvents, log);
  const ledger = new StoredLedger(store, tokens, environment, log, events);
  const gateway = new Gateway({
    ledger,
    environment,
    log,
    timeouts: {
      idleTimeout: options.idleTimeout ?? DEFAULT_IDLE_TIMEOUT,
      orphanTimeout: options.orphanTimeout ?? DEFAULT_ORPHAN_TIMEOUT,
    },
  });
  const sessions = new StoredSessions({ store, tokens, ledger, gateway, environment, log, events });
  const watch =
    livePermissions &&
    new PermissionWatch({
      active: () => store.active(),
      terminate: (sessionId, output) => sessions.terminate(sessionId, output),
      permissions: livePermissions,
      log,
    });
  const isConnected = (target: string): boolean => gateway.isConnected(target);
  const chores = [
    everyNow(environment, SWEEP_INTERVAL, () => {
      gateway.sweep();
      ledger.retry();
      watch?.look();
    }),
    everyNow(environment, PRUNE_INTERVAL, () => {
      void prune(store, tokens, environment).catch((error: unknown) => {
        log.warn({ error }, 'old sessions could not be deleted; check the disk of the state');
      });
    }),
  ];
  return {
    service: ssmService({
      store,
      sessions,
      targets: options.targets,
      isConnected,
      authorization: options.authorization,
      ownersMayResume: options.ownersMayResume ?? true,
      outputUrls: options.outputUrls,
    }),
    routes: gateway.routes,
    upgrades: gateway.upgrades,
    sessions,
    recorded: async (sessionId) => recordedSession(await store.find(sessionId)),
    endedRecorded: async (after, until, limit) => endedRecorded(await store.endedRecorded(after, until, limit)),
    async start() {
      gateway.restore(await store.active());
      for (const chore of chores) chore.start();
    },
    async stop() {
      for (const chore of chores) chore.stop();
      await watch?.idle();
      gateway.stop();
      await ledger.flush();
    },
  };
}

async function prune(store: SessionStore, tokens: SessionTokens, environment: SessionEnvironment): Promise<void> {
  await tokens.prune();
  await store.prune(environment.now() - HISTORY_LIFETIME);
}

/** Does its work at once when started, and then again and again. */
function everyNow(
  environment: SessionEnvironment,
  interval: number,
  work: () => void,
): { start(): void; stop(): void } {
  let timer: { cancel(): void } | undefined;
  const turn = (): void => {
    timer = environment.after(interval, turn);
    work();
  };
  return { start: turn, stop: () => timer?.cancel() };
}
