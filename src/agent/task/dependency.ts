import type { ContainerDependency } from '../../core/protocol/agent-service.js';
import type { HealthStatus } from '../../platform/runtime/runtime.js';

/** What another container's conditions look at. */
export interface ContainerProgress {
  readonly name: string;
  readonly status: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly exitCode?: number;
  /** Absent: the container has no health check. */
  readonly health?: HealthStatus;
  readonly essential?: boolean;
}

/** A condition is met, can still come true, or never will: `impossible` says why. */
export type Verdict = 'met' | 'waiting' | { readonly impossible: string };

/**
 * Judges a dependency as ecs-agent does: START is met by a container that runs or has run, SUCCESS by an exit code of
 * 0, and a container that never started meets nothing.
 */
export function judge(target: string, dependency: ContainerDependency, on: ContainerProgress): Verdict {
  const { condition } = dependency;
  const named = `container ordering dependency [${on.name}, ${condition}] for target [${target}]`;
  const never = (why: string): Verdict => ({ impossible: `dependency graph: failed to resolve ${named} ${why}` });
  if (on.status === 'PENDING') return 'waiting';
  if (on.status === 'STOPPED' && on.exitCode === undefined) return never('because dependency will never start');
  switch (condition) {
    case 'START':
      return 'met';
    case 'COMPLETE':
      return on.status === 'STOPPED' ? 'met' : 'waiting';
    case 'SUCCESS':
      if (on.status !== 'STOPPED') return 'waiting';
      return on.exitCode === 0 ? 'met' : never('as dependency did not exit successfully');
    case 'HEALTHY':
      if (on.health === undefined) return never('as dependency has no health check');
      if (on.health === 'HEALTHY') return 'met';
      // ecs-agent waits for the startTimeout, if there is one; what the task cannot be without, and is broken, ends it.
      if (on.health === 'UNHEALTHY' && on.essential === true) return never('as dependency is UNHEALTHY');
      return on.status === 'STOPPED' ? never('as dependency has ended') : 'waiting';
    default:
      return never('as this agent does not know the condition');
  }
}

/** In ecs-agent's words. */
export function timedOut(target: string, { containerName, condition }: ContainerDependency): string {
  return `dependency graph: container ordering dependency [${containerName}, ${condition}] for target [${target}] has timed out.`;
}
