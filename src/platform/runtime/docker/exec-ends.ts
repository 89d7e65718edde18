import type Docker from 'dockerode';
import { HOST_LABEL } from './container-config.js';

interface EventStream extends NodeJS.ReadableStream {
  destroy(): void;
}

interface ExecDied {
  readonly Actor?: { readonly Attributes?: { readonly execID?: string; readonly exitCode?: string } };
}

/** An event is a line of JSON, with all labels of its container. */
const MAX_EVENT_BYTES = 1_048_576;

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
    const stream = (await this.#docker.getEvents({
      // The daemon says yes a moment before it listens: events of the last second make up for it.
      since: Math.floor(Date.now() / 1000) - 1,
      filters: { type: ['container'], event: ['exec_die'], label: [`${HOST_LABEL}=${this.#hostId}`] },
    })) as EventStream;
    let text = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      const lines = (text + chunk).split('\n');
      text = lines.pop() ?? '';
      if (text.length > MAX_EVENT_BYTES) stream.destroy();
      // Docker ends a line with each event; Podman too.
      for (const line of lines) this.#event(line);
    });
    stream.on('error', () => undefined);
    stream.once('close', () => {
      void this.#stream?.then((current) => {
        if (current === stream) this.#stream = undefined;
      });
    });
    return stream;
  }

  #event(line: string): void {
    let event: ExecDied;
    try {
      event = JSON.parse(line) as ExecDied;
    } catch {
      return;
    }
    const { execID = '', exitCode } = event.Actor?.Attributes ?? {};
    const ended = this.#waiting.get(execID);
    if (ended === undefined || exitCode === undefined) return;
    this.forget(execID);
    ended(Number(exitCode));
  }
}
