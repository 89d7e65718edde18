import type { Container, ContainerHealth, HealthStatus } from '../../platform/runtime/runtime.js';
import type { HealthCheck } from '../../core/protocol/container-settings.js';
import type { Clock } from '../clock.js';
import { hasHealthCheck, HealthMonitor } from './health-monitor.js';

/** What a container's check says: nothing before it runs, then the runtime's word, or else that of the agent's own. */
export class WatchedHealth {
  readonly #check: HealthCheck | undefined;
  #health: ContainerHealth | undefined;

  constructor(check: HealthCheck | undefined) {
    this.#check = hasHealthCheck(check) ? check : undefined;
  }

  /** Undefined: the container has no check. */
  get status(): HealthStatus | undefined {
    return this.#check === undefined ? undefined : (this.#health?.status ?? 'UNKNOWN');
  }

  watch(
    container: Container,
    as: { readonly user: string; readonly environment: Readonly<Record<string, string>>; readonly clock: Clock },
    changed: () => void,
  ): void {
    if (this.#check === undefined) return;
    this.#health = container.health ?? new HealthMonitor({ container, check: this.#check, ...as });
    this.#health.watch(changed);
  }
}
