import type { ContainerPayload, TaskPayload } from '../../core/protocol/agent-service.js';
import type { Credentials } from '../../platform/aws/credentials.js';
import type { Container, Exit, HealthStatus } from '../../platform/runtime/runtime.js';
import type { AgentHost } from '../agent-host.js';
import { within } from '../clock.js';
import { heldBy } from '../metadata/caller-check.js';
import { ContainerStats } from '../metadata/container-stats.js';
import type { ServedContainer } from '../metadata/metadata-answer.js';
import type { Seat } from '../metadata/task-endpoint.js';
import { WatchedHealth } from './container-health.js';
import {
  ContainerOutput,
  type ContainerLog,
  type ContainerLogRequest,
  type OpenContainerLog,
} from './container-output.js';
import { containerSpec, environmentOf } from './container-spec.js';
import { givenEnvironment, withDefinition, type TaskServing } from './given-environment.js';
import { LateLog } from './late-log.js';
import type { TaskPlace } from './task-place.js';
import { mountsOf } from './task-volumes.js';

/** How long the end of a task waits for the last output of its containers: a log driver gives up before. */
export const LAST_OUTPUT_MS = 10_000;

export interface ContainerRunOptions {
  /** Runtime id: the same for nothing else on this host, ever. */
  readonly id: string;
  readonly host: AgentHost;
  readonly task: TaskPayload;
  readonly payload: ContainerPayload;
  readonly place: TaskPlace;
  /** Aborted when its task is stopped or left: a start is not worth waiting for any more. */
  readonly unwanted: AbortSignal;
  readonly openContainerLog?: OpenContainerLog;
  /** What the task's execution role signs with; absent: the host does what it would do. */
  readonly executionRole?: () => Promise<Credentials>;
  /** Absent: the container gets what its definition says and no more. */
  readonly serving?: TaskServing;
  /** Where the role's credentials are; secrets. */
  readonly roleEnvironment: Readonly<Record<string, string>>;
  /** What it may learn over HTTP. */
  readonly served: ServedContainer;
  readonly healthChanged: () => void;
  /** It runs, or was found running. Called once, before {@link exited}. */
  readonly started: (container: Container) => void;
  /** It has ended, by itself or stopped. Called once. */
  readonly exited: (exit: Exit) => void;
}

/** One run of a container: from its start, or from when it was found, to its exit. */
export class ContainerRun {
  readonly id: string;
  /** What the definition says, over what ECS gives. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #options: ContainerRunOptions;
  readonly #seat: Seat | undefined;
  readonly #health: WatchedHealth;
  #container: Container | undefined;
  #launch: Promise<Container | undefined> = Promise.resolve(undefined);
  #output: ContainerOutput | undefined;
  #stats: ContainerStats | undefined;
  #over = false;

  constructor(options: ContainerRunOptions) {
    this.#options = options;
    this.id = options.id;
    const { payload, task, serving, served, roleEnvironment } = options;
    this.#health = new WatchedHealth(payload.settings?.healthCheck);
    this.#seat = serving?.endpoint.addContainer(
      served,
      { taskArn: task.arn, runtimeId: options.id },
      heldBy(() => this.hostPids()),
    );
    const given = serving && { ...givenEnvironment(task, serving), ...this.#seat?.environment, ...roleEnvironment };
    this.environment = withDefinition(given ?? {}, environmentOf(payload));
  }

  /** Undefined before it has started. */
  get container(): Container | undefined {
    return this.#container;
  }

  /** Undefined: it has no health check. */
  get health(): HealthStatus | undefined {
    return this.#health.status;
  }

  /** Its processes on this machine; undefined when the runtime cannot tell. */
  async hostPids(): Promise<readonly number[] | undefined> {
    // Its command may run, and ask, a moment before the runtime says that it has started.
    const container = await this.#launch.catch(() => undefined);
    return container === undefined ? [] : container.hostPids?.();
  }

  /** Null where the runtime cannot measure, and before there is anything to measure. */
  async stats(): Promise<unknown> {
    return (await this.#stats?.measure(this.#options.host.clock.now())) ?? null;
  }

  /** What it wrote last. */
  tail(): Uint8Array | undefined {
    return this.#output?.tail();
  }

  /** Rejects with the cause; then nothing of it is left. */
  async start(): Promise<void> {
    const { payload, task, place } = this.#options;
    let log: ContainerLog | undefined;
    try {
      // First: a container whose log cannot be opened does not start.
      log = await this.#openLog();
      const mounts = mountsOf(payload, task);
      const launch = place.start(
        payload.image,
        (runtime) => containerSpec(this.id, payload, this.environment, runtime, mounts),
        this.#options.unwanted,
      );
      this.#launch = launch;
      this.#attach(await launch, log);
    } catch (error) {
      void log?.close();
      this.#seat?.forget();
      throw error;
    }
  }

  /** It has outlived the agent that started it. */
  adopt(container: Container): void {
    const { payload, host, openContainerLog } = this.#options;
    const { clock, random, log } = host;
    this.#launch = Promise.resolve(container);
    const late = { open: () => this.#openLog(), clock, random, log, containerName: payload.name };
    this.#attach(container, openContainerLog && new LateLog(late));
  }

  /** Resolves when it is gone. Rejects when it cannot be stopped. */
  async stop(timeoutMs: number): Promise<void> {
    const exit = await this.#container?.stop(timeoutMs);
    if (exit !== undefined) this.#exited(exit);
  }

  /** When that has changed, in milliseconds since the epoch. */
  get healthSince(): number | undefined {
    return this.#health.since;
  }

  /** Lets go of it without stopping it. */
  leave(): void {
    this.#over = true;
    this.#health.stop();
    this.#output?.leave();
    this.#seat?.forget();
  }

  /** Gives it up: the runtime cannot stop it. */
  lost(): void {
    this.#exited({ code: 137 });
  }

  /** Resolves when its log has taken all that it wrote, or has given up. */
  async logged(): Promise<void> {
    if (this.#output !== undefined)
      await within(this.#options.host.clock, LAST_OUTPUT_MS, this.#output.finished, undefined);
  }

  #attach(container: Container, log: ContainerLog | undefined): void {
    const { payload, host, healthChanged, started } = this.#options;
    this.#container = container;
    this.#output = new ContainerOutput(container, log);
    const hostPids = container.hostPids?.bind(container);
    if (hostPids !== undefined) this.#stats = new ContainerStats({ name: payload.name, id: this.id, hostPids });
    const as = { user: payload.user ?? '', environment: this.environment, clock: host.clock };
    this.#health.watch(container, as, () => {
      if (!this.#over) healthChanged();
    });
    started(container);
    void container.exited.then((exit) => this.#exited(exit));
  }

  #exited(exit: Exit): void {
    if (this.#over) return;
    this.#over = true;
    this.#stats = undefined;
    this.#seat?.forget();
    this.#options.exited(exit);
  }

  #openLog(): Promise<ContainerLog | undefined> {
    const { task, executionRole, payload, openContainerLog } = this.#options;
    const { name, logConfiguration } = payload;
    const request: ContainerLogRequest = {
      taskArn: task.arn,
      containerName: name,
      runtimeId: this.id,
      ...(logConfiguration && { logConfiguration }),
      ...(executionRole && { credentials: executionRole }),
    };
    return Promise.resolve(openContainerLog?.(request));
  }
}
