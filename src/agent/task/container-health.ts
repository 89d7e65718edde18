import type { Container, ContainerHealth, HealthStatus } from '../../platform/runtime/runtime.js';
import type { HealthCheck } from '../../core/protocol/container-settings.js';
import type { Clock } from '../clock.js';
import { hasHealthCheck, HealthMonitor } from './health-monitor.js';

/** What a container's check says: nothing before it runs, then the runtime's word, or else that of the agent's own. */
export class WatchedHealth {
  readonly #check: HealthCheck | undefined;
  #health: ContainerHealth | undefined;
  #monitor: HealthMonitor | undefined;
  #since: number | undefined;

  constructor(check: HealthCheck | undefined) {
    this.#check = hasHealthCheck(check) ? check : undefined;
  }

  /** Undefined: the container has no check. */
  get status(): HealthStatus | undefined {
    return this.#check === undefined ? undefined : (this.#health?.status ?? 'UNKNOWN');
  }

  /** When the check has said something else for the last time, in milliseconds since the epoch. */
  get since(): number | undefined {
    return this.#since;
  }

  watch(
    container: Container,
    as: { readonly user: string; readonly environment: Readonly<Record<string, string>>; readonly clock: Clock },
    changed: () => void,
  ): void {
    if (this.#check === undefined) return;
    if (container.health === undefined) this.#monitor = new HealthMonitor({ container, check: this.#check, ...as });
    this.#health = container.health ?? this.#monitor;
    this.#since = as.clock.now();
    this.#health?.watch(() => {
      this.#since = as.clock.now();
      changed();
    });
  }

  /** Looks no more, where it is the agent that looks. */
  stop(): void {
    this.#monitor?.stop();
  }
}
