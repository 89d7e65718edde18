import type { TaskPayload } from '../../core/protocol/agent-service.js';
import type { Restarts } from './restart-policy.js';

/** What is kept of a container, so that another agent can go on with it. Times are milliseconds since the epoch. */
export interface KeptContainer {
  readonly name: string;
  readonly status: 'PENDING' | 'RUNNING' | 'STOPPED';
  /** Kept before the container is started: whatever a runtime finds under another name is nobody's. */
  readonly runtimeId?: string;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly createdAt?: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly restarts?: Restarts;
}

/** What is kept of a task. Times are seconds since the epoch, as they are reported. Holds secrets. */
export interface KeptTask {
  /** As it was given, with the credentials that came last. */
  readonly payload: TaskPayload;
  readonly status: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly stopping: boolean;
  readonly reason?: string;
  readonly pullStartedAt?: number;
  readonly pullStoppedAt?: number;
  readonly executionStoppedAt?: number;
  readonly containers: readonly KeptContainer[];
}

/** Where a host keeps its tasks beyond its agent's life. */
export interface KeptTasks {
  /** Those of the agent before. Never rejects: what cannot be read is logged, and gone. */
  read(): Promise<readonly KeptTask[]>;
  /** Resolves when it is on the disk; of writes that overlap the last one counts. */
  write(task: KeptTask): Promise<void>;
  remove(taskArn: string): Promise<void>;
  /** Resolves when nothing is being written. Never rejects. */
  idle(): Promise<void>;
}
