import type { Failure, PlacementConstraint, PlacementStrategy } from '@aws-sdk/client-ecs';
import {
  attributeValue,
  EXECUTE_COMMAND_ATTRIBUTE,
  hasAttribute,
  instanceAttributes,
  instanceLaunchType,
  instanceZone,
  registeredAmount,
  type ContainerInstance,
} from './container-instance.js';
import { type QuerySubject, satisfies } from './placement/cluster-query.js';
import { parseClusterQuery } from './placement/cluster-query-parser.js';
import { portsInUse, type PortUser } from './placement/host-ports.js';
import type { PlacementRules } from './placement/placement-request.js';
import { hasPlatform, type Platform } from './platform.js';
import type { Task } from './task.js';

/** What a task needs of a container instance. */
export interface Requirement extends Platform {
  readonly launchType: Task['launchType'];
  readonly enableExecuteCommand: boolean;
  /** CPU units and MiB, as strings of the task. */
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
  readonly hostPorts?: readonly string[] | undefined;
  /** Where its network interface can be; absent: anywhere. */
  readonly zones?: readonly string[] | undefined;
  readonly group: string;
}

export type PlacedTask = Pick<Task, 'cpu' | 'memory' | 'group' | 'desiredStatus' | 'lastStatus'> & PortUser;

/** A container instance and what is on it. */
export interface Candidate {
  readonly instance: ContainerInstance;
  readonly connected: boolean;
  readonly tasks: readonly PlacedTask[];
}

export const NO_RULES: PlacementRules = Object.freeze({ constraints: [], strategy: [] });

/** Why the task cannot go there, in the words of RunTask's failures; undefined when it can. */
export function obstacle(
  candidate: Candidate,
  requirement: Requirement,
  constraints: readonly PlacementConstraint[] = [],
): string | undefined {
  const { instance, connected, tasks } = candidate;
  if (instance.status !== 'ACTIVE') return 'INACTIVE';
  if (!connected) return 'AGENT';
  const unsuited = unsuitedFor(candidate, requirement, constraints);
  if (unsuited !== undefined) return unsuited;
  const zone = instanceZone(instance);
  if (zone !== undefined && requirement.zones?.includes(zone) === false) return 'LOCATION';
  if (remaining(instance, tasks, 'cpu') < Number(requirement.cpu ?? 0)) return 'RESOURCE:CPU';
  if (remaining(instance, tasks, 'memory') < Number(requirement.memory ?? 0)) return 'RESOURCE:MEMORY';
  const used = new Set([...reservedPorts(instance), ...portsInUse(tasks)]);
  if (requirement.hostPorts?.some((port) => used.has(port)) === true) return 'RESOURCE:PORTS';
  return undefined;
}

/** What no waiting will change: attributes and constraints. */
export function unsuitedFor(
  candidate: Candidate,
  requirement: Pick<Requirement, 'launchType' | 'enableExecuteCommand' | 'group' | keyof Platform>,
  constraints: readonly PlacementConstraint[],
): string | undefined {
  const { instance, tasks } = candidate;
  if (instanceLaunchType(instance) !== requirement.launchType) return 'ATTRIBUTE';
  if (!hasPlatform(instance, requirement)) return 'ATTRIBUTE';
  if (requirement.enableExecuteCommand && !hasAttribute(instance, EXECUTE_COMMAND_ATTRIBUTE)) return 'ATTRIBUTE';
  for (const { type, expression } of constraints) {
    // Tasks that are to stop do not count, as on AWS.
    const taken = tasks.some(({ group, desiredStatus }) => group === requirement.group && desiredStatus === 'RUNNING');
    if (type === 'distinctInstance' && taken) return 'DistinctInstance placement constraint unsatisfied.';
    if (type !== 'memberOf' || satisfies(querySubject(candidate), parseClusterQuery(expression ?? ''))) continue;
    return 'MemberOf placement constraint unsatisfied.';
  }
  return undefined;
}

/** The best instance of those that can take the task, or one failure for each that cannot. */
export function chooseInstance(
  candidates: readonly Candidate[],
  requirement: Requirement,
  rules: PlacementRules = NO_RULES,
  random: (bound: number) => number = () => 0,
): { readonly chosen: Candidate } | { readonly chosen: undefined; readonly failures: readonly Failure[] } {
  const judged = candidates.map((candidate) => ({
    candidate,
    reason: obstacle(candidate, requirement, rules.constraints),
  }));
  const possible = judged.filter(({ reason }) => reason === undefined).map(({ candidate }) => candidate);
  const chosen = best(possible, requirement.group, rules.strategy, random);
  return chosen === undefined
    ? { chosen, failures: judged.map(({ candidate, reason }) => ({ arn: candidate.instance.arn, reason })) }
    : { chosen };
}

/** Each strategy chooses among what those before it leave equal; in the end the instance with the fewest tasks. */
function best(
  possible: readonly Candidate[],
  group: string,
  strategy: readonly PlacementStrategy[],
  random: (bound: number) => number,
): Candidate | undefined {
  let left = possible;
  for (const { type, field = '' } of strategy) {
    if (left.length < 2) break;
    if (type === 'random') return left[random(left.length)];
    left = type === 'binpack' ? fullest(left, field) : leastSpread(left, group, field);
  }
  return least(left, ({ tasks }) => tasks.length)[0];
}

function fullest(candidates: readonly Candidate[], field: string): readonly Candidate[] {
  const what = field.toLowerCase() === 'cpu' ? 'cpu' : 'memory';
  return least(candidates, ({ instance, tasks }) => remaining(instance, tasks, what));
}

/** Those where the group has the fewest tasks, counted over all that share the field's value. */
function leastSpread(candidates: readonly Candidate[], group: string, field: string): readonly Candidate[] {
  const valueOf = ({ instance }: Candidate): string =>
    field.startsWith('attribute:') ? (attributeValue(instance, field.slice('attribute:'.length)) ?? '') : instance.arn;
  const counts = new Map<string, number>();
  for (const candidate of candidates) {
    const mine = candidate.tasks.filter((task) => task.group === group && task.desiredStatus === 'RUNNING').length;
    counts.set(valueOf(candidate), (counts.get(valueOf(candidate)) ?? 0) + mine);
  }
  return least(candidates, (candidate) => counts.get(valueOf(candidate)) ?? 0);
}

/** All whose measure is the least, in their order. */
function least(candidates: readonly Candidate[], measure: (candidate: Candidate) => number): readonly Candidate[] {
  const lowest = Math.min(...candidates.map(measure));
  return candidates.filter((candidate) => measure(candidate) === lowest);
}

/** An instance as the cluster query language sees it. */
export function querySubject({ instance, connected, tasks }: Candidate): QuerySubject {
  return {
    agentConnected: connected,
    agentVersion: instance.versionInfo.agentVersion,
    ec2InstanceId: instance.ec2InstanceId,
    registeredAt: instance.registeredAt,
    runningTasksCount: tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length,
    taskGroups: tasks.map(({ group }) => group),
    attributes: instanceAttributes(instance),
  };
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

/** Ports of the instance that are its own, as it registered them. */
export function reservedPorts({ registeredResources }: Pick<ContainerInstance, 'registeredResources'>): string[] {
  return registeredResources.flatMap(({ name, stringSetValue = [] }) => {
    const protocol = name === 'PORTS' ? 'tcp' : name === 'PORTS_UDP' ? 'udp' : undefined;
    return protocol === undefined ? [] : stringSetValue.map((port) => `${port}/${protocol}`);
  });
}
