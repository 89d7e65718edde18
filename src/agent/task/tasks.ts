import type { AgentServiceMessage, TaskPayload, TaskRoleCredentials } from '../../core/protocol/agent-service.js';
import type { Runtime } from '../../platform/runtime/runtime.js';
import type { AgentHost } from '../agent-host.js';
import { within } from '../clock.js';
import type { HostTasks, RoleType } from '../host/host-connection.js';
import type { TaskStateChange } from '../host/state-reports.js';
import type { AccessAs } from '../role/role-access.js';
import type { OpenContainerLog } from './container-output.js';
import type { TaskServing } from './given-environment.js';
import { Task, type TaskHealth, type TaskNetwork } from './task.js';

/** How long a stopping agent waits for the sessions of a task: a client may be away, or the endpoint. */
export const LAST_SESSIONS_MS = 5_000;
/** Ended tasks whose last state is remembered, so that a late or repeated payload does not start them again. */
export const MAX_REMEMBERED_TASKS = 1_000;

export interface TasksOptions {
  readonly host: AgentHost;
  readonly runtimes: readonly Runtime[];
  readonly openContainerLog?: OpenContainerLog;
  readonly execOnReadonlyRoot: boolean;
  readonly accessAs?: AccessAs;
  readonly serving?: TaskServing;
  report(state: TaskStateChange): void;
  reportHealth(health: TaskHealth): void;
  reportNetwork(network: TaskNetwork): void;
}

/** The tasks of this host. */
export class Tasks implements HostTasks {
  readonly #options: TasksOptions;
  readonly #tasks = new Map<string, Task>();
  readonly #ended = new Map<string, TaskStateChange>();
  #closed = false;

  constructor(options: TasksOptions) {
    this.#options = options;
  }

  held(): readonly string[] {
    return [...this.#tasks.keys()];
  }

  facts(): readonly AgentServiceMessage[] {
    return [...this.#tasks.values()].flatMap((task) => task.facts());
  }

  apply(payloads: readonly TaskPayload[]): void {
    for (const payload of payloads) {
      const task = this.#tasks.get(payload.arn);
      const ended = this.#ended.get(payload.arn);
      if (task !== undefined) {
        if (payload.desiredStatus === 'STOPPED') void task.stop();
        else {
          const { roleCredentials: own, executionRoleCredentials: execution } = payload;
          if (own !== undefined) task.renew(own, 'TaskApplication');
          if (execution !== undefined) task.renew(execution, 'TaskExecution');
        }
      } else if (ended !== undefined) {
        this.#options.report(ended);
      } else if (payload.desiredStatus === 'STOPPED') {
        this.#options.report(neverStarted(payload));
      } else if (!this.#closed) {
        this.#start(payload);
      }
    }
  }

  renew(taskArn: string, credentials: TaskRoleCredentials, roleType: RoleType): void {
    this.#tasks.get(taskArn)?.renew(credentials, roleType);
  }

  /** The endpoint has taken the end of this task. */
  settled(taskArn: string): void {
    const task = this.#tasks.get(taskArn);
    if (task?.status !== 'STOPPED') return;
    this.#tasks.delete(taskArn);
    this.#ended.set(taskArn, task.state);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > MAX_REMEMBERED_TASKS && oldest !== undefined) this.#ended.delete(oldest);
  }

  /** Stops every task, each of its containers within `limitMs`, and starts no more. */
  async stop(limitMs: number): Promise<void> {
    this.#closed = true;
    await Promise.all(
      [...this.#tasks.values()].map(async (task) => {
        await task.stop(limitMs);
        await within(this.#options.host.clock, LAST_SESSIONS_MS, task.farewell(), undefined);
      }),
    );
  }

  /** What a container of a task that is still held wrote last. */
  tail(taskArn: string, containerName: string): Uint8Array | undefined {
    return this.#tasks.get(taskArn)?.tail(containerName);
  }

  #start(payload: TaskPayload): void {
    const task = new Task({ ...this.#options, payload });
    this.#tasks.set(payload.arn, task);
    task.start();
  }
}

/** A task that was to be stopped before it reached this host. */
function neverStarted(payload: TaskPayload): TaskStateChange {
  return {
    cluster: payload.clusterArn,
    task: payload.arn,
    status: 'STOPPED',
    containers: [],
    managedAgents: [],
  };
}
