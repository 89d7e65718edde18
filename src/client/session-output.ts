import type { Writable } from 'node:stream';
import { PayloadType } from '../core/protocol/payload-type.js';

export interface SessionOutputEvents {
  /** The reader is slower than the far side. */
  full(): void;
  /** It has caught up. */
  drained(): void;
  /** Standard output cannot be written any more; `EPIPE` when its reader has gone. */
  broken(error: NodeJS.ErrnoException): void;
}

/** Our stdout and stderr as the destination of a session: nothing else ever writes to stdout. */
export class SessionOutput {
  readonly #stdout: Writable;
  readonly #stderr: Writable;
  readonly #events: SessionOutputEvents;
  readonly #full = new Set<Writable>();
  #broken = false;
  #stderrBroken = false;

  constructor(stdout: Writable, stderr: Writable, events: SessionOutputEvents) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#events = events;
    stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#broken) return;
      this.#broken = true;
      this.#drained(stdout);
      events.broken(error);
    });
    // Without a reader of its messages a command goes on, and so do we.
    stderr.on('error', () => {
      this.#stderrBroken = true;
      this.#drained(stderr);
    });
  }

  /** `payloadType`: StdErr goes to stderr, everything else that is to be seen to stdout. */
  write(payloadType: number, payload: Uint8Array): void {
    if (payloadType === PayloadType.StdErr) {
      if (!this.#stderrBroken) this.#writeTo(this.#stderr, payload);
    } else if (!this.#broken) {
      this.#writeTo(this.#stdout, payload);
    }
  }

  /** Resolves when everything has been handed to the operating system, or cannot be. */
  async flush(): Promise<void> {
    await Promise.all([this.#stdout, this.#stderr].map((stream) => this.#flushed(stream)));
  }

  #writeTo(stream: Writable, payload: Uint8Array): void {
    if (stream.write(payload) || this.#full.has(stream)) return;
    const wasFull = this.#full.size > 0;
    this.#full.add(stream);
    stream.once('drain', () => this.#drained(stream));
    if (!wasFull) this.#events.full();
  }

  #drained(stream: Writable): void {
    if (this.#full.delete(stream) && this.#full.size === 0) this.#events.drained();
  }

  #flushed(stream: Writable): Promise<void> {
    if (stream.writableLength === 0 || stream.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      stream.once('drain', resolve);
      stream.once('error', resolve);
      stream.once('close', resolve);
      stream.write('', () => resolve());
    });
  }
}
