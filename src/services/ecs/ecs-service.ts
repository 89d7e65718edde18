import type { AccessQuestion, Authorization } from '../../platform/aws/access.js';
import type { Service, UpgradeRoute } from '../../platform/aws/service.js';
import type { Database } from '../../platform/store/database.js';
import { Limits, type LimitsOption } from '../limits.js';
import type { ServiceRoles } from '../role-credentials.js';
import { Network, type VpcConfiguration } from '../network.js';
import type { AskedSession } from '../session-conditions.js';
import type { Sessions, Targets } from '../session-ports.js';
import { EcsArns } from './arns.js';
import { type ContainerInstance, instanceLaunchType } from './container-instance.js';
import { requireMayOfferFargate, requireOwnInstances } from './access/own-instance.js';
import { containerInstanceStore } from './container-instance-store.js';
import { ecsError } from './ecs-error.js';
import type { EcsParts } from './ecs-parts.js';
import { HOST_LOST_MS, HostLoss } from './host-loss.js';
import { HostReports } from './host-reports.js';
import { Hosts } from './hosts.js';
import { Housekeeping } from './housekeeping.js';
import { Identifiers } from './identifiers.js';
import { InstanceCapacity } from './instance-capacity.js';
import { ECS_TARGET_PREFIX, ECS_VERSION, ecsOperations } from './operations.js';
import type { Clock, EcsSettings, Log, RandomBytes, SessionKeys, Timers } from './ports.js';
import { RECORD_DEFAULTS, type RecordDefaults } from './recording-settings.js';
import { ServiceScheduler } from './service-scheduler.js';
import { ServiceTasks } from './service-tasks.js';
import { sessionQuestion } from './session-question.js';
import { EcsTargets } from './targets.js';
import { TaskChanges } from './task-changes.js';
import { TaskCredentials } from './task-credentials.js';
import { TaskDispatch } from './task-dispatch.js';

export { ecsMigrations } from './migrations.js';

/** Sessions per container: AWS's quota today (ecs-api 4.4). */
export const DEFAULT_SESSION_LIMIT = 1000;
/** Travels as a number: hosts are told it too. */
const NO_SESSION_LIMIT = Number.MAX_SAFE_INTEGER;

export interface EcsServiceOptions extends Omit<
  EcsSettings,
  'sessionLimit' | 'hostLostMs' | 'recordDefaults' | 'limits'
> {
  readonly limits: LimitsOption;
  readonly database: Database;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomBytes;
  readonly log: Log;
  /** Default: {@link DEFAULT_SESSION_LIMIT}. Does not count where that limit is open. */
  readonly sessionLimit?: number;
  /** Default: {@link HOST_LOST_MS}. */
  readonly hostLostMs?: number;
  /** Default: {@link RECORD_DEFAULTS}. */
  readonly recordDefaults?: Partial<RecordDefaults>;
  /** Absent: subnets and security groups of any id of AWS's form are there; with one, only its own. */
  readonly vpc?: VpcConfiguration | undefined;
  /** Absent: every caller may do everything. */
  readonly authorization?: Authorization;
  /** Absent: a cluster's kmsKeyId is passed on unseen. */
  readonly sessionKeys?: SessionKeys;
  /** Absent: tasks get no credentials, and no role is looked at. */
  readonly roles?: ServiceRoles;
}

export interface EcsService {
  readonly service: Service;
  readonly upgrades: readonly UpgradeRoute[];
  readonly targets: Targets;
  /** What whoever has this session must be allowed: for looking again while it lives. Undefined: no container's. */
  sessionQuestion(target: string, asked: AskedSession): Promise<AccessQuestion | undefined>;
  /** Container instances of launch type EC2 that are registered, of all clusters. */
  instances(): Promise<readonly ContainerInstance[]>;
  /** Takes up what the store holds; hosts may connect from now on. */
  start(): Promise<void>;
  /** Closes hosts' connections and finishes what is under way. The store keeps the rest. */
  stop(): Promise<void>;
  /** Resolves when nothing is left to do at this moment. */
  idle(): Promise<void>;
}

/** Amazon ECS, as far as ECS Exec needs it, and the line to container hosts. */
export function createEcsService(options: EcsServiceOptions): EcsService {
  const { database, sessions, clock, timers, log, roles } = options;
  const limits = Limits.of(options.limits);
  const settings: EcsSettings = {
    accountId: options.accountId,
    region: options.region,
    partition: options.partition,
    limits,
    sessionLimit: limits.isOpen('session-limit') ? NO_SESSION_LIMIT : (options.sessionLimit ?? DEFAULT_SESSION_LIMIT),
    hostLostMs: options.hostLostMs ?? HOST_LOST_MS,
    recordDefaults: { ...RECORD_DEFAULTS, ...options.recordDefaults },
  };
  const arns = new EcsArns(settings);
  const ids = new Identifiers(options.random);
  const network = new Network({ ...settings, vpc: options.vpc });

  let stopping = false;
  // Changes wake the scheduler and the dispatcher, both of which make changes: hence the functions.
  const changes: TaskChanges = new TaskChanges({
    clock,
    log,
    sessions,
    wakeService: (serviceArn) => scheduler.wake(serviceArn),
    place: () => dispatch.place(),
    deliver: (tasks) => dispatch.deliver(tasks),
  });
  const reports = new HostReports({ database, changes, network, log });
  const hosts: Hosts = new Hosts({
    clock,
    timers,
    log,
    messageId: () => ids.uuid(),
    requireOwn: async (arn, context) => {
      if (arn === undefined) requireMayOfferFargate(context, 'ecs:Poll');
      else await requireOwnInstances(database, context, 'ecs:Poll', [arn]);
    },
    registered: async (arn) => {
      const instance = await containerInstanceStore.find(database, arn);
      return instance !== undefined && instance.status !== 'INACTIVE';
    },
    manifest: (host, taskArns) => dispatch.manifest(host, taskArns),
    report: (host, report) => reports.take(host, report),
    changed: (host) => {
      if (stopping) return;
      if (!hosts.isReady(host)) loss.watch(host);
      dispatch.place();
      scheduler.wakeAll().catch((error: unknown) => log.error({ err: error }, 'services not woken'));
    },
  });
  const { hostLostMs: lostAfterMs } = settings;
  const loss: HostLoss = new HostLoss({ database, hosts, changes, clock, timers, log, lostAfterMs });
  const capacity = new InstanceCapacity({
    isConnected: (containerInstanceArn) => hosts.isReady(containerInstanceArn),
    random: (bound) => ids.below(Math.min(bound, 256)),
    // Of a VPC that nobody has described no subnet was put anywhere.
    zoneOf: (subnetId) => (network.isStrict ? network.subnet(subnetId)?.zone.name : undefined),
  });
  const dispatch: TaskDispatch = new TaskDispatch({
    database,
    hosts,
    changes,
    credentials: new TaskCredentials(roles, clock),
    ids,
    network,
    settings,
    clock,
    log,
  });
  const tasks = new ServiceTasks({ arns, ids, network, clock, capacity, roles });
  const scheduler: ServiceScheduler = new ServiceScheduler({ database, changes, tasks, ids, clock, timers, log });
  const housekeeping = new Housekeeping({ database, loss, dispatch, scheduler, clock, timers, log });

  const parts: EcsParts = {
    database,
    settings,
    arns,
    ids,
    network,
    clock,
    hosts,
    capacity,
    changes,
    scheduler,
    sessions,
    authorization: options.authorization ?? { require: () => Promise.resolve() },
    sessionKeys: options.sessionKeys,
    roles: options.roles,
  };

  async function idle(): Promise<void> {
    await loss.idle();
    await reports.idle();
    await dispatch.idle();
    await scheduler.idle();
    await dispatch.idle();
  }

  return {
    service: {
      name: 'ecs',
      protocol: 'json-1.1',
      targetPrefix: ECS_TARGET_PREFIX,
      version: ECS_VERSION,
      operations: ecsOperations(parts),
      missingMember: (path) => ecsError.required(path),
    },
    upgrades: [hosts.route],
    targets: new EcsTargets({ database, arns, settings }),
    sessionQuestion: (target, asked) => sessionQuestion(parts, target, asked),
    async instances() {
      const registered = await containerInstanceStore.registered(database);
      return registered.filter((instance) => instanceLaunchType(instance) === 'EC2');
    },
    async start() {
      await housekeeping.run();
      housekeeping.start();
    },
    async stop() {
      stopping = true;
      await housekeeping.stop();
      await loss.stop();
      hosts.closeAll();
      await reports.idle();
      await scheduler.stop();
      await dispatch.stop();
    },
    idle,
  };
}
