import type { Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';

/** Kept for a reader before the connection is paused. */
const READ_HIGH_WATER = 65_536;
/** Bytes that wait for a slow process before a writer is told to, as with the sandbox's pipes. */
const WRITE_HIGH_WATER = 262_144;
/** Of a frame: stream number, three zeros, length (big-endian). */
const HEADER_BYTES = 8;
const STDERR = 2;

/** One stream of a connection that carries several; asks for more, and is told when nobody wants it any more. */
class AttachedOutput extends Readable {
  wanting = true;
  readonly #wanted: () => void;
  readonly #left: () => void;

  constructor(wanted: () => void, left: () => void) {
    super({ highWaterMark: READ_HIGH_WATER });
    this.#wanted = wanted;
    this.#left = left;
  }

  override _read(): void {
    this.wanting = true;
    this.#wanted();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    done(error);
    this.#left();
  }

  /** Whether there is room for more; true where nobody listens any more. */
  receive(chunk: Uint8Array): boolean {
    if (this.destroyed || this.readableEnded) return true;
    this.wanting = this.push(chunk);
    return this.wanting;
  }

  finish(): void {
    if (!this.destroyed) this.push(null);
  }
}

/**
 * What a hijacked connection of Docker brings: raw for a terminal, else stdout and stderr in frames. A reader that is
 * slow pauses the connection, and so, some buffers on, the process.
 */
export class AttachedStreams {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The connection has ended, and all it brought has been passed on. */
  readonly ended: Promise<void>;
  readonly #framed: boolean;
  #socket: Socket;
  readonly #outputs: readonly [AttachedOutput, AttachedOutput];
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  #payloadBytes = 0;
  #current: AttachedOutput;
  #draining = false;

  /** `again`: the connection to go on with when one has ended; undefined: it was the last. Never rejects. */
  constructor(socket: Socket, framed: boolean, again?: () => Promise<Socket | undefined>) {
    this.#framed = framed;
    const open = (): AttachedOutput =>
      new AttachedOutput(
        () => this.#flow(),
        () => this.#flow(),
      );
    this.#outputs = [open(), open()];
    [this.stdout, this.stderr] = this.#outputs;
    this.#current = this.#outputs[0];
    if (!framed) this.#outputs[1].finish();
    this.#socket = socket;
    this.ended = this.#carry(socket, again);
  }

  async #carry(first: Socket, again: (() => Promise<Socket | undefined>) | undefined): Promise<void> {
    for (let socket: Socket | undefined = first; socket !== undefined; socket = await again?.()) {
      await this.#carryOne(socket);
    }
    for (const output of this.#outputs) output.finish();
  }

  /** Resolves when it has ended. */
  #carryOne(socket: Socket): Promise<void> {
    this.#socket = socket;
    this.#headerBytes = 0;
    this.#payloadBytes = 0;
    socket.on('data', (chunk: Buffer) => this.#data(chunk));
    socket.on('error', () => undefined);
    return new Promise((resolve) => {
      socket.once('end', resolve);
      socket.once('close', () => resolve());
    });
  }

  /** Whether a reader's slowness has stopped the connection. */
  get paused(): boolean {
    return this.#socket.isPaused() && !this.#socket.destroyed;
  }

  /**
   * Takes what the daemon still holds of a process that has exited, however slow the reader: the daemon forgets it
   * after two seconds. That is the megabyte it keeps, and what pipes and sockets hold.
   */
  drain(): void {
    this.#draining = true;
    this.#socket.resume();
  }

  #flow(): void {
    const [stdout, stderr] = this.#outputs;
    const wanted = (output: AttachedOutput): boolean => output.destroyed || output.readableEnded || output.wanting;
    if (this.#draining || (wanted(stdout) && (!this.#framed || wanted(stderr)))) this.#socket.resume();
  }

  #data(chunk: Buffer): void {
    let room = true;
    if (!this.#framed) room = this.#outputs[0].receive(chunk);
    else
      for (let at = 0; at < chunk.length;) {
        if (this.#payloadBytes === 0) {
          at = this.#readHeader(chunk, at);
          continue;
        }
        const part = chunk.subarray(at, at + this.#payloadBytes);
        at += part.length;
        this.#payloadBytes -= part.length;
        if (!this.#current.receive(part)) room = false;
      }
    if (!room && !this.#draining) this.#socket.pause();
  }

  #readHeader(chunk: Buffer, at: number): number {
    const copied = chunk.copy(this.#header, this.#headerBytes, at, at + HEADER_BYTES - this.#headerBytes);
    this.#headerBytes += copied;
    if (this.#headerBytes === HEADER_BYTES) {
      this.#headerBytes = 0;
      this.#payloadBytes = this.#header.readUInt32BE(4);
      this.#current = this.#outputs[this.#header[0] === STDERR ? 1 : 0];
    }
    return at + copied;
  }
}

/**
 * What is written to a hijacked connection. `end()` closes its direction, except for a terminal's. What a process or a
 * daemon that is gone does not take is dropped without an error.
 */
export class AttachedInput extends Writable {
  readonly #socket: Socket;
  readonly #closes: boolean;

  constructor(socket: Socket, closes: boolean) {
    super({ highWaterMark: WRITE_HIGH_WATER });
    this.#socket = socket;
    this.#closes = closes;
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    if (!this.#socket.writable) done();
    else this.#whenWritten((settle) => this.#socket.write(chunk, settle), done);
  }

  override _final(done: (error?: Error) => void): void {
    if (!this.#closes || !this.#socket.writable) done();
    else this.#whenWritten((settle) => this.#socket.end(settle), done);
  }

  /** A connection that is closed under a write may never say what became of it. */
  #whenWritten(write: (settle: () => void) => void, done: () => void): void {
    let settled = false;
    const settle = (): void => {
      if (settled) return;
      settled = true;
      this.#socket.off('close', settle);
      done();
    };
    this.#socket.once('close', settle);
    write(settle);
  }
}
