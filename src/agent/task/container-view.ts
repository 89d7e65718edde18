import type { ContainerPayload } from '../../core/protocol/agent-service.js';
import type { ContainerStateChange } from '../host/state-reports.js';
import type { ContainerFacts } from '../metadata/task-metadata.js';
import type { ContainerRun } from './container-run.js';
import type { ContainerProgress } from './dependency.js';
import type { KeptContainer } from './kept-task.js';
import type { Restarts } from './restart-policy.js';

/** Times in milliseconds since the epoch. */
export type ContainerTimes = Pick<KeptContainer, 'createdAt' | 'startedAt' | 'finishedAt'>;

/** All that is known of a container, from which each who asks is told in his own form. */
export interface ContainerView {
  readonly payload: ContainerPayload;
  readonly status: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly runtimeId: string | undefined;
  readonly exitCode: number | undefined;
  readonly reason: string | undefined;
  readonly times: ContainerTimes;
  readonly restarts: Restarts | undefined;
  /** Undefined: it has no restart policy. */
  readonly restartCount: number | undefined;
  readonly run: ContainerRun | undefined;
}

/** For the endpoint. */
export function stateOf(view: ContainerView): ContainerStateChange {
  const { payload, status, runtimeId, exitCode, reason, run } = view;
  const { imageDigest, networkBindings } = run?.container ?? {};
  return {
    containerName: payload.name,
    status,
    ...(status !== 'PENDING' && runtimeId !== undefined && { runtimeId }),
    ...(exitCode !== undefined && { exitCode }),
    ...(reason !== undefined && { reason }),
    ...(imageDigest !== undefined && { imageDigest }),
    ...(networkBindings !== undefined && { networkBindings }),
  };
}

/** For the agent after this one. */
export function keptOf({
  payload,
  status,
  runtimeId,
  exitCode,
  reason,
  times,
  restarts,
}: ContainerView): KeptContainer {
  return {
    name: payload.name,
    status,
    ...(runtimeId !== undefined && { runtimeId }),
    ...(exitCode !== undefined && { exitCode }),
    ...(reason !== undefined && { reason }),
    ...times,
    ...(restarts !== undefined && { restarts }),
  };
}

/** For conditions of other containers. */
export function progressOf({ payload, status, exitCode, run }: ContainerView): ContainerProgress {
  const health = run?.health;
  return {
    name: payload.name,
    essential: payload.essential,
    status,
    ...(exitCode !== undefined && { exitCode }),
    ...(health !== undefined && { health }),
  };
}

/** For metadata. */
export function factsOf({ payload, status, exitCode, times, restartCount, run }: ContainerView): ContainerFacts {
  const { container, health, healthSince } = run ?? {};
  return {
    payload,
    status,
    ...(container !== undefined && { runtimeId: container.id }),
    ...(container?.imageDigest !== undefined && { imageDigest: container.imageDigest }),
    ...(exitCode !== undefined && { exitCode }),
    ...(health !== undefined && { health }),
    ...(healthSince !== undefined && { healthSince }),
    ...(restartCount !== undefined && { restartCount }),
    ...times,
  };
}
