import type { ContainerPayload } from '../../core/protocol/agent-service.js';

/** How often a container was started again, and when for the last time (milliseconds since the epoch). */
export interface Restarts {
  readonly count: number;
  readonly lastAt: number;
}

/**
 * Whether a container that has ended by itself is started again, as ecs-agent's restart tracker has it: it must have
 * run for the whole period since its start or its last restart, so that a command that fails at once is no loop.
 */
export class RestartPolicy {
  readonly #policy: ContainerPayload['restartPolicy'];
  #restarts: Restarts | undefined;

  /** `restarts`: of a container that an earlier agent has looked after. */
  constructor(policy: ContainerPayload['restartPolicy'], restarts?: Restarts) {
    this.#policy = policy;
    this.#restarts = restarts;
  }

  /** Undefined: never. */
  get restarts(): Restarts | undefined {
    return this.#restarts;
  }

  /** Undefined: the container has no such policy. */
  get count(): number | undefined {
    return this.#policy?.enabled === true ? (this.#restarts?.count ?? 0) : undefined;
  }

  /** Times in milliseconds since the epoch. */
  allows(exitCode: number, startedAt: number, now: number): boolean {
    if (this.#policy?.enabled !== true || this.#policy.ignoredExitCodes.includes(exitCode)) return false;
    return now - (this.#restarts?.lastAt ?? startedAt) >= this.#policy.restartAttemptPeriod * 1000;
  }

  restarted(now: number): void {
    this.#restarts = { count: (this.#restarts?.count ?? 0) + 1, lastAt: now };
  }
}
