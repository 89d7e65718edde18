import type { Failure } from '@aws-sdk/client-ecs';
import {
  EXECUTE_COMMAND_ATTRIBUTE,
  hasAttribute,
  instanceLaunchType,
  registeredAmount,
  type ContainerInstance,
} from './container-instance.js';
import type { Task } from './task.js';

/** What a task needs of a container instance. */
export interface Requirement {
  readonly launchType: Task['launchType'];
  readonly enableExecuteCommand: boolean;
  /** CPU units and MiB, as strings of the task. */
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
}

/** A container instance and what is on it. */
export interface Candidate {
  readonly instance: ContainerInstance;
  readonly connected: boolean;
  readonly tasks: readonly Pick<Task, 'cpu' | 'memory'>[];
}

/** Why the task cannot go there, in the words of RunTask's failures; undefined when it can. */
export function obstacle({ instance, connected, tasks }: Candidate, requirement: Requirement): string | undefined {
  if (instance.status !== 'ACTIVE') return 'INACTIVE';
  if (!connected) return 'AGENT';
  if (instanceLaunchType(instance) !== requirement.launchType) return 'ATTRIBUTE';
  if (requirement.enableExecuteCommand && !hasAttribute(instance, EXECUTE_COMMAND_ATTRIBUTE)) return 'ATTRIBUTE';
  if (remaining(instance, tasks, 'cpu') < Number(requirement.cpu ?? 0)) return 'RESOURCE:CPU';
  if (remaining(instance, tasks, 'memory') < Number(requirement.memory ?? 0)) return 'RESOURCE:MEMORY';
  return undefined;
}

/** The instance with the fewest tasks of those that can take it, or one failure for each that cannot. */
export function chooseInstance(
  candidates: readonly Candidate[],
  requirement: Requirement,
): { readonly chosen: Candidate } | { readonly chosen: undefined; readonly failures: readonly Failure[] } {
  const judged = candidates.map((candidate) => ({ candidate, reason: obstacle(candidate, requirement) }));
  const [chosen] = judged
    .filter(({ reason }) => reason === undefined)
    .map(({ candidate }) => candidate)
    .sort((a, b) => a.tasks.length - b.tasks.length);
  return chosen === undefined
    ? { chosen, failures: judged.map(({ candidate, reason }) => ({ arn: candidate.instance.arn, reason })) }
    : { chosen };
}

/** CPU units or MiB that no task has reserved; boundless when the instance registered none. */
export function remaining(
  instance: ContainerInstance,
  tasks: readonly Pick<Task, 'cpu' | 'memory'>[],
  what: 'cpu' | 'memory',
): number {
  const total = registeredAmount(instance, what === 'cpu' ? 'CPU' : 'MEMORY') ?? Infinity;
  return tasks.reduce((left, task) => left - Number(task[what] ?? 0), total);
}
