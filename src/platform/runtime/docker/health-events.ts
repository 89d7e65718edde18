import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { ContainerHealth, HealthStatus } from '../runtime.js';
import { HOST_LABEL } from './container-config.js';
import { openDaemonEvents } from './daemon-events.js';

/** Before the daemon's events are asked for again, in milliseconds. */
const AGAIN_MS = 1_000;

class WatchedContainer implements ContainerHealth {
  readonly #watchers: ((status: HealthStatus) => void)[] = [];
  #status: HealthStatus;

  constructor(status: HealthStatus) {
    this.#status = status;
  }

  get status(): HealthStatus {
    return this.#status;
  }

  watch(changed: (status: HealthStatus) => void): void {
    this.#watchers.push(changed);
  }

  become(status: HealthStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    for (const changed of this.#watchers) changed(status);
  }
}

/** What the daemon says of containers' health, by its events: one connection for all, open while there is one to watch. */
export class HealthEvents {
  readonly #docker: Docker;
  readonly #hostId: string;
  readonly #watched = new Map<string, WatchedContainer>();
  #stream: { destroy(): void } | undefined;
  #listening = false;

  constructor(docker: Docker, hostId: string) {
    this.#docker = docker;
    this.#hostId = hostId;
  }

  /** `status` in Docker's word; watched until `ended` resolves. */
  of(dockerId: string, status: string, ended: Promise<unknown>): ContainerHealth {
    const watched = new WatchedContainer(healthStatus(status));
    this.#watched.set(dockerId, watched);
    void ended.then(() => {
      this.#watched.delete(dockerId);
      if (this.#watched.size === 0) this.#stream?.destroy();
    });
    if (!this.#listening) void this.#listen();
    return watched;
  }

  async #listen(): Promise<void> {
    this.#listening = true;
    while (this.#watched.size > 0) {
      await this.#hear().catch(() => undefined);
      if (this.#watched.size > 0) await sleep(AGAIN_MS);
    }
    this.#listening = false;
  }

  /** Resolves when the connection has ended. */
  async #hear(): Promise<void> {
    let closed: () => void = () => undefined;
    const over = new Promise<void>((resolve) => (closed = resolve));
    const label = `${HOST_LABEL}=${this.#hostId}`;
    this.#stream = await openDaemonEvents(
      this.#docker,
      { events: ['health_status'], label },
      ({ Action = '', Actor }) => {
        const [, status = ''] = /^health_status: (\w+)$/.exec(Action) ?? [];
        this.#watched.get(Actor?.ID ?? '')?.become(healthStatus(status));
      },
      closed,
    );
    // What has changed while nobody listened.
    for (const [id, watched] of this.#watched) {
      const found = await this.#docker
        .getContainer(id)
        .inspect()
        .catch(() => undefined);
      const status = found?.State.Health?.Status;
      if (status !== undefined) watched.become(healthStatus(status));
    }
    await over;
  }
}

/** `starting` is not known yet. */
function healthStatus(status: string): HealthStatus {
  if (status === 'healthy') return 'HEALTHY';
  return status === 'unhealthy' ? 'UNHEALTHY' : 'UNKNOWN';
}
