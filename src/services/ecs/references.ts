import type { EcsArns } from './arns.js';
import { ecsError } from './ecs-error.js';

/** What a caller may type for a cluster, a service, a task …: a short name or id, or an ARN of either format. */

/** A noun inside a cluster. `clusterName` is known when a long ARN was given. */
export interface ClusterMember {
  readonly clusterName: string | undefined;
  readonly id: string;
}

export interface TaskDefinitionReference {
  readonly family: string;
  /** Absent: the latest ACTIVE revision. */
  readonly revision: number | undefined;
}

/** Name of the cluster meant; absent means the one called `default`. */
export function clusterReference(arns: EcsArns, reference: string | undefined): string {
  if (reference === undefined || reference === '') return 'default';
  if (!reference.startsWith('arn:')) return reference;
  const { type, path } = arns.parse(reference);
  const [name, ...rest] = path;
  if (type !== 'cluster' || name === undefined || rest.length > 0) {
    throw ecsError.invalidParameter('The ARN provided is invalid.');
  }
  return name;
}

function memberReference(arns: EcsArns, expected: string, reference: string): ClusterMember {
  if (!reference.startsWith('arn:')) return { clusterName: undefined, id: reference };
  const { type, path } = arns.parse(reference);
  const [first, second] = path;
  if (type !== expected || first === undefined || path.length > 2) {
    throw ecsError.invalidParameter('The ARN provided is invalid.');
  }
  return second === undefined ? { clusterName: undefined, id: first } : { clusterName: first, id: second };
}

export function serviceReference(arns: EcsArns, reference: string): ClusterMember {
  return memberReference(arns, 'service', reference);
}

/** Ids have 32 characters, old ones 36. `name` is how the refusal calls the parameter: ExecuteCommand says `task`. */
export function taskReference(arns: EcsArns, reference: string, name: 'taskId' | 'task' = 'taskId'): ClusterMember {
  const member = memberReference(arns, 'task', reference);
  if (member.id.length !== 32 && member.id.length !== 36) {
    throw ecsError.invalidParameter(`${name} length should be one of [32,36]`);
  }
  return member;
}

export function containerInstanceReference(arns: EcsArns, reference: string): ClusterMember {
  const member = memberReference(arns, 'container-instance', reference);
  if (member.id.length !== 32 && member.id.length !== 36) {
    throw ecsError.invalidParameter('containerInstance length should be one of [32,36]');
  }
  return member;
}

/** `family`, `family:revision` or an ARN. */
export function taskDefinitionReference(arns: EcsArns, reference: string): TaskDefinitionReference {
  let name = reference;
  if (reference.startsWith('arn:')) {
    const { type, path } = arns.parse(reference);
    if (type !== 'task-definition' || path.length > 1) throw ecsError.invalidParameter('The ARN provided is invalid.');
    name = path[0] ?? '';
  }
  const [family = '', revision, ...rest] = name.split(':');
  if (revision === undefined) return { family, revision: undefined };
  if (rest.length > 0 || !/^[0-9]{1,9}$/.test(revision)) {
    throw ecsError.invalidParameter(`Invalid revision number. Number: ${[revision, ...rest].join(':')}`);
  }
  return { family, revision: Number(revision) };
}

/** A revision that is named; a family alone is not enough. */
export function revisionReference(
  arns: EcsArns,
  reference: string,
): TaskDefinitionReference & { readonly revision: number } {
  const { family, revision } = taskDefinitionReference(arns, reference);
  if (revision === undefined) throw ecsError.client('Revision is missing.');
  return { family, revision };
}
