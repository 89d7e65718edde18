import { AwsError } from '../../platform/aws/aws-error.js';
import type { NetworkBinding } from '../../platform/runtime/runtime.js';
import type { AgentApi } from '../agent-api.js';
import { sleep, type Clock } from '../clock.js';
import { Backoff } from '../connection/backoff.js';
import { causeOf, type Log } from '../log.js';

/** Waits between attempts to report a state. */
export const REPORT_BACKOFF = { firstMs: 200, capMs: 30_000 } as const;
/** Answers that no repetition can change: the endpoint does not know the task, or will not have it. */
const FINAL_CODES: ReadonlySet<string> = new Set([
  'InvalidParameterException',
  'ClientException',
  'ClusterNotFoundException',
]);

/** State of a container within a report; names are SubmitTaskStateChange's. */
export interface ContainerStateChange {
  readonly containerName: string;
  readonly runtimeId?: string;
  readonly status: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly exitCode?: number;
  readonly reason?: string;
  readonly imageDigest?: string;
  readonly networkBindings?: readonly NetworkBinding[];
}

export interface ManagedAgentStateChange {
  readonly containerName: string;
  readonly managedAgentName: 'ExecuteCommandAgent';
  readonly status: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly reason?: string;
}

/**
 * The whole state of a task, so that a report repeats harmlessly and a later one says all that an earlier one did.
 * Members are SubmitTaskStateChange's; times are seconds since the epoch, as JSON 1.1 has them.
 */
export interface TaskStateChange {
  readonly cluster: string;
  readonly task: string;
  readonly status: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly reason?: string;
  readonly containers: readonly ContainerStateChange[];
  readonly managedAgents: readonly ManagedAgentStateChange[];
  readonly pullStartedAt?: number;
  readonly pullStoppedAt?: number;
  readonly executionStoppedAt?: number;
}

export interface StateReportsOptions {
  readonly api: AgentApi;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** A task's STOPPED has been taken, or refused for good: nothing more will be said of it. */
  settled(taskArn: string): void;
}

/**
 * Tells the endpoint what became of tasks: in order for each task, until accepted, however long that takes. A report
 * that still waits gives way to a newer one of the same status, so at most one of each status waits per task.
 */
export class StateReports {
  readonly #options: StateReportsOptions;
  readonly #waiting = new Map<string, TaskStateChange[]>();
  readonly #sending = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();

  constructor(options: StateReportsOptions) {
    this.#options = options;
  }

  submit(report: TaskStateChange): void {
    const queue = this.#waiting.get(report.task) ?? [];
    if (queue.at(-1)?.status === report.status) queue.pop();
    queue.push(report);
    this.#waiting.set(report.task, queue);
    if (this.#sending.has(report.task)) return;
    this.#sending.set(report.task, this.#send(report.task, queue));
  }

  /** Resolves when all that was submitted has been taken. */
  async idle(): Promise<void> {
    while (this.#sending.size > 0) await Promise.all(this.#sending.values());
  }

  /** Gives up what has not been taken. */
  stop(): void {
    this.#stop.abort();
  }

  async #send(task: string, queue: TaskStateChange[]): Promise<void> {
    const { api, clock, random, log } = this.#options;
    const backoff = new Backoff(REPORT_BACKOFF, random);
    for (let report = queue.shift(); report !== undefined; report = queue.shift()) {
      try {
        await api.ecs('SubmitTaskStateChange', { ...report });
        backoff.reset();
        if (report.status === 'STOPPED') this.#options.settled(task);
      } catch (error) {
        if (error instanceof AwsError && FINAL_CODES.has(error.code)) {
          log.warn({ task, status: report.status, code: error.code, cause: causeOf(error) }, 'task state refused');
          if (report.status === 'STOPPED') this.#options.settled(task);
          continue;
        }
        // Back to the head, unless a newer one of its status has come meanwhile.
        if (queue[0]?.status !== report.status) queue.unshift(report);
        log.debug({ task, status: report.status, cause: causeOf(error) }, 'task state not taken yet');
        await sleep(clock, backoff.next(), this.#stop.signal);
        if (this.#stop.signal.aborted) break;
      }
    }
    // At the same moment: what is submitted after the last look at the queue must find nobody sending.
    this.#waiting.delete(task);
    this.#sending.delete(task);
  }
}
