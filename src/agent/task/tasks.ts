import type { AgentServiceMessage, TaskPayload, TaskRoleCredentials } from '../../core/protocol/agent-service.js';
import type { Runtime } from '../../platform/runtime/runtime.js';
import type { AgentHost } from '../agent-host.js';
import { within } from '../clock.js';
import { causeOf } from '../log.js';
import type { HostTasks, RoleType } from '../host/host-connection.js';
import type { TaskStateChange } from '../host/state-reports.js';
import type { AccessAs } from '../role/role-access.js';
import type { OpenContainerLog } from './container-output.js';
import type { TaskServing } from './given-environment.js';
import type { KeptTask, KeptTasks } from './kept-task.js';
import { taskIdOf } from './runtime-id.js';
import { NOT_SURVIVED } from './task-container.js';
import type { FoundTask } from './task-place.js';
import { Task } from './task.js';

/** How long a stopping agent waits for the sessions of a task: a client may be away, or the endpoint. */
export const LAST_SESSIONS_MS = 5_000;
/** Ended tasks whose last state is remembered, so that a late or repeated payload does not start them again. */
export const MAX_REMEMBERED_TASKS = 1_000;

export interface TasksOptions {
  readonly host: AgentHost;
  readonly runtimes: readonly Runtime[];
  readonly openContainerLog?: OpenContainerLog;
  readonly accessAs?: AccessAs;
  readonly serving?: TaskServing;
  readonly kept?: KeptTasks;
  report(state: TaskStateChange): void;
  say(fact: AgentServiceMessage): void;
}

/** The tasks of this host. */
export class Tasks implements HostTasks {
  readonly #options: TasksOptions;
  readonly #tasks = new Map<string, Task>();
  readonly #ended = new Map<string, TaskStateChange>();
  /** Of an earlier agent, with which they have ended; held until that is taken. */
  readonly #lost = new Map<string, TaskStateChange>();
  #closed = false;

  constructor(options: TasksOptions) {
    this.#options = options;
  }

  held(): readonly string[] {
    return [...this.#tasks.keys(), ...this.#lost.keys()];
  }

  facts(): readonly AgentServiceMessage[] {
    return [...this.#tasks.values()].flatMap((task) => task.facts());
  }

  /** Takes on the tasks of an earlier agent: `found` has what runtimes found of them, by the task's id. */
  async restore(kept: readonly KeptTask[], found: ReadonlyMap<string, readonly FoundTask[]>): Promise<void> {
    for (const one of kept) {
      const { arn } = one.payload;
      const parts = found.get(taskIdOf(arn));
      if (parts === undefined || one.status === 'STOPPED') {
        const state = lastState(one);
        this.#lost.set(arn, state);
        this.#options.report(state);
      } else {
        const task = new Task({ ...this.#options, payload: one.payload });
        this.#tasks.set(arn, task);
        await task.adopt(one, parts);
        this.#options.host.log.info({ task: arn, status: task.status }, 'task adopted');
      }
    }
  }

  apply(payloads: readonly TaskPayload[]): void {
    for (const payload of payloads) {
      const task = this.#tasks.get(payload.arn);
      const ended = this.#lost.get(payload.arn) ?? this.#ended.get(payload.arn);
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
    const state = this.#lost.get(taskArn) ?? (task?.status === 'STOPPED' ? task.state : undefined);
    if (state === undefined) return;
    this.#tasks.delete(taskArn);
    this.#lost.delete(taskArn);
    void this.#forget(taskArn);
    this.#ended.set(taskArn, state);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > MAX_REMEMBERED_TASKS && oldest !== undefined) this.#ended.delete(oldest);
  }

  /** Stops every task, each of its containers within `limitMs`, and starts no more. */
  async stop(limitMs: number): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#tasks.values()].map((task) => this.#stop(task, limitMs)));
  }

  /**
   * The agent goes: what can run on without it does, and is the next one's; everything else is stopped as by
   * {@link stop}.
   */
  async leave(limitMs: number): Promise<void> {
    this.#closed = true;
    const left = [...this.#tasks.values()].filter(({ outlives }) => outlives);
    const stopped = [...this.#tasks.values()].filter((task) => !left.includes(task));
    await Promise.all([...left.map((task) => task.leave()), ...stopped.map((task) => this.#stop(task, limitMs))]);
  }

  /** What a container of a task that is still held wrote last. */
  tail(taskArn: string, containerName: string): Uint8Array | undefined {
    return this.#tasks.get(taskArn)?.tail(containerName);
  }

  async #stop(task: Task, limitMs: number): Promise<void> {
    await task.stop(limitMs);
    await within(this.#options.host.clock, LAST_SESSIONS_MS, task.farewell(), undefined);
  }

  async #forget(taskArn: string): Promise<void> {
    const { kept, host } = this.#options;
    await kept?.remove(taskArn).catch((error: unknown) => {
      host.log.warn({ task: taskArn, cause: causeOf(error) }, 'what was kept of a task is not removed');
    });
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

/** Of a task that ended with the agent before, or that had ended and of which nobody was told. */
function lastState({ payload, status, reason, containers, ...times }: KeptTask): TaskStateChange {
  const survived = status === 'STOPPED';
  const why = survived ? reason : NOT_SURVIVED;
  const { pullStartedAt, pullStoppedAt, executionStoppedAt } = times;
  return {
    cluster: payload.clusterArn,
    task: payload.arn,
    status: 'STOPPED',
    ...(why !== undefined && { reason: why }),
    containers: containers.map((container) => {
      const { name, runtimeId, exitCode } = container;
      const said = container.status === 'STOPPED' ? container.reason : NOT_SURVIVED;
      return {
        containerName: name,
        status: 'STOPPED',
        ...(runtimeId !== undefined && { runtimeId }),
        ...(exitCode !== undefined && { exitCode }),
        ...(said !== undefined && { reason: said }),
      };
    }),
    managedAgents: payload.enableExecuteCommand
      ? containers.map(({ name }) => ({
          containerName: name,
          managedAgentName: 'ExecuteCommandAgent',
          status: 'STOPPED',
          reason: 'Received Container Stopped event',
        }))
      : [],
    ...(pullStartedAt !== undefined && { pullStartedAt }),
    ...(pullStoppedAt !== undefined && { pullStoppedAt }),
    ...(executionStoppedAt !== undefined && { executionStoppedAt }),
  };
}
