import type { ContainerPayload, TaskPayload } from '../../core/protocol/agent-service.js';
import type { Container } from '../../platform/runtime/runtime.js';
import type { AgentHost } from '../agent-host.js';
import { ExecAgent } from '../exec/exec-agent.js';
import type { ManagedAgentStateChange } from '../host/state-reports.js';
import { targetOf } from './runtime-id.js';

export interface ManagedAgentOptions {
  /** Acts with the task's role. */
  readonly host: AgentHost;
  readonly task: TaskPayload;
  readonly payload: ContainerPayload;
  readonly changed: () => void;
}

/**
 * The ExecuteCommandAgent of a container as ECS shows it, and the one that does its work. It works in any container:
 * where AWS's would not (a read-only root file system, a second one in a PID namespace), the endpoint says so.
 */
export class ManagedAgent {
  readonly #options: ManagedAgentOptions;
  #state: ManagedAgentStateChange | undefined;
  #agent: ExecAgent | undefined;
  #farewell: Promise<void> = Promise.resolve();

  constructor(options: ManagedAgentOptions) {
    this.#options = options;
    if (options.task.enableExecuteCommand) this.#become('PENDING');
  }

  /** Undefined: the task has no ECS Exec. */
  get state(): ManagedAgentStateChange | undefined {
    return this.#state;
  }

  /** The container runs. */
  start(container: Container, environment: Readonly<Record<string, string>>): void {
    const { host, task, payload, changed } = this.#options;
    if (this.#state === undefined) return;
    const agent: ExecAgent = new ExecAgent({
      host,
      container,
      target: targetOf(task, container.id),
      taskArn: task.arn,
      containerName: payload.name,
      sessionLimit: task.sessionLimit,
      containerEnvironment: environment,
      changed: (status, reason) => {
        // What is said after the container's end changes nothing any more.
        if (this.#agent !== agent) return;
        this.#become(status, reason);
        changed();
      },
    });
    this.#agent = agent;
    agent.start();
  }

  /** The container has ended, or will never run. */
  ended(): void {
    if (this.#agent !== undefined) {
      this.#farewell = Promise.all([this.#farewell, this.#agent.stop()]).then(() => undefined);
    }
    this.#agent = undefined;
    if (this.#state === undefined || this.#state.status === 'STOPPED') return;
    this.#become('STOPPED', 'Received Container Stopped event');
  }

  /** The container is being started again. */
  again(): void {
    if (this.#state !== undefined) this.#become('PENDING');
  }

  /** The host's agent goes, the container stays. */
  async leave(): Promise<void> {
    const agent = this.#agent;
    this.#agent = undefined;
    await agent?.leave();
  }

  /** Resolves when the endpoint knows of the end of every session, or could not be told in time. */
  async farewell(): Promise<void> {
    await this.#farewell;
  }

  #become(status: ManagedAgentStateChange['status'], reason?: string): void {
    this.#state = {
      containerName: this.#options.payload.name,
      managedAgentName: 'ExecuteCommandAgent',
      status,
      ...(reason === undefined ? {} : { reason }),
    };
  }
}
