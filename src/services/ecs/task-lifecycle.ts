import type { TaskStopCode } from '@aws-sdk/client-ecs';
import { acceptedAgent, type ExecLimits } from './managed-agent.js';
import type { NetworkAttachment, Task, TaskContainer } from './task.js';

/** What a host says of a task: the parts of SubmitTaskStateChange and SubmitContainerStateChange that we use. */
export interface TaskReport {
  readonly status?: 'PENDING' | 'RUNNING' | 'STOPPED' | undefined;
  readonly reason?: string | undefined;
  readonly containers: readonly (Pick<TaskContainer, 'name' | 'runtimeId' | 'imageDigest' | 'exitCode' | 'reason'> & {
    readonly status?: TaskContainer['lastStatus'] | undefined;
    readonly networkBindings?: TaskContainer['networkBindings'] | undefined;
  })[];
  readonly managedAgents: readonly {
    readonly containerName: string;
    readonly status: 'PENDING' | 'RUNNING' | 'STOPPED';
    readonly reason?: string | undefined;
  }[];
  readonly pullStartedAt?: number | undefined;
  readonly pullStoppedAt?: number | undefined;
  readonly executionStoppedAt?: number | undefined;
}

export interface StopCause {
  readonly stopCode: TaskStopCode;
  readonly reason: string;
}

const ESSENTIAL_EXITED = 'Essential container in task exited';
const FAILED_TO_START = 'Task failed to start';
/** Why a managed agent is STOPPED when its container is (ecs-api 3.4). */
const CONTAINER_STOPPED = 'Received Container Stopped event';

/** The network interface is there: PROVISIONING is over, the task waits for a host. */
export function provisioned(task: Task, attachment: NetworkAttachment | undefined): Task {
  return changed(task, { lastStatus: 'PENDING', attachment });
}

export function placed(task: Task, host: string, now: number): Task {
  return changed(task, { host, connectivity: 'CONNECTED', connectivityAt: now });
}

/** Its container instance has not been connected for a while. Fargate hosts are not the caller's to see. */
export function disconnected(task: Task, now: number): Task {
  if (task.containerInstanceArn === undefined || task.connectivity === 'DISCONNECTED') return task;
  return changed(task, { connectivity: 'DISCONNECTED', connectivityAt: now });
}

/** Its host is connected again. */
export function reconnected(task: Task, now: number): Task {
  if (task.connectivity !== 'DISCONNECTED') return task;
  return changed(task, { connectivity: 'CONNECTED', connectivityAt: now });
}

/**
 * The task shall stop. One that no host has ever seen is over at once; the others are STOPPING until their host says
 * so. The first cause stands.
 */
export function stopRequested(task: Task, cause: StopCause, now: number): Task {
  if (task.desiredStatus === 'STOPPED') return task;
  const stopping = changed(task, {
    desiredStatus: 'STOPPED',
    lastStatus: 'STOPPING',
    stoppingAt: now,
    stopCode: cause.stopCode,
    stoppedReason: cause.reason,
  });
  return task.host === undefined ? stopped(stopping, cause, now) : stopping;
}

/**
 * The end: containers and agents with it. STOPPED is final; a task with a network interface is DEPROVISIONING before,
 * until that is gone.
 */
export function stopped(task: Task, cause: StopCause, now: number): Task {
  if (isOver(task)) return task;
  const { attachment } = task;
  const isAttached = attachment?.status === 'ATTACHED';
  return changed(task, {
    lastStatus: isAttached ? 'DEPROVISIONING' : 'STOPPED',
    desiredStatus: 'STOPPED',
    stopCode: task.stopCode ?? cause.stopCode,
    stoppedReason: task.stoppedReason ?? cause.reason,
    stoppingAt: task.stoppingAt ?? now,
    executionStoppedAt: task.executionStoppedAt ?? now,
    stoppedAt: isAttached ? undefined : now,
    containers: task.containers.map((container) => stoppedContainer(container)),
    attachment: attachment && { ...attachment, status: isAttached ? 'DETACHING' : 'DELETED' },
  });
}

/** The network interface is gone: DEPROVISIONING is over. */
export function deprovisioned(task: Task, now: number): Task {
  const { attachment } = task;
  return changed(task, {
    lastStatus: 'STOPPED',
    stoppedAt: now,
    attachment: attachment && { ...attachment, status: 'DELETED' },
  });
}

/** Nothing of it runs any more, and nothing said of it counts. */
export function isOver({ lastStatus }: Pick<Task, 'lastStatus'>): boolean {
  return lastStatus === 'DEPROVISIONING' || lastStatus === 'STOPPED';
}

/**
 * Takes a host's report. States only go forward: reports repeat, and may come late. The task is returned unchanged when
 * the report says nothing new.
 */
export function reported(task: Task, report: TaskReport, limits: ExecLimits, now: number): Task {
  if (isOver(task)) return task;
  let containers = task.containers.map((container) => withContainerReport(container, report));
  for (const agent of report.managedAgents) {
    containers = containers.map((container) =>
      container.name === agent.containerName
        ? { ...container, managedAgent: acceptedAgent({ ...task, containers }, container, agent, limits, now) }
        : container,
    );
  }
  const next = {
    ...task,
    seen: true,
    containers,
    pullStartedAt: task.pullStartedAt ?? report.pullStartedAt,
    pullStoppedAt: task.pullStoppedAt ?? report.pullStoppedAt,
    executionStoppedAt: task.executionStoppedAt ?? report.executionStoppedAt,
  };
  const moved = withStatus(next, report, now);
  return JSON.stringify(moved) === JSON.stringify(task) ? task : { ...moved, version: task.version + 1 };
}

function withStatus(task: Task, report: TaskReport, now: number): Task {
  const { containers } = task;
  const exited = containers.find(({ essential, lastStatus }) => essential && lastStatus === 'STOPPED');
  if (report.status === 'STOPPED' || containers.every(({ lastStatus }) => lastStatus === 'STOPPED')) {
    return stopped(task, endCause(task, report, exited), now);
  }
  if (exited !== undefined) return stopRequested(task, endCause(task, report, exited), now);
  const runs = containers.every(
    ({ essential, lastStatus }) => lastStatus === 'RUNNING' || (!essential && lastStatus === 'STOPPED'),
  );
  if ((report.status === 'RUNNING' || runs) && (task.lastStatus === 'PENDING' || task.lastStatus === 'PROVISIONING')) {
    return { ...task, lastStatus: 'RUNNING', startedAt: now };
  }
  return task;
}

/** A task that never ran failed to start, for the reason its host or its container gives. */
function endCause(task: Task, report: TaskReport, exited: TaskContainer | undefined): StopCause {
  const ran = task.startedAt !== undefined || exited?.exitCode !== undefined;
  return ran
    ? { stopCode: 'EssentialContainerExited', reason: report.reason ?? ESSENTIAL_EXITED }
    : { stopCode: 'TaskFailedToStart', reason: report.reason ?? exited?.reason ?? FAILED_TO_START };
}

function withContainerReport(container: TaskContainer, report: TaskReport): TaskContainer {
  const change = report.containers.find(({ name }) => name === container.name);
  if (change === undefined || container.lastStatus === 'STOPPED') return container;
  const next = {
    ...container,
    runtimeId: container.runtimeId ?? change.runtimeId,
    imageDigest: container.imageDigest ?? change.imageDigest,
    exitCode: change.exitCode ?? container.exitCode,
    reason: change.reason ?? container.reason,
    networkBindings: change.networkBindings ?? container.networkBindings,
  };
  if (change.status === 'STOPPED') return stoppedContainer(next);
  return change.status === 'RUNNING' ? { ...next, lastStatus: 'RUNNING' } : next;
}

function stoppedContainer(container: TaskContainer): TaskContainer {
  const { managedAgent } = container;
  if (managedAgent === undefined || managedAgent.lastStatus === 'STOPPED') {
    return { ...container, lastStatus: 'STOPPED' };
  }
  return {
    ...container,
    lastStatus: 'STOPPED',
    managedAgent: { ...managedAgent, lastStatus: 'STOPPED', reason: CONTAINER_STOPPED },
  };
}

function changed(task: Task, change: Partial<Task>): Task {
  return { ...task, ...change, version: task.version + 1 };
}
