import type { ContainerPayload, TaskPayload } from '../../core/protocol/agent-service.js';
import { StartError, type Container, type Exit, type HealthStatus } from '../../platform/runtime/runtime.js';
import type { Credentials } from '../../platform/aws/credentials.js';
import type { AgentHost } from '../agent-host.js';
import { within } from '../clock.js';
import type { ContainerStateChange, ManagedAgentStateChange } from '../host/state-reports.js';
import { causeOf } from '../log.js';
import { heldBy } from '../metadata/caller-check.js';
import { ContainerStats } from '../metadata/container-stats.js';
import type { Seat } from '../metadata/task-endpoint.js';
import { containerMetadata, taskMetadata, type ContainerFacts, type TaskFacts } from '../metadata/task-metadata.js';
import {
  ContainerOutput,
  type ContainerLog,
  type ContainerLogRequest,
  type OpenContainerLog,
} from './container-output.js';
import { containerSpec, environmentOf } from './container-spec.js';
import { givenEnvironment, withDefinition, type TaskServing } from './given-environment.js';
import type { ContainerProgress } from './dependency.js';
import { WatchedHealth } from './container-health.js';
import { ManagedAgent } from './managed-agent.js';
import { runtimeId } from './runtime-id.js';
import type { TaskPlace } from './task-place.js';
import { mountsOf } from './task-volumes.js';

/** How long the end of a task waits for the last output of its containers: a log driver gives up before. */
export const LAST_OUTPUT_MS = 10_000;

export interface TaskContainerOptions {
  /** Acts with the task's role. */
  readonly host: AgentHost;
  readonly task: TaskPayload;
  readonly payload: ContainerPayload;
  readonly place: TaskPlace;
  readonly openContainerLog?: OpenContainerLog;
  /** What the task's execution role signs with; absent: the host does what it would do. */
  readonly executionRole?: () => Promise<Credentials>;
  /** AWS refuses ECS Exec on a read-only root file system, since its agent must write there. */
  readonly execOnReadonlyRoot: boolean;
  /** Absent: the container gets what its definition says and no more. */
  readonly serving?: TaskServing;
  /** Where the role's credentials are; secrets. */
  readonly roleEnvironment: Readonly<Record<string, string>>;
  /** The task, for the container's metadata. */
  taskFacts(): TaskFacts;
  taskStats(): Promise<Readonly<Record<string, unknown>>>;
  /** State or managed agent has changed. */
  changed(): void;
  /** What its health check says has changed. */
  healthChanged(): void;
  /** The container has ended, by itself or stopped. */
  exited(): void;
}

/** One container of a task, from start to exit, with its ExecuteCommandAgent. */
export class TaskContainer {
  readonly payload: ContainerPayload;
  readonly #options: TaskContainerOptions;
  #status: 'PENDING' | 'RUNNING' | 'STOPPED' = 'PENDING';
  #container: Container | undefined;
  #launch: Promise<Container | undefined> = Promise.resolve(undefined);
  #output: ContainerOutput | undefined;
  #exitCode: number | undefined;
  #reason: string | undefined;
  #seat: Seat | undefined;
  #stats: ContainerStats | undefined;
  #times: Pick<ContainerFacts, 'createdAt' | 'startedAt' | 'finishedAt'> = {};
  readonly #health: WatchedHealth;
  #begunAt: number | undefined;
  readonly #agent: ManagedAgent;

  constructor(options: TaskContainerOptions) {
    this.#options = options;
    this.payload = options.payload;
    this.#health = new WatchedHealth(options.payload.settings?.healthCheck);
    const { host, task, payload, execOnReadonlyRoot } = options;
    this.#agent = new ManagedAgent({ host, task, payload, execOnReadonlyRoot, changed: () => options.changed() });
  }

  get status(): 'PENDING' | 'RUNNING' | 'STOPPED' {
    return this.#status;
  }

  get state(): ContainerStateChange {
    return {
      containerName: this.payload.name,
      status: this.#status,
      ...(this.#container === undefined ? {} : { runtimeId: this.#container.id }),
      ...(this.#exitCode === undefined ? {} : { exitCode: this.#exitCode }),
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
      ...(this.#container?.imageDigest === undefined ? {} : { imageDigest: this.#container.imageDigest }),
      ...(this.#container?.networkBindings === undefined ? {} : { networkBindings: this.#container.networkBindings }),
    };
  }

  /** When it was asked to start, in milliseconds since the epoch. */
  get begunAt(): number | undefined {
    return this.#begunAt;
  }

  /** What conditions of other containers look at. */
  get progress(): ContainerProgress {
    const { health } = this;
    return {
      name: this.payload.name,
      status: this.#status,
      ...(this.#exitCode !== undefined && { exitCode: this.#exitCode }),
      ...(health !== undefined && { health }),
    };
  }

  /** Undefined: it has no health check. */
  get health(): HealthStatus | undefined {
    return this.#health.status;
  }

  /** What its metadata tell. */
  get facts(): ContainerFacts {
    return {
      payload: this.payload,
      status: this.#status,
      ...(this.#container === undefined ? {} : { runtimeId: this.#container.id }),
      ...(this.#exitCode === undefined ? {} : { exitCode: this.#exitCode }),
      ...this.#times,
    };
  }

  /** Null where the runtime cannot measure, and before there is anything to measure. */
  async stats(): Promise<unknown> {
    return (await this.#stats?.measure(this.#options.host.clock.now())) ?? null;
  }

  /** Its processes on this machine; undefined when the runtime cannot tell. */
  async hostPids(): Promise<readonly number[] | undefined> {
    // Its command may run, and ask, a moment before the runtime says that it has started.
    const container = await this.#launch.catch(() => undefined);
    return container === undefined ? [] : container.hostPids?.();
  }

  get managedAgent(): ManagedAgentStateChange | undefined {
    return this.#agent.state;
  }

  /** What it wrote last. */
  tail(): Uint8Array | undefined {
    return this.#output?.tail();
  }

  /** Rejects with the reason, in ECS's words, when the container cannot be started. */
  async start(): Promise<void> {
    const { host, task, place, openContainerLog } = this.#options;
    this.#begunAt = host.clock.now();
    const id = runtimeId(task.arn, (length) => host.environment.randomBytes(length));
    const environment = this.#environment();
    let log: ContainerLog | undefined;
    try {
      // First: a container whose log cannot be opened does not start.
      log = await openContainerLog?.(this.#logRequest(id));
      const createdAt = host.clock.now();
      const mounts = mountsOf(this.payload, task);
      const launch = place.start(this.payload.image, (runtime) =>
        containerSpec(id, this.payload, environment, runtime, mounts),
      );
      this.#launch = launch;
      this.#container = await launch;
      this.#times = { createdAt, startedAt: host.clock.now() };
    } catch (error) {
      void log?.close();
      this.#status = 'STOPPED';
      this.#seat?.forget();
      this.#reason = error instanceof StartError ? error.message : `CannotStartContainerError: ${causeOf(error)}`;
      this.#agent.ended();
      throw error;
    }
    this.#output = new ContainerOutput(this.#container, log);
    this.#status = 'RUNNING';
    const container = this.#container;
    const hostPids = container.hostPids?.bind(container);
    if (hostPids !== undefined) this.#stats = new ContainerStats({ name: this.payload.name, id, hostPids });
    void container.exited.then((exit) => this.#exited(exit));
    const as = { user: this.payload.user ?? '', environment, clock: host.clock };
    this.#health.watch(container, as, () => {
      if (this.#status === 'RUNNING') this.#options.healthChanged();
    });
    this.#agent.start(container, environment);
  }

  /** Something that it waits for will never be. */
  cannotStart(reason: string): void {
    this.#status = 'STOPPED';
    this.#reason = reason;
    this.#agent.ended();
  }

  /** Resolves when the container is gone; nothing happens when it was never started. */
  async stop(limitMs: number): Promise<void> {
    if (this.#container === undefined) {
      this.#status = 'STOPPED';
      this.#agent.ended();
      return;
    }
    try {
      this.#exited(await this.#container.stop(Math.min(this.payload.stopTimeout * 1000, limitMs)));
    } catch (error) {
      this.#options.host.log.error({ container: this.#container.id, cause: causeOf(error) }, 'container not stopped');
      this.#reason = `CannotStopContainerError: ${causeOf(error)}`;
      this.#exited({ code: 137 });
    }
  }

  /** Resolves when the endpoint knows of the end of every session, or could not be told in time. */
  async farewell(): Promise<void> {
    await this.#agent.farewell();
  }

  /** Resolves when its log has taken all that it wrote, or has given up. */
  async logged(): Promise<void> {
    if (this.#output !== undefined)
      await within(this.#options.host.clock, LAST_OUTPUT_MS, this.#output.finished, undefined);
  }

  #logRequest(id: string): ContainerLogRequest {
    const { task, executionRole } = this.#options;
    const { name, logConfiguration } = this.payload;
    return {
      taskArn: task.arn,
      containerName: name,
      runtimeId: id,
      ...(logConfiguration && { logConfiguration }),
      ...(executionRole && { credentials: executionRole }),
    };
  }

  #exited({ code, reason }: Exit): void {
    if (this.#status === 'STOPPED') return;
    this.#status = 'STOPPED';
    this.#exitCode = code;
    this.#reason ??= reason;
    this.#times = { ...this.#times, finishedAt: this.#options.host.clock.now() };
    this.#stats = undefined;
    this.#seat?.forget();
    this.#agent.ended();
    this.#options.exited();
  }

  /** What the definition says, over what ECS gives; takes a seat at the task endpoint. */
  #environment(): Readonly<Record<string, string>> {
    const { task, serving, roleEnvironment } = this.#options;
    const definition = environmentOf(this.payload);
    if (serving === undefined) return definition;
    this.#seat = serving.endpoint.addContainer(
      {
        container: () => containerMetadata(this.#options.taskFacts(), this.facts),
        task: (withTags) => taskMetadata(this.#options.taskFacts(), withTags),
        stats: () => this.stats(),
        taskStats: () => this.#options.taskStats(),
      },
      task.arn,
      heldBy(() => this.hostPids()),
    );
    const given = { ...givenEnvironment(task, serving), ...this.#seat.environment, ...roleEnvironment };
    return withDefinition(given, definition);
  }
}
