import type { AgentServiceMessage, TaskPayload, TaskRoleCredentials } from '../../core/protocol/agent-service.js';
import { StartGivenUp, type Runtime } from '../../platform/runtime/runtime.js';
import type { AgentHost } from '../agent-host.js';
import type { RoleType } from '../host/host-connection.js';
import type { TaskStateChange } from '../host/state-reports.js';
import { causeOf } from '../log.js';
import { heldBy } from '../metadata/caller-check.js';
import type { AccessAs } from '../role/role-access.js';
import { ChangeSignal } from './change-signal.js';
import type { OpenContainerLog } from './container-output.js';
import type { TaskServing } from './given-environment.js';
import type { KeptTask, KeptTasks } from './kept-task.js';
import { DependencyError, startInOrder } from './start-order.js';
import { stopInOrder } from './stop-order.js';
import { TaskContainer } from './task-container.js';
import { TaskPlace, type FoundTask } from './task-place.js';
import { TaskRoles } from './task-roles.js';
import {
  factsOfTask,
  hostPidsOf,
  healthOfTask,
  keptOfTask,
  networkOfTask,
  stateOfTask,
  statsOf,
  type TaskTimes,
  type TaskView,
} from './task-view.js';

/** Text of ECS for the task's stoppedReason. */
export const ESSENTIAL_EXITED = 'Essential container in task exited';

export interface TaskOptions {
  readonly host: AgentHost;
  readonly payload: TaskPayload;
  readonly runtimes: readonly Runtime[];
  readonly openContainerLog?: OpenContainerLog;
  /** Absent: what is done for a task is done as the host, whatever its role. */
  readonly accessAs?: AccessAs;
  readonly serving?: TaskServing;
  /** Where it is kept beyond this agent's life; absent: nowhere. */
  readonly kept?: KeptTasks;
  /** Its state has changed. */
  report(state: TaskStateChange): void;
  /** Something else has: health, or a network of its own. Lost while there is no connection. */
  say(fact: AgentServiceMessage): void;
}

/**
 * One task on this host: starts its containers in the order of their conditions, reports each change, and ends as a
 * whole when an essential container does.
 */
export class Task {
  readonly #options: TaskOptions;
  readonly #containers: readonly TaskContainer[];
  readonly #roles: TaskRoles;
  readonly #place: TaskPlace;
  readonly #changes = new ChangeSignal();
  /** Aborted when it is stopped, or left. */
  readonly #unwanted = new AbortController();
  #status: 'PENDING' | 'RUNNING' | 'STOPPED' = 'PENDING';
  #reason: string | undefined;
  #times: TaskTimes = {};
  #stopping: Promise<void> | undefined;
  #starting: Promise<void> = Promise.resolve();
  #left = false;

  constructor(options: TaskOptions) {
    this.#options = options;
    const { host, payload, runtimes, openContainerLog, accessAs, serving } = options;
    const roles = new TaskRoles(
      payload,
      serving,
      heldBy(() => hostPidsOf(this.#containers)),
    );
    this.#roles = roles;
    this.#place = new TaskPlace({
      task: payload,
      runtimes,
      log: host.log,
      ...(serving && { serving }),
      network: () => this.#say(networkOfTask(this.#view)),
    });
    const access = roles.own && accessAs?.(roles.own.credentials);
    this.#containers = payload.containers.map(
      (container) =>
        new TaskContainer({
          host: access === undefined ? host : { ...host, ...access },
          task: payload,
          payload: container,
          place: this.#place,
          unwanted: this.#unwanted.signal,
          roleEnvironment: roles.environment,
          taskFacts: () => factsOfTask(this.#view),
          taskStats: () => statsOf(this.#containers),
          ...(serving && { serving }),
          ...(openContainerLog && { openContainerLog }),
          ...(roles.execution && { executionRole: roles.execution.credentials }),
          naming: () => this.#keep(),
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
    return stateOfTask(this.#view);
  }

  /** New credentials of its role. */
  renew(credentials: TaskRoleCredentials, roleType: RoleType): void {
    this.#roles.renew(credentials, roleType);
    void this.#keep();
  }

  /** What has been said of it beside its state, to be said again on a new connection. */
  facts(): readonly AgentServiceMessage[] {
    return [networkOfTask(this.#view), healthOfTask(this.#view)].filter((fact) => fact !== undefined);
  }

  start(): void {
    this.#times = { pullStartedAt: this.#seconds() };
    this.#starting = this.#start();
  }

  /** Goes on with a task of an earlier agent, of which some containers may be left. */
  async adopt(kept: KeptTask, found: readonly FoundTask[]): Promise<void> {
    const { pullStartedAt = this.#seconds(), pullStoppedAt, executionStoppedAt } = kept;
    this.#times = {
      pullStartedAt,
      ...(pullStoppedAt !== undefined && { pullStoppedAt }),
      ...(executionStoppedAt !== undefined && { executionStoppedAt }),
    };
    await this.#place.adopt(found);
    for (const container of this.#containers) {
      const known = kept.containers.find(({ name }) => name === container.payload.name);
      if (known !== undefined) container.adopt(known, this.#place.take(known.runtimeId));
    }
    await this.#place.removeRest();
    if (kept.status === 'RUNNING') this.#status = 'RUNNING';
    if (kept.stopping) return void this.stop(undefined, kept.reason);
    const ended = this.#containers.filter(({ status }) => status === 'STOPPED');
    if (ended.some(({ payload }) => payload.essential)) return void this.stop(undefined, ESSENTIAL_EXITED);
    if (ended.length === this.#containers.length) return void this.stop();
    if (this.#status === 'RUNNING') this.#changed();
    else this.#starting = this.#start();
  }

  /**
   * Stops every container and reports STOPPED, with the reason of the first call. `limitMs` shortens the containers'
   * own stopTimeout, also that of a stop already under way.
   */
  stop(limitMs = Number.POSITIVE_INFINITY, reason?: string): Promise<void> {
    if (this.#stopping === undefined) {
      this.#reason = reason;
      this.#unwanted.abort();
      this.#stopping = this.#stop(limitMs);
      this.#changes.raise();
    } else if (limitMs !== Number.POSITIVE_INFINITY) {
      void stopInOrder(this.#containers, limitMs);
    }
    return this.#stopping;
  }

  /** Whether its containers can go on without this agent. */
  get outlives(): boolean {
    return this.#stopping === undefined && this.#place.outlives;
  }

  /** The agent goes, its containers stay. What waits to be started is started by the next one. */
  async leave(): Promise<void> {
    this.#left = true;
    this.#unwanted.abort();
    this.#changes.raise();
    await this.#starting;
    await Promise.all(this.#containers.map((container) => container.leave()));
    await this.#place.leave();
    await this.#keep();
  }

  /** What a container of this task wrote last. */
  tail(containerName: string): Uint8Array | undefined {
    return this.#containers.find(({ payload }) => payload.name === containerName)?.tail();
  }

  /** Resolves when the sessions of a stopped task have been completed, or could not be in time. */
  async farewell(): Promise<void> {
    await Promise.all(this.#containers.map((container) => container.farewell()));
  }

  get #view(): TaskView {
    return {
      payload: { ...this.#options.payload, ...this.#roles.given },
      status: this.#status,
      stopping: this.#stopping !== undefined,
      reason: this.#reason,
      times: this.#times,
      network: this.#place.network,
      containers: this.#containers,
    };
  }

  async #start(): Promise<void> {
    try {
      await startInOrder({
        containers: this.#containers,
        clock: this.#options.host.clock,
        changed: () => this.#changes.next(),
        stopping: () => this.#stopping !== undefined || this.#left,
        waiting: () => this.#report(),
      });
    } catch (error) {
      if (error instanceof StartGivenUp) return;
      // The task ends after this function has returned: the stop waits for it.
      void this.stop(undefined, this.#startFailure(error));
      return;
    }
    if (this.#stopping !== undefined || this.#left) return;
    this.#times = { ...this.#times, pullStoppedAt: this.#seconds() };
    this.#status = 'RUNNING';
    this.#report();
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
    await stopInOrder(this.#containers, limitMs);
    this.#times = { ...this.#times, executionStoppedAt: this.#seconds() };
    // Who waits for the end of a task finds all that it said.
    await Promise.all(this.#containers.map((container) => container.logged()));
    await this.#place.release();
    this.#status = 'STOPPED';
    this.#roles.forget();
    this.#report();
  }

  #containerExited(essential: boolean): void {
    this.#changed();
    if (essential || this.#containers.every(({ status }) => status === 'STOPPED')) {
      void this.stop(undefined, essential ? ESSENTIAL_EXITED : undefined);
    }
  }

  #changed(): void {
    this.#changes.raise();
    if (this.#status === 'RUNNING') this.#report();
    else void this.#keep();
  }

  #healthChanged(): void {
    this.#changes.raise();
    this.#say(healthOfTask(this.#view));
  }

  #say(fact: AgentServiceMessage | undefined): void {
    if (fact !== undefined) this.#options.say(fact);
  }

  #report(): void {
    void this.#keep();
    this.#options.report(this.state);
  }

  /** A task that cannot be kept runs nevertheless; it is lost with its agent. */
  async #keep(): Promise<void> {
    await this.#options.kept?.write(keptOfTask(this.#view)).catch((error: unknown) => {
      this.#options.host.log.warn({ task: this.arn, cause: causeOf(error) }, 'task not kept');
    });
  }

  #seconds(): number {
    return this.#options.host.clock.now() / 1000;
  }
}
