import type { Limits } from '../limits.js';
import { isWindows } from './compute-rules.js';
import type { ManagedAgent, Task, TaskContainer } from './task.js';
import type { ContainerDefinition, TaskDefinition } from './task-definition.js';

/** AWS's agent writes below /var/lib/amazon and /managed-agents; ours does not have to. The text is our choice. */
const READ_ONLY = 'unable to start ExecuteCommandAgent [pre-start]: the root file system of the container is read-only';

const NANO_SERVER = 'unable to start ExecuteCommandAgent [create]: Windows Nano Server is not supported';

/** Why a Windows container does not start here; undefined for all others. */
export function noWindowsHost({ runtimePlatform }: Pick<TaskDefinition, 'runtimePlatform'>): string | undefined {
  return isWindows({ runtimePlatform })
    ? `No container host with operating system ${runtimePlatform?.operatingSystemFamily ?? ''} is connected.`
    : undefined;
}

/** The agent of a container that is new, in a task that is started with exec. */
export function newAgent({ image }: Pick<ContainerDefinition, 'image'>, definition: TaskDefinition): ManagedAgent {
  if (isNanoServer(image)) return { lastStatus: 'STOPPED', reason: NANO_SERVER };
  return { lastStatus: 'PENDING', reason: noWindowsHost(definition) };
}

/** No platform family says so: families are FULL or CORE. Its images do. */
function isNanoServer(image: string): boolean {
  return /nanoserver/i.test(image);
}
const NO_REASON = 'the container host gave no reason';

/** AWS gives none (ecs-api 4.4), which helps nobody. */
const sharedNamespace = (holder: string): string =>
  `the task's containers share a PID namespace, and the ExecuteCommandAgent of container ${holder} has it`;

/**
 * The state of a container's agent after its host has reported one. Where a limit holds, an agent that AWS would not have
 * got to run is STOPPED however well ours does: in a container with a read-only root (ecs-api 10), and in the second
 * container of a shared PID namespace. An agent that is STOPPED always says why.
 */
export function acceptedAgent(
  task: Pick<Task, 'containers' | 'sharedPidNamespace'>,
  container: TaskContainer,
  report: { readonly status: ManagedAgent['lastStatus']; readonly reason?: string | undefined },
  limits: Limits,
  now: number,
): ManagedAgent | undefined {
  // With open limits hosts start agents in tasks without exec as well; the API does not show them.
  const agent =
    container.managedAgent ?? (limits.isOpen('running-tasks') ? { lastStatus: 'PENDING' as const } : undefined);
  if (agent === undefined || container.lastStatus === 'STOPPED') return agent;
  if (report.status !== 'RUNNING') {
    const otherwise = report.status === 'STOPPED' ? NO_REASON : undefined;
    return { ...agent, lastStatus: report.status, reason: report.reason ?? otherwise };
  }
  if (!limits.isOpen('readonly-root') && container.readonlyRootFilesystem) {
    return { ...agent, lastStatus: 'STOPPED', reason: READ_ONLY };
  }
  if (isNanoServer(container.image)) return { ...agent, lastStatus: 'STOPPED', reason: NANO_SERVER };
  const holder = task.containers.find(
    (other) => other.name !== container.name && other.managedAgent?.lastStatus === 'RUNNING',
  );
  if (!limits.isOpen('pid-namespace') && task.sharedPidNamespace && holder !== undefined) {
    return { ...agent, lastStatus: 'STOPPED', reason: sharedNamespace(holder.name) };
  }
  return {
    lastStatus: 'RUNNING',
    lastStartedAt: agent.lastStatus === 'RUNNING' ? agent.lastStartedAt : now,
    reason: report.reason,
  };
}

/**
 * Whether a session can be opened: the task runs and was started with exec, which open limits do not ask, and the
 * container's agent runs.
 */
export function isEnterable(task: Task, container: TaskContainer, limits: Limits): boolean {
  return (
    (task.enableExecuteCommand || limits.isOpen('running-tasks')) &&
    task.lastStatus === 'RUNNING' &&
    task.desiredStatus === 'RUNNING' &&
    container.lastStatus === 'RUNNING' &&
    container.runtimeId !== undefined &&
    container.managedAgent?.lastStatus === 'RUNNING'
  );
}
