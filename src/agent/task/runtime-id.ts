import type { TaskPayload } from '../../core/protocol/agent-service.js';

/** 32 hex digits: the last part of the ARN, of an old ARN without its hyphens (ecs-api 2). */
export function taskIdOf(taskArn: string): string {
  return taskArn.slice(taskArn.lastIndexOf('/') + 1).replaceAll('-', '');
}

/** `<32-hex task id>-<10 digits>`, as on Fargate (ecs-api 2). */
export function runtimeId(taskArn: string, randomBytes: (length: number) => Uint8Array): string {
  const bytes = randomBytes(10);
  const digits = Array.from(bytes, (byte, index) => (index === 0 ? 1 + (byte % 9) : byte % 10));
  return `${taskIdOf(taskArn)}-${digits.join('')}`;
}

/** Session Manager's name for a container: `ecs:<cluster>_<task id>_<runtime id>` (wire-protocol 10.2). */
export function targetOf(task: Pick<TaskPayload, 'arn' | 'clusterArn'>, container: string): string {
  const cluster = task.clusterArn.slice(task.clusterArn.lastIndexOf('/') + 1);
  return `ecs:${cluster}_${task.arn.slice(task.arn.lastIndexOf('/') + 1)}_${container}`;
}
