import type { ContainerDependency, ContainerPayload } from '../../core/protocol/agent-service.js';
import type { Clock } from '../clock.js';
import { judge, timedOut, type ContainerProgress } from './dependency.js';

/** A container to be brought into order. */
export interface Ordered {
  readonly payload: Pick<ContainerPayload, 'name' | 'dependsOn' | 'startTimeout'>;
  readonly progress: ContainerProgress;
  /** When it was asked to start, in milliseconds since the epoch; undefined: not yet. */
  readonly begunAt: number | undefined;
  start(): Promise<void>;
}

export interface StartOrderOptions {
  readonly containers: readonly Ordered[];
  readonly clock: Clock;
  /** Resolves at the next change of any container. */
  readonly changed: () => Promise<void>;
  /** No more containers are to be started. */
  readonly stopping: () => boolean;
  /** Something runs while another still waits for it. */
  readonly waiting: () => void;
}

/** What keeps a container from ever starting; the task fails with it. */
export class DependencyError extends Error {
  override readonly name = 'DependencyError';
  readonly container: string;
  constructor(container: string, message: string) {
    super(message);
    this.container = container;
  }
}

/**
 * Starts containers one after the other: the first of the definition whose conditions are met. Rejects with
 * {@link DependencyError} when a condition will never come true, or not in time; with what a start rejects with.
 */
export async function startInOrder(options: StartOrderOptions): Promise<void> {
  const { containers, clock, stopping, changed, waiting } = options;
  // Others were started by an earlier agent.
  const left = new Set(containers.filter(({ progress }) => progress.status === 'PENDING'));
  while (left.size > 0 && !stopping()) {
    const next = [...left].find((container) => blockers(container, containers).length === 0);
    if (next !== undefined) {
      left.delete(next);
      await next.start();
      continue;
    }
    const until = deadline([...left], containers, clock);
    waiting();
    await changeOr(clock, until - clock.now(), changed());
  }
}

/** Conditions that are still waited for. */
function blockers({ payload }: Ordered, all: readonly Ordered[]): { dependency: ContainerDependency; on: Ordered }[] {
  const found = [];
  for (const dependency of payload.dependsOn ?? []) {
    const on = all.find((other) => other.payload.name === dependency.containerName);
    if (on === undefined) {
      throw new DependencyError(
        payload.name,
        `dependency graph: container ordering dependency [${dependency.containerName}] for target [${payload.name}] does not exist.`,
      );
    }
    const verdict = judge(payload.name, dependency, on.progress);
    if (verdict === 'met') continue;
    if (verdict !== 'waiting') throw new DependencyError(payload.name, verdict.impossible);
    found.push({ dependency, on });
  }
  return found;
}

/** When the first wait for a container with a startTimeout is over. Throws when it is, and when nothing moves any more. */
function deadline(left: readonly Ordered[], all: readonly Ordered[], clock: Clock): number {
  let first = Number.POSITIVE_INFINITY;
  let moving = false;
  for (const container of left) {
    for (const { dependency, on } of blockers(container, all)) {
      if (on.begunAt === undefined) continue;
      moving = true;
      const { startTimeout } = on.payload;
      // One that has ended cannot be late.
      if (startTimeout === undefined || on.progress.status === 'STOPPED') continue;
      const due = on.begunAt + startTimeout * 1000;
      if (due <= clock.now()) {
        throw new DependencyError(container.payload.name, timedOut(container.payload.name, dependency));
      }
      first = Math.min(first, due);
    }
  }
  if (!moving) {
    const names = left.map(({ payload }) => payload.name).join(', ');
    throw new DependencyError(
      left[0]?.payload.name ?? '',
      `dependency graph: containers [${names}] wait for each other`,
    );
  }
  return first;
}

function changeOr(clock: Clock, ms: number, change: Promise<void>): Promise<void> {
  if (ms === Number.POSITIVE_INFINITY) return change;
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    void change.then(() => {
      cancel();
      resolve();
    });
  });
}
