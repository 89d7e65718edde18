import type { Readable } from 'node:stream';

/** Bytes kept of what a container wrote last. */
export const TAIL_BYTES = 16_384;

/** Takes what a container writes: a log driver. */
export interface ContainerLog {
  write(stream: 'stdout' | 'stderr', bytes: Uint8Array): void;
  close(): void;
}

/** Opens the log of a container; undefined when its definition names none. */
export type OpenContainerLog = (container: {
  readonly taskArn: string;
  readonly containerName: string;
  readonly runtimeId: string;
}) => ContainerLog | undefined;

/**
 * Reads a container's stdout and stderr for as long as it lives, for else it would block on a full pipe; keeps the
 * last {@link TAIL_BYTES} of both together and hands all of it to the log driver.
 */
export class ContainerOutput {
  readonly #chunks: Uint8Array[] = [];
  readonly #log: ContainerLog | undefined;
  #size = 0;
  #open = 2;

  constructor(streams: { readonly stdout: Readable; readonly stderr: Readable }, log?: ContainerLog) {
    this.#log = log;
    for (const name of ['stdout', 'stderr'] as const) {
      const stream = streams[name];
      stream.on('data', (bytes: Uint8Array) => this.#take(name, bytes));
      // A stream that breaks has nothing more to say; the exit code tells how the container ended.
      stream.on('error', () => undefined);
      stream.on('close', () => this.#closed());
    }
  }

  /** The last bytes, oldest first. */
  tail(): Uint8Array {
    return Buffer.concat(this.#chunks).subarray(-TAIL_BYTES);
  }

  #take(name: 'stdout' | 'stderr', bytes: Uint8Array): void {
    this.#log?.write(name, bytes);
    this.#chunks.push(Uint8Array.from(bytes.subarray(-TAIL_BYTES)));
    this.#size += this.#chunks.at(-1)?.length ?? 0;
    while (this.#size - (this.#chunks[0]?.length ?? 0) >= TAIL_BYTES) this.#size -= this.#chunks.shift()?.length ?? 0;
  }

  #closed(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#log?.close();
  }
}
