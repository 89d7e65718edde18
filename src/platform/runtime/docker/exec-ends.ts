import type Docker from 'dockerode';
import { HOST_LABEL } from './container-config.js';
import { openDaemonEvents, type DaemonEvent } from './daemon-events.js';

type EventStream = Awaited<ReturnType<typeof openDaemonEvents>>;

/**
 * Tells of the ends of entered processes, from the daemon's events. One connection for all, open while somebody waits;
 * when it breaks, the processes' own connections break with it, and those tell.
 */
export class ExecEnds {
  readonly #docker: Docker;
  readonly #hostId: string;
  readonly #waiting = new Map<string, (code: number) => void>();
  #stream: Promise<EventStream> | undefined;

  constructor(docker: Docker, hostId: string) {
    this.#docker = docker;
    this.#hostId = hostId;
  }

  /** Resolves when its end will not be missed. Calls `ended` once with the exit code, unless it is forgotten before. */
  async watch(execId: string, ended: (code: number) => void): Promise<void> {
    this.#waiting.set(execId, ended);
    const stream = (this.#stream ??= this.#open());
    try {
      await stream;
    } catch {
      // Whoever waits learns it from the process's own connection.
      if (this.#stream === stream) this.#stream = undefined;
    }
  }

  forget(execId: string): void {
    this.#waiting.delete(execId);
    if (this.#waiting.size > 0) return;
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.then((open) => open.destroy()).catch(() => undefined);
  }

  async #open(): Promise<EventStream> {
    const label = `${HOST_LABEL}=${this.#hostId}`;
    const stream: EventStream = await openDaemonEvents(
      this.#docker,
      { events: ['exec_die'], label },
      (event) => this.#event(event),
      () => {
        void this.#stream?.then((current) => {
          if (current === stream) this.#stream = undefined;
        });
      },
    );
    return stream;
  }

  #event({ Actor }: DaemonEvent): void {
    const { execID = '', exitCode } = Actor?.Attributes ?? {};
    const ended = this.#waiting.get(execID);
    if (ended === undefined || exitCode === undefined) return;
    this.forget(execID);
    ended(Number(exitCode));
  }
}
