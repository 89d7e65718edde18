import type {
  AgentServiceMessage,
  PublishHealthRequest,
  TaskNetworkMessage,
  TaskPayload,
  TaskRoleCredentials,
} from '../../core/protocol/agent-service.js';
import type { Runtime } from '../../platform/runtime/runtime.js';
import type { AgentHost } from '../agent-host.js';
import type { RoleType } from '../host/host-connection.js';
import type { TaskStateChange } from '../host/state-reports.js';
import { causeOf } from '../log.js';
import { heldBy } from '../metadata/caller-check.js';
import type { Seat } from '../metadata/task-endpoint.js';
import type { TaskFacts } from '../metadata/task-metadata.js';
import type { AccessAs } from '../role/role-access.js';
import { TaskRole } from '../role/task-role.js';
import { ChangeSignal } from './change-signal.js';
import type { OpenContainerLog } from './container-output.js';
import type { TaskServing } from './given-environment.js';
import { DependencyError, startInOrder } from './start-order.js';
import { stopInOrder } from './stop-order.js';
import { TaskContainer } from './task-container.js';
import { TaskPlace } from './task-place.js';

/** Text of ECS for the task's stoppedReason. */
export const ESSENTIAL_EXITED = 'Essential container in task exited';

export interface TaskOptions {
  readonly host: AgentHost;
  readonly payload: TaskPayload;
  readonly runtimes: readonly Runtime[];
  readonly openContainerLog?: OpenContainerLog;
  readonly execOnReadonlyRoot: boolean;
  /** Absent: what is done for a task is done as the host, whatever its role. */
  readonly accessAs?: AccessAs;
  readonly serving?: TaskServing;
  report(state: TaskStateChange): void;
  /** What health checks say has changed. */
  reportHealth(health: TaskHealth): void;
  /** The task has a network of its own. */
  reportNetwork(network: TaskNetwork): void;
}

export type TaskHealth = PublishHealthRequest['message'];
export type TaskNetwork = TaskNetworkMessage['message'];

/**
 * One task on this host: starts its containers in the order of the definition, reports each change, and ends as a
 * whole when an essential container does.
 */
export class Task {
  readonly #options: TaskOptions;
  readonly #containers: readonly TaskContainer[];
  readonly #role: TaskRole | undefined;
  readonly #executionRole: TaskRole | undefined;
  readonly #seat: Seat | undefined;
  readonly #place: TaskPlace;
  readonly #changes = new ChangeSignal();
  #network: TaskNetwork | undefined;
  #status: 'PENDING' | 'RUNNING' | 'STOPPED' = 'PENDING';
  #reason: string | undefined;
  #stopping: Promise<void> | undefined;
  #starting: Promise<void> = Promise.resolve();
  #pullStartedAt: number | undefined;
  #pullStoppedAt: number | undefined;
  #executionStoppedAt: number | undefined;

  constructor(options: TaskOptions) {
    this.#options = options;
    const { host, payload, runtimes, openContainerLog, execOnReadonlyRoot, accessAs, serving } = options;
    this.#role = payload.roleCredentials === undefined ? undefined : new TaskRole(payload.roleCredentials);
    this.#seat =
      this.#role &&
      serving?.endpoint.addRole(
        this.#role,
        payload.arn,
        heldBy(() => this.#hostPids()),
      );
    const execution = payload.executionRoleCredentials;
    this.#executionRole = execution && new TaskRole(execution);
    this.#place = new TaskPlace({
      task: payload,
      runtimes,
      log: host.log,
      ...(serving === undefined ? {} : { serving }),
      network: ({ privateIpv4Address, macAddress }) => {
        this.#network = { taskArn: payload.arn, privateIpv4Address, ...(macAddress !== undefined && { macAddress }) };
        options.reportNetwork(this.#network);
      },
    });
    const access = this.#role && accessAs?.(this.#role.credentials);
    this.#containers = payload.containers.map(
      (container) =>
        new TaskContainer({
          host: access === undefined ? host : { ...host, ...access },
          task: payload,
          payload: container,
          place: this.#place,
          execOnReadonlyRoot,
          roleEnvironment: this.#seat?.environment ?? {},
          taskFacts: () => this.#facts,
          taskStats: () => this.#stats(),
          ...(serving === undefined ? {} : { serving }),
          ...(openContainerLog === undefined ? {} : { openContainerLog }),
          ...(this.#executionRole && { executionRole: this.#executionRole.credentials }),
          changed: () => this.#changed(),
          healthChanged: () => this.#healthChanged(),
          exited: () => this.#containerExited(container.essential),
        }),
    );
  }

  get arn(): string {
    return this.#options.payload.arn;
  }

  get status(): 'PENDING' | 'RUNNING' | 'STOPPED' {
    return this.#status;
  }

  /** The state as it is reported. */
  get state(): TaskStateChange {
    const { payload } = this.#options;
    const managedAgents = this.#containers
      .map(({ managedAgent }) => managedAgent)
      .filter((agent) => agent !== undefined);
    return {
      cluster: payload.clusterArn,
      task: payload.arn,
      status: this.#status,
      containers: this.#containers.map(({ state }) => state),
      managedAgents,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
      ...(this.#pullStartedAt === undefined ? {} : { pullStartedAt: this.#pullStartedAt }),
      ...(this.#pullStoppedAt === undefined ? {} : { pullStoppedAt: this.#pullStoppedAt }),
      ...(this.#executionStoppedAt === undefined ? {} : { executionStoppedAt: this.#executionStoppedAt }),
    };
  }

  /** New credentials of its role. A task that was started without any has nobody who would ask for them. */
  renew(credentials: TaskRoleCredentials, roleType: RoleType): void {
    (roleType === 'TaskExecution' ? this.#executionRole : this.#role)?.renew(credentials);
  }

  /** What has been said of it beside its state, to be said again on a new connection. */
  facts(): readonly AgentServiceMessage[] {
    const health = this.#health;
    return [
      ...(this.#network === undefined ? [] : [{ type: 'TaskNetworkMessage' as const, message: this.#network }]),
      ...(health === undefined ? [] : [{ type: 'PublishHealthRequest' as const, message: health }]),
    ];
  }

  start(): void {
    this.#starting = this.#start();
  }

  /**
   * Stops every container and reports STOPPED, with the reason of the first call. `limitMs` shortens the containers'
   * own stopTimeout, also that of a stop already under way.
   */
  stop(limitMs = Number.POSITIVE_INFINITY, reason?: string): Promise<void> {
    if (this.#stopping === undefined) {
      this.#reason = reason;
      this.#stopping = this.#stop(limitMs);
      this.#changes.raise();
    } else if (limitMs !== Number.POSITIVE_INFINITY) {
      void this.#stopContainers(limitMs);
    }
    return this.#stopping;
  }

  /** What a container of this task wrote last. */
  tail(containerName: string): Uint8Array | undefined {
    return this.#containers.find(({ payload }) => payload.name === containerName)?.tail();
  }

  /** Resolves when the sessions of a stopped task have been completed, or could not be in time. */
  async farewell(): Promise<void> {
    await Promise.all(this.#containers.map((container) => container.farewell()));
  }

  async #start(): Promise<void> {
    this.#pullStartedAt = this.#seconds();
    try {
      await startInOrder({
        containers: this.#containers,
        clock: this.#options.host.clock,
        changed: () => this.#changes.next(),
        stopping: () => this.#stopping !== undefined,
        waiting: () => this.#options.report(this.state),
      });
    } catch (error) {
      // The task ends after this function has returned: the stop waits for it.
      void this.stop(undefined, this.#startFailure(error));
      return;
    }
    if (this.#stopping !== undefined) return;
    this.#pullStoppedAt = this.#seconds();
    this.#status = 'RUNNING';
    this.#options.report(this.state);
    this.#healthChanged();
  }

  #startFailure(error: unknown): string {
    const { log } = this.#options.host;
    log.warn({ task: this.arn, cause: causeOf(error) }, 'task not started');
    if (error instanceof DependencyError) {
      const container = this.#containers.find(({ payload }) => payload.name === error.container);
      container?.cannotStart(error.message);
      return error.message;
    }
    const failed = this.#containers.find(({ status, state }) => status === 'STOPPED' && state.exitCode === undefined);
    return failed?.state.reason ?? causeOf(error);
  }

  async #stop(limitMs: number): Promise<void> {
    await this.#starting;
    await this.#stopContainers(limitMs);
    this.#executionStoppedAt = this.#seconds();
    // Who waits for the end of a task finds all that it said.
    await Promise.all(this.#containers.map((container) => container.logged()));
    await this.#place.release();
    this.#status = 'STOPPED';
    this.#seat?.forget();
    this.#options.report(this.state);
  }

  async #stopContainers(limitMs: number): Promise<void> {
    await stopInOrder(this.#containers, limitMs);
  }

  #containerExited(essential: boolean): void {
    this.#changed();
    if (essential || this.#containers.every(({ status }) => status === 'STOPPED')) {
      void this.stop(undefined, essential ? ESSENTIAL_EXITED : undefined);
    }
  }

  get #facts(): TaskFacts {
    return {
      payload: this.#options.payload,
      status: this.#status,
      stopping: this.#stopping !== undefined,
      ...(this.#pullStartedAt === undefined ? {} : { pullStartedAt: this.#pullStartedAt }),
      ...(this.#pullStoppedAt === undefined ? {} : { pullStoppedAt: this.#pullStoppedAt }),
      ...(this.#executionStoppedAt === undefined ? {} : { executionStoppedAt: this.#executionStoppedAt }),
      containers: this.#containers.map(({ facts }) => facts),
    };
  }

  /** By runtime id. */
  async #stats(): Promise<Readonly<Record<string, unknown>>> {
    const entries = this.#containers.map(async (container) => [container.facts.runtimeId, await container.stats()]);
    return Object.fromEntries((await Promise.all(entries)).filter(([id]) => id !== undefined)) as Record<
      string,
      unknown
    >;
  }

  /** Undefined when a runtime cannot tell whose processes are whose. */
  async #hostPids(): Promise<readonly number[] | undefined> {
    const all = await Promise.all(this.#containers.map((container) => container.hostPids()));
    return all.includes(undefined) ? undefined : all.flatMap((pids) => pids ?? []);
  }

  #changed(): void {
    this.#changes.raise();
    if (this.#status === 'RUNNING') this.#options.report(this.state);
  }

  #healthChanged(): void {
    this.#changes.raise();
    const health = this.#health;
    if (health !== undefined) this.#options.reportHealth(health);
  }

  /** Undefined: no container has a check. */
  get #health(): TaskHealth | undefined {
    const containers = this.#containers.flatMap(({ payload, health }) =>
      health === undefined ? [] : [{ containerName: payload.name, healthStatus: health }],
    );
    return containers.length === 0 ? undefined : { taskArn: this.arn, containers };
  }

  #seconds(): number {
    return this.#options.host.clock.now() / 1000;
  }
}
