import type { ManagedAgent, Task, TaskContainer } from './task.js';

/** Which of AWS's limits on ECS Exec hold. */
export type ExecLimits = 'aws' | 'open';

/** AWS's agent writes below /var/lib/amazon and /managed-agents; ours does not have to. The text is our choice. */
const READ_ONLY = 'unable to start ExecuteCommandAgent [pre-start]: the root file system of the container is read-only';

const NO_REASON = 'the container host gave no reason';

/** AWS gives none (ecs-api 4.4), which helps nobody. */
const sharedNamespace = (holder: string): string =>
  `the task's containers share a PID namespace, and the ExecuteCommandAgent of container ${holder} has it`;

/**
 * The state of a container's agent after its host has reported one. With `aws` limits an agent that AWS would not have
 * got to run is STOPPED however well ours does: in a container with a read-only root (ecs-api 10), and in the second
 * container of a shared PID namespace. An agent that is STOPPED always says why.
 */
export function acceptedAgent(
  task: Pick<Task, 'containers' | 'sharedPidNamespace'>,
  container: TaskContainer,
  report: { readonly status: ManagedAgent['lastStatus']; readonly reason?: string | undefined },
  limits: ExecLimits,
  now: number,
): ManagedAgent | undefined {
  const agent = container.managedAgent;
  if (agent === undefined || container.lastStatus === 'STOPPED') return agent;
  if (report.status !== 'RUNNING') {
    const otherwise = report.status === 'STOPPED' ? NO_REASON : undefined;
    return { ...agent, lastStatus: report.status, reason: report.reason ?? otherwise };
  }
  if (limits === 'aws' && container.readonlyRootFilesystem) {
    return { ...agent, lastStatus: 'STOPPED', reason: READ_ONLY };
  }
  const holder = task.containers.find(
    (other) => other.name !== container.name && other.managedAgent?.lastStatus === 'RUNNING',
  );
  if (limits === 'aws' && task.sharedPidNamespace && holder !== undefined) {
    return { ...agent, lastStatus: 'STOPPED', reason: sharedNamespace(holder.name) };
  }
  return {
    lastStatus: 'RUNNING',
    lastStartedAt: agent.lastStatus === 'RUNNING' ? agent.lastStartedAt : now,
    reason: report.reason,
  };
}

/** Whether a session can be opened: the task runs and was started with exec, and the container's agent runs. */
export function isEnterable(task: Task, container: TaskContainer): boolean {
  return (
    task.enableExecuteCommand &&
    task.lastStatus === 'RUNNING' &&
    task.desiredStatus === 'RUNNING' &&
    container.lastStatus === 'RUNNING' &&
    container.runtimeId !== undefined &&
    container.managedAgent?.lastStatus === 'RUNNING'
  );
}
