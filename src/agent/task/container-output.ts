import type { Readable } from 'node:stream';
import type { LogConfiguration } from '../../core/protocol/agent-service.js';
import type { Credentials } from '../../platform/aws/credentials.js';

/** Bytes kept of what a container wrote last. */
export const TAIL_BYTES = 16_384;

/** Takes what a container writes: a log driver. */
export interface ContainerLog {
  /**
   * A promise: there is no room for more until it settles, and the container is to wait. Never throws, and no promise
   * rejects.
   */
  write(stream: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void> | void;
  /** There is no more. Resolves when all is delivered, or the driver has given up; never rejects. */
  close(): Promise<void> | void;
}

export interface ContainerLogRequest {
  readonly taskArn: string;
  readonly containerName: string;
  readonly runtimeId: string;
  /** What the definition says; absent: nothing. */
  readonly logConfiguration?: LogConfiguration;
  /** Of the task's execution role, which delivers logs on AWS; absent: it has none. */
  readonly credentials?: () => Promise<Credentials>;
}

/**
 * Opens the log of a container before it starts; undefined when its definition names none that is known. Rejects with a
 * StartError, in AWS's words, when it cannot be written to: then the container does not start.
 */
export type OpenContainerLog = (
  container: ContainerLogRequest,
) => Promise<ContainerLog | undefined> | ContainerLog | undefined;

/**
 * Reads a container's stdout and stderr for as long as it lives, for else it would block on a full pipe; keeps the
 * last {@link TAIL_BYTES} of both together and hands all of it to the log driver.
 */
export class ContainerOutput {
  readonly #chunks: Uint8Array[] = [];
  readonly #log: ContainerLog | undefined;
  readonly #streams: readonly Readable[];
  /** Resolves when both streams have ended and the log driver is done with them; at once when there is no driver. */
  readonly finished: Promise<void>;
  #finish: () => void = () => undefined;
  #size = 0;
  #open = 2;

  constructor(streams: { readonly stdout: Readable; readonly stderr: Readable }, log?: ContainerLog) {
    this.#log = log;
    this.#streams = [streams.stdout, streams.stderr];
    this.finished = log === undefined ? Promise.resolve() : new Promise((resolve) => (this.#finish = resolve));
    for (const name of ['stdout', 'stderr'] as const) {
      const stream = streams[name];
      stream.on('data', (bytes: Uint8Array) => {
        const room = this.#take(name, bytes);
        if (room === undefined) return;
        stream.pause();
        void room.then(() => stream.resume());
      });
      // A stream that breaks has nothing more to say; the exit code tells how the container ended.
      stream.on('error', () => undefined);
      stream.on('close', () => this.#closed());
    }
  }

  /** The last bytes, oldest first. */
  tail(): Uint8Array {
    return Buffer.concat(this.#chunks).subarray(-TAIL_BYTES);
  }

  /** Reads no more; what was read is delivered. The container runs on. */
  leave(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  #take(name: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void> | undefined {
    const room = this.#log?.write(name, bytes);
    this.#chunks.push(Uint8Array.from(bytes.subarray(-TAIL_BYTES)));
    this.#size += this.#chunks.at(-1)?.length ?? 0;
    while (this.#size - (this.#chunks[0]?.length ?? 0) >= TAIL_BYTES) this.#size -= this.#chunks.shift()?.length ?? 0;
    return room instanceof Promise ? room : undefined;
  }

  #closed(): void {
    this.#open -= 1;
    if (this.#open === 0) void Promise.resolve(this.#log?.close()).then(this.#finish);
  }
}
