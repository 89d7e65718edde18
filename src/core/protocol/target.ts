/** Identity of an agent in an ECS container (wire-protocol 10.2). */
export interface EcsTarget {
  readonly clusterName: string;
  readonly taskId: string;
  readonly runtimeId: string;
}

/** The names of clusters may contain `_`, ids do not: the greedy first group splits from the right. */
const FORM = /^ecs:([A-Za-z0-9_-]+)_([A-Za-z0-9-]+)_([A-Za-z0-9-]+)$/;

/** Longer strings are no target: 4 + 255 of the cluster + 36 of the task + 64 of the container, and some room. */
export const MAX_TARGET_CHARACTERS = 400;

export function formatTarget(target: EcsTarget): string {
  return `ecs:${target.clusterName}_${target.taskId}_${target.runtimeId}`;
}

/** Undefined when `text` is not `ecs:<cluster>_<task id>_<runtime id>`. */
export function parseTarget(text: string): EcsTarget | undefined {
  const [, clusterName, taskId, runtimeId] = (text.length <= MAX_TARGET_CHARACTERS && FORM.exec(text)) || [];
  if (clusterName === undefined || taskId === undefined || runtimeId === undefined) return undefined;
  return { clusterName, taskId, runtimeId };
}
