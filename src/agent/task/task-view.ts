import type { AgentServiceMessage, TaskPayload } from '../../core/protocol/agent-service.js';
import type { PreparedTask } from '../../platform/runtime/runtime.js';
import type { TaskStateChange } from '../host/state-reports.js';
import type { TaskFacts } from '../metadata/task-metadata.js';
import type { KeptTask } from './kept-task.js';
import type { TaskContainer } from './task-container.js';

/** Seconds since the epoch, as they are reported. */
export type TaskTimes = Pick<KeptTask, 'pullStartedAt' | 'pullStoppedAt' | 'executionStoppedAt'>;

/** All that is known of a task, from which each who asks is told in his own form. */
export interface TaskView {
  /** With the credentials that came last. */
  readonly payload: TaskPayload;
  readonly status: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly stopping: boolean;
  readonly reason: string | undefined;
  readonly times: TaskTimes;
  readonly network: PreparedTask['network'];
  readonly containers: readonly TaskContainer[];
}

/** For the endpoint. */
export function stateOfTask({ payload, status, reason, times, containers }: TaskView): TaskStateChange {
  return {
    cluster: payload.clusterArn,
    task: payload.arn,
    status,
    containers: containers.map(({ state }) => state),
    managedAgents: containers.flatMap(({ managedAgent }) => managedAgent ?? []),
    ...(reason !== undefined && { reason }),
    ...times,
  };
}

/** For the agent after this one. */
export function keptOfTask({ payload, status, stopping, reason, times, containers }: TaskView): KeptTask {
  return {
    payload,
    status,
    stopping,
    ...(reason !== undefined && { reason }),
    ...times,
    containers: containers.map(({ kept }) => kept),
  };
}

/** For metadata. */
export function factsOfTask({ payload, status, stopping, times, network, containers }: TaskView): TaskFacts {
  return {
    payload,
    status,
    stopping,
    ...(network !== undefined && { network }),
    ...times,
    containers: containers.map(({ facts }) => facts),
  };
}

type Messages<Type extends AgentServiceMessage['type']> = Extract<AgentServiceMessage, { type: Type }>;

/** Undefined: no container has a check. */
export function healthOfTask({ payload, containers }: TaskView): Messages<'PublishHealthRequest'> | undefined {
  const checked = containers.flatMap(({ payload: { name }, health }) =>
    health === undefined ? [] : [{ containerName: name, healthStatus: health }],
  );
  if (checked.length === 0) return undefined;
  return { type: 'PublishHealthRequest', message: { taskArn: payload.arn, containers: checked } };
}

/** Undefined: the task has no network of its own. */
export function networkOfTask({ payload, network }: TaskView): Messages<'TaskNetworkMessage'> | undefined {
  if (network === undefined) return undefined;
  const { privateIpv4Address, macAddress } = network;
  return {
    type: 'TaskNetworkMessage',
    message: { taskArn: payload.arn, privateIpv4Address, ...(macAddress !== undefined && { macAddress }) },
  };
}

/** By runtime id, of those that have one. */
export async function statsOf(containers: readonly TaskContainer[]): Promise<Readonly<Record<string, unknown>>> {
  const stats: Record<string, unknown> = {};
  await Promise.all(
    containers.map(async (container) => {
      const { runtimeId } = container.facts;
      if (runtimeId !== undefined) stats[runtimeId] = await container.stats();
    }),
  );
  return stats;
}

/** Undefined when a runtime cannot tell whose processes are whose. */
export async function hostPidsOf(containers: readonly TaskContainer[]): Promise<readonly number[] | undefined> {
  const all = await Promise.all(containers.map((container) => container.hostPids()));
  return all.includes(undefined) ? undefined : all.flatMap((pids) => pids ?? []);
}
