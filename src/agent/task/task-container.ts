import type { ContainerPayload, TaskPayload } from '../../core/protocol/agent-service.js';
import { StartError, type Container, type Exit, type Runtime } from '../../platform/runtime/runtime.js';
import type { Credentials } from '../../platform/aws/credentials.js';
import type { AgentHost } from '../agent-host.js';
import { within } from '../clock.js';
import { ExecAgent } from '../exec/exec-agent.js';
import type { ContainerStateChange, ManagedAgentStateChange } from '../host/state-reports.js';
import { causeOf } from '../log.js';
import { heldBy } from '../metadata/caller-check.js';
import { ContainerStats } from '../metadata/container-stats.js';
import type { Seat } from '../metadata/task-endpoint.js';
import { containerMetadata, taskMetadata, type ContainerFacts, type TaskFacts } from '../metadata/task-metadata.js';
import { chooseRuntime } from './choose-runtime.js';
import {
  ContainerOutput,
  type ContainerLog,
  type ContainerLogRequest,
  type OpenContainerLog,
} from './container-output.js';
import { containerSpec, environmentOf } from './container-spec.js';
import { givenEnvironment, withDefinition, type TaskServing } from './given-environment.js';
import { runtimeId, targetOf } from './runtime-id.js';

/** How long the end of a task waits for the last output of its containers: a log driver gives up before. */
export const LAST_OUTPUT_MS = 10_000;

export interface TaskContainerOptions {
  /** Acts with the task's role. */
  readonly host: AgentHost;
  readonly task: TaskPayload;
  readonly payload: ContainerPayload;
  readonly runtimes: readonly Runtime[];
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
  #agent: ExecAgent | undefined;
  #agentState: ManagedAgentStateChange | undefined;
  /** Settled when the exec agent has said its last word. */
  #farewell: Promise<void> = Promise.resolve();

  constructor(options: TaskContainerOptions) {
    this.#options = options;
    this.payload = options.payload;
    if (options.task.enableExecuteCommand) this.#agentState = this.#managedAgent('PENDING');
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
    };
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
    return this.#agentState;
  }

  /** What it wrote last. */
  tail(): Uint8Array | undefined {
    return this.#output?.tail();
  }

  /** Rejects with the reason, in ECS's words, when the container cannot be started. */
  async start(): Promise<void> {
    const { host, task, runtimes, openContainerLog } = this.#options;
    const id = runtimeId(task.arn, (length) => host.environment.randomBytes(length));
    const environment = this.#environment();
    let log: ContainerLog | undefined;
    try {
      // First: a container whose log cannot be opened does not start.
      log = await openContainerLog?.(this.#logRequest(id));
      const runtime = await chooseRuntime(runtimes, this.payload.image);
      const createdAt = host.clock.now();
      const launch = runtime.start(containerSpec(id, this.payload, environment, runtime.name));
      this.#launch = launch;
      this.#container = await launch;
      this.#times = { createdAt, startedAt: host.clock.now() };
    } catch (error) {
      void log?.close();
      this.#status = 'STOPPED';
      this.#seat?.forget();
      this.#reason = error instanceof StartError ? error.message : `CannotStartContainerError: ${causeOf(error)}`;
      this.#agentEnded();
      throw error;
    }
    this.#output = new ContainerOutput(this.#container, log);
    this.#status = 'RUNNING';
    const container = this.#container;
    const hostPids = container.hostPids?.bind(container);
    if (hostPids !== undefined) this.#stats = new ContainerStats({ name: this.payload.name, id, hostPids });
    void container.exited.then((exit) => this.#exited(exit));
    if (task.enableExecuteCommand) this.#startAgent(container, environment);
  }

  /** Resolves when the container is gone; nothing happens when it was never started. */
  async stop(limitMs: number): Promise<void> {
    if (this.#container === undefined) {
      this.#status = 'STOPPED';
      this.#agentEnded();
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
    await this.#farewell;
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
    if (this.#agent !== undefined) this.#farewell = this.#agent.stop();
    this.#agentEnded();
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
      heldBy(() => this.hostPids()),
    );
    const given = { ...givenEnvironment(task, serving), ...this.#seat.environment, ...roleEnvironment };
    return withDefinition(given, definition);
  }

  #startAgent(container: Container, environment: Readonly<Record<string, string>>): void {
    const { host, task, execOnReadonlyRoot } = this.#options;
    if (this.payload.readonlyRootFilesystem && !execOnReadonlyRoot) {
      const cause = 'the root filesystem of the container is read-only';
      this.#agentState = this.#managedAgent('STOPPED', `ExecuteCommandAgent Initialization failed - ${cause}`);
      return;
    }
    this.#agent = new ExecAgent({
      host,
      container,
      target: targetOf(task, container.id),
      taskArn: task.arn,
      containerName: this.payload.name,
      sessionLimit: task.sessionLimit,
      containerEnvironment: environment,
      changed: (status, reason) => {
        if (this.#status !== 'RUNNING') return;
        this.#agentState = this.#managedAgent(status, reason);
        this.#options.changed();
      },
    });
    this.#agent.start();
  }

  #agentEnded(): void {
    if (this.#agentState === undefined || this.#agentState.status === 'STOPPED') return;
    this.#agentState = this.#managedAgent('STOPPED', 'Received Container Stopped event');
  }

  #managedAgent(status: ManagedAgentStateChange['status'], reason?: string): ManagedAgentStateChange {
    return {
      containerName: this.payload.name,
      managedAgentName: 'ExecuteCommandAgent',
      status,
      ...(reason === undefined ? {} : { reason }),
    };
  }
}
