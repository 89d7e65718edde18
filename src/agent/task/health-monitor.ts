import type { HealthCheck } from '../../core/protocol/container-settings.js';
import type { Container, ContainerHealth, EnteredProcess, HealthStatus } from '../../platform/runtime/runtime.js';
import type { Clock } from '../clock.js';

/** Docker's defaults, and ECS's (seconds; the number of failures in a row). */
export const HEALTH_DEFAULTS = { interval: 30, timeout: 5, retries: 3, startPeriod: 0 } as const;

/** Whether a definition has a check at all. */
export function hasHealthCheck(check: HealthCheck | undefined): check is HealthCheck {
  return check !== undefined && check.command.length > 0 && check.command[0] !== 'NONE';
}

/** `CMD` is run as it stands, `CMD-SHELL` by the container's shell. */
export function healthCommand([kind = '', ...words]: readonly string[]): readonly string[] {
  if (kind === 'CMD-SHELL') return ['/bin/sh', '-c', words.join(' ')];
  return kind === 'CMD' ? words : [kind, ...words];
}

export interface HealthMonitorOptions {
  readonly container: Container;
  readonly check: HealthCheck;
  /** The container's user: a check sees what its command sees. */
  readonly user: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
}

/**
 * Runs a container's health check by entering it, where the runtime does not: healthy at the first success, unhealthy
 * after `retries` failures in a row; failures within `startPeriod` do not count.
 */
export class HealthMonitor implements ContainerHealth {
  readonly #options: HealthMonitorOptions;
  readonly #watchers: ((status: HealthStatus) => void)[] = [];
  readonly #startedAt: number;
  #status: HealthStatus = 'UNKNOWN';
  #failures = 0;
  #cancel: () => void = () => undefined;
  #process: EnteredProcess | undefined;
  #ended = false;

  constructor(options: HealthMonitorOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
    this.#next();
    void options.container.exited.then(() => this.stop());
  }

  get status(): HealthStatus {
    return this.#status;
  }

  watch(changed: (status: HealthStatus) => void): void {
    this.#watchers.push(changed);
  }

  stop(): void {
    this.#ended = true;
    this.#cancel();
    this.#process?.signal('SIGKILL');
  }

  #next(): void {
    const { clock, check } = this.#options;
    this.#cancel = clock.after((check.interval ?? HEALTH_DEFAULTS.interval) * 1000, () => void this.#probe());
  }

  async #probe(): Promise<void> {
    const { clock, check } = this.#options;
    const healthy = await this.#succeeds().catch(() => false);
    if (this.#ended) return;
    if (healthy) {
      this.#failures = 0;
      this.#become('HEALTHY');
    } else {
      const started = clock.now() - this.#startedAt >= (check.startPeriod ?? HEALTH_DEFAULTS.startPeriod) * 1000;
      if (started || this.#status === 'HEALTHY') this.#failures += 1;
      if (this.#failures >= (check.retries ?? HEALTH_DEFAULTS.retries)) this.#become('UNHEALTHY');
    }
    this.#next();
  }

  async #succeeds(): Promise<boolean> {
    const { container, check, user, environment, clock } = this.#options;
    const argv = healthCommand(check.command);
    const process = await container.enter({ argv, environment, ...(user !== '' && { user }) });
    this.#process = process;
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined).resume();
    process.stdin.on('error', () => undefined).end();
    const cancel = clock.after((check.timeout ?? HEALTH_DEFAULTS.timeout) * 1000, () => process.signal('SIGKILL'));
    if (this.#ended) process.signal('SIGKILL');
    const { code } = await process.exited;
    cancel();
    process.stdout.destroy();
    process.stderr.destroy();
    this.#process = undefined;
    return code === 0;
  }

  #become(status: HealthStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    for (const watcher of this.#watchers) watcher(status);
  }
}
