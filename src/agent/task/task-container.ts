import type { ContainerPayload, TaskPayload } from '../../core/protocol/agent-service.js';
import {
  StartError,
  StartGivenUp,
  type Container,
  type Exit,
  type HealthStatus,
} from '../../platform/runtime/runtime.js';
import type { ContainerStateChange, ManagedAgentStateChange } from '../host/state-reports.js';
import { causeOf } from '../log.js';
import { containerMetadata, taskMetadata, type ContainerFacts, type TaskFacts } from '../metadata/task-metadata.js';
import { ContainerRun, type ContainerRunOptions } from './container-run.js';
import { factsOf, keptOf, progressOf, stateOf, type ContainerTimes, type ContainerView } from './container-view.js';
import type { ContainerProgress } from './dependency.js';
import type { KeptContainer } from './kept-task.js';
import { ManagedAgent } from './managed-agent.js';
import { RestartPolicy } from './restart-policy.js';
import { runtimeId } from './runtime-id.js';

/** Why a container that ran under an earlier agent is not there any more; the words are ours. */
export const NOT_SURVIVED = 'The container has ended with the agent of its host, or while there was none';

export interface TaskContainerOptions extends Omit<
  ContainerRunOptions,
  'id' | 'payload' | 'served' | 'healthChanged' | 'started' | 'exited'
> {
  readonly task: TaskPayload;
  readonly payload: ContainerPayload;
  /** The task, for the container's metadata. */
  readonly taskFacts: () => TaskFacts;
  readonly taskStats: () => Promise<Readonly<Record<string, unknown>>>;
  /** It is about to get this runtime id; resolves when that is kept. */
  readonly naming: () => Promise<void>;
  /** State or managed agent has changed. */
  readonly changed: () => void;
  /** What its health check says has changed. */
  readonly healthChanged: () => void;
  /** It has ended for good, by itself or stopped. */
  readonly exited: () => void;
}

/** One container of a task with its ExecuteCommandAgent, over all of its runs. */
export class TaskContainer {
  readonly payload: ContainerPayload;
  readonly #options: TaskContainerOptions;
  readonly #agent: ManagedAgent;
  #status: 'PENDING' | 'RUNNING' | 'STOPPED' = 'PENDING';
  #run: ContainerRun | undefined;
  /** Of a container that was started: the one that runs, or that ran last. */
  #runtimeId: string | undefined;
  #restarts: RestartPolicy;
  #restarting: Promise<void> | undefined;
  #stopping = false;
  #exitCode: number | undefined;
  #reason: string | undefined;
  #times: ContainerTimes = {};
  #begunAt: number | undefined;

  constructor(options: TaskContainerOptions) {
    this.#options = options;
    this.payload = options.payload;
    this.#restarts = new RestartPolicy(options.payload.restartPolicy);
    const { host, task, payload, changed } = options;
    this.#agent = new ManagedAgent({ host, task, payload, changed });
  }

  get status(): 'PENDING' | 'RUNNING' | 'STOPPED' {
    return this.#status;
  }

  get state(): ContainerStateChange {
    return stateOf(this.#view);
  }

  /** As it is kept beyond this agent's life. */
  get kept(): KeptContainer {
    return keptOf(this.#view);
  }

  /** When it was asked to start, in milliseconds since the epoch. */
  get begunAt(): number | undefined {
    return this.#begunAt;
  }

  /** What conditions of other containers look at. */
  get progress(): ContainerProgress {
    return progressOf(this.#view);
  }

  /** Undefined: it has no health check, or was never started. */
  get health(): HealthStatus | undefined {
    return this.#run?.health;
  }

  /** What its metadata tell. */
  get facts(): ContainerFacts {
    return factsOf(this.#view);
  }

  get managedAgent(): ManagedAgentStateChange | undefined {
    return this.#agent.state;
  }

  async stats(): Promise<unknown> {
    return (await this.#run?.stats()) ?? null;
  }

  /** Its processes on this machine; undefined when the runtime cannot tell. */
  async hostPids(): Promise<readonly number[] | undefined> {
    return this.#run === undefined ? [] : this.#run.hostPids();
  }

  /** What it wrote last. */
  tail(): Uint8Array | undefined {
    return this.#run?.tail();
  }

  /** Rejects with the reason, in ECS's words, when the container cannot be started. */
  async start(): Promise<void> {
    this.#begunAt = this.#options.host.clock.now();
    try {
      await this.#start();
    } catch (error) {
      // Who did not want it any more says what becomes of it.
      if (error instanceof StartGivenUp) throw error;
      this.cannotStart(error instanceof StartError ? error.message : `CannotStartContainerError: ${causeOf(error)}`);
      throw error;
    }
  }

  /**
   * Goes on where another agent has left off. A container that had not been started, or never came to be, is PENDING.
   */
  adopt(kept: KeptContainer, found: Container | undefined): void {
    const { status, runtimeId: id, exitCode, reason, createdAt, startedAt, finishedAt, restarts } = kept;
    this.#times = {
      ...(createdAt !== undefined && { createdAt }),
      ...(startedAt !== undefined && { startedAt }),
      ...(finishedAt !== undefined && { finishedAt }),
    };
    this.#restarts = new RestartPolicy(this.payload.restartPolicy, restarts);
    if (status === 'STOPPED' || (status === 'RUNNING' && found === undefined)) {
      this.#runtimeId = id;
      this.#status = 'STOPPED';
      this.#exitCode = exitCode;
      this.#reason = status === 'STOPPED' ? reason : NOT_SURVIVED;
      this.#agent.ended();
    } else if (id !== undefined && found !== undefined) {
      const begunAt = startedAt ?? this.#options.host.clock.now();
      this.#begunAt = begunAt;
      this.#runtimeId = id;
      const times = { createdAt: begunAt, startedAt: begunAt, ...this.#times };
      this.#newRun(id, () => times).adopt(found);
    }
  }

  /** It will never run. */
  cannotStart(reason: string): void {
    this.#status = 'STOPPED';
    this.#reason = reason;
    this.#agent.ended();
  }

  /** Resolves when the container is gone; nothing happens when it was never started. */
  async stop(limitMs: number): Promise<void> {
    this.#stopping = true;
    // One that is being started again has to be there before it can be stopped.
    await this.#restarting;
    if (this.#run?.container === undefined) {
      this.#status = 'STOPPED';
      this.#agent.ended();
      return;
    }
    // Also one that has ended: something may be left of it.
    try {
      await this.#run.stop(Math.min(this.payload.stopTimeout * 1000, limitMs));
    } catch (error) {
      this.#options.host.log.error({ container: this.#runtimeId, cause: causeOf(error) }, 'container not stopped');
      this.#reason = `CannotStopContainerError: ${causeOf(error)}`;
      this.#run.lost();
    }
  }

  /** The agent goes, the container stays. Resolves when its sessions have ended and what it wrote is delivered. */
  async leave(): Promise<void> {
    this.#stopping = true;
    await this.#restarting;
    this.#run?.leave();
    await Promise.all([this.#agent.leave(), this.#run?.logged()]);
  }

  /** Resolves when the endpoint knows of the end of every session, or could not be told in time. */
  async farewell(): Promise<void> {
    await this.#agent.farewell();
  }

  /** Resolves when its log has taken all that it wrote, or has given up. */
  async logged(): Promise<void> {
    await this.#run?.logged();
  }

  get #view(): ContainerView {
    return {
      payload: this.payload,
      status: this.#status,
      runtimeId: this.#runtimeId,
      exitCode: this.#exitCode,
      reason: this.#reason,
      times: this.#times,
      restarts: this.#restarts.restarts,
      restartCount: this.#restarts.count,
      run: this.#run,
    };
  }

  async #start(): Promise<void> {
    const { host, task, naming } = this.#options;
    const id = runtimeId(task.arn, (length) => host.environment.randomBytes(length));
    this.#runtimeId = id;
    await naming();
    const createdAt = host.clock.now();
    const run = this.#newRun(id, () => ({ createdAt, startedAt: host.clock.now() }));
    await run.start();
  }

  #newRun(id: string, times: () => ContainerTimes): ContainerRun {
    const run: ContainerRun = new ContainerRun({
      ...this.#options,
      id,
      served: {
        container: () => containerMetadata(this.#options.taskFacts(), this.facts),
        task: (withTags) => taskMetadata(this.#options.taskFacts(), withTags),
        stats: () => this.stats(),
        taskStats: () => this.#options.taskStats(),
      },
      healthChanged: () => this.#options.healthChanged(),
      started: (container) => {
        this.#times = times();
        this.#status = 'RUNNING';
        this.#agent.start(container, run.environment);
      },
      exited: (exit) => this.#runExited(exit),
    });
    this.#run = run;
    return run;
  }

  #runExited(exit: Exit): void {
    const { clock } = this.#options.host;
    const now = clock.now();
    this.#agent.ended();
    this.#times = { ...this.#times, finishedAt: now };
    if (!this.#stopping && this.#restarts.allows(exit.code, this.#times.startedAt ?? now, now)) {
      this.#restarting = this.#restart(exit).finally(() => (this.#restarting = undefined));
    } else {
      this.#ended(exit);
    }
  }

  async #restart(exit: Exit): Promise<void> {
    const { host, changed } = this.#options;
    this.#restarts.restarted(host.clock.now());
    this.#agent.again();
    try {
      // What it wrote before comes before what it writes then.
      await this.#run?.logged();
      await this.#start();
      host.log.info({ container: this.#runtimeId, restarts: this.#restarts.count }, 'container started again');
      changed();
    } catch (error) {
      host.log.warn({ container: this.#runtimeId, cause: causeOf(error) }, 'container not started again');
      this.#agent.ended();
      this.#ended(exit);
    }
  }

  #ended({ code, reason }: Exit): void {
    this.#status = 'STOPPED';
    this.#exitCode = code;
    this.#reason ??= reason;
    this.#options.exited();
  }
}
