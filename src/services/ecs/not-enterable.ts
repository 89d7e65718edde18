import type { Task, TaskContainer } from './task.js';

type Agent = TaskContainer['managedAgent'];

/** For the operator: the caller reads one text for all of these. */
export function whyNotEnterable(task: Task, container: TaskContainer): string {
  if (!task.enableExecuteCommand && container.managedAgent === undefined) {
    return 'the task was started without enableExecuteCommand';
  }
  if (task.lastStatus !== 'RUNNING' || task.desiredStatus !== 'RUNNING') return taskState(task);
  if (container.lastStatus !== 'RUNNING') return containerState(container);
  return agentState(container.managedAgent);
}

/**
 * For the operator: an agent whose channel is refused says so in its state, which stays RUNNING as on AWS.
 *
 * @param found What the sessions say of the target.
 */
export function whyNotConnected(
  found: string,
  { connectivity, connectivityAt }: Task,
  { managedAgent }: TaskContainer,
): string {
  if (connectivity === 'DISCONNECTED') {
    const since = connectivityAt === undefined ? '' : ` since ${new Date(connectivityAt).toISOString()}`;
    return `${found}; the container host of the task is not connected${since}`;
  }
  const { reason = '' } = managedAgent ?? {};
  return STARTED.test(reason)
    ? `${found}; ExecuteCommandAgent runs, and has not connected yet or lost its connection: it goes on trying`
    : `${found}; ExecuteCommandAgent says: ${reason}`;
}

/** What an agent says to which nothing has happened. */
const STARTED = /^(ExecuteCommandAgent (re)?started)?$/;

function taskState({ lastStatus, desiredStatus, stopCode, stoppedReason }: Task): string {
  const why = [stopCode, stoppedReason].filter((part) => part !== undefined && part !== '').join(': ');
  const ending = lastStatus === 'RUNNING' && desiredStatus === 'STOPPED' ? ' and is being stopped' : '';
  return `the task is ${lastStatus}${ending}${why === '' ? '' : ` (${why})`}`;
}

function containerState({ name, lastStatus, exitCode, reason }: TaskContainer): string {
  const code = exitCode === undefined ? '' : ` with exit code ${exitCode}`;
  return `container ${name} is ${lastStatus}${code}${reason === undefined ? '' : `: ${reason}`}`;
}

function agentState(agent: Agent): string {
  const { lastStatus = 'absent', reason } = agent ?? {};
  const why = reason ?? (lastStatus === 'PENDING' ? 'it is being started' : undefined);
  return `ExecuteCommandAgent is ${lastStatus}${why === undefined ? '' : `: ${why}`}`;
}
