import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { ReadStream } from 'node:tty';

/** Linux's number of the device /dev/pts/ptmx: major 5, minor 2. */
const PTMX = 0x502;
/** Opens a path only to name it: nothing happens to what is there. Not among Node's constants; the same on x64 and arm64. */
const O_PATH = 0o10000000;

/**
 * Opens a new pty of a container's own devpts. `init` is a descriptor of the container's init in /proc. Whatever stands
 * at that path in the container is opened only once it is known to be the device. Throws when it is not.
 */
export function openTerminal(init: number): number {
  const named = openSync(`/proc/self/fd/${init}/root/dev/pts/ptmx`, O_PATH | constants.O_NOFOLLOW);
  try {
    const status = fstatSync(named);
    if (!status.isCharacterDevice() || status.rdev !== PTMX) throw new Error('/dev/pts/ptmx is no terminal device');
    return openSync(`/proc/self/fd/${named}`, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  } finally {
    closeSync(named);
  }
}

/** What one look at the terminal brings at most; more than the kernel keeps of a terminal whose last holder has gone. */
const MAX_READ_BYTES = 131_072;
/** What the kernel gives at a time. */
const PIECE_BYTES = 4_096;

/**
 * The output of a pty, read from its master. Ends, sometimes with EIO, when no process holds the terminal any more.
 * The kernel gives it in pieces of 4 kB: all there is comes as one chunk. That is needed, too: Node takes a terminal
 * that was hung up for ended after the first piece, and would leave the rest.
 */
export class TerminalOutput extends ReadStream {
  readonly #descriptor: number;
  readonly #piece = Buffer.allocUnsafeSlow(PIECE_BYTES);

  /** Owns the master's descriptor from here on. */
  constructor(master: number) {
    super(master);
    this.#descriptor = master;
  }

  override push(chunk: Uint8Array | null, encoding?: BufferEncoding): boolean {
    return super.push(chunk === null ? null : this.#withRest(chunk), encoding);
  }

  #withRest(first: Uint8Array): Uint8Array {
    const second = this.#read(this.#piece, 0);
    if (second === 0) return first;
    const all = Buffer.allocUnsafeSlow(MAX_READ_BYTES);
    all.set(first);
    all.set(this.#piece.subarray(0, second), first.length);
    let length = first.length + second;
    for (let got = 1; got > 0 && length < all.length; length += got) got = this.#read(all, length);
    return all.subarray(0, length);
  }

  /** 0: there is nothing now, or nothing any more, which the next look of Node's tells. */
  #read(into: Buffer, from: number): number {
    try {
      return readSync(this.#descriptor, into, from, Math.min(PIECE_BYTES, into.length - from), null);
    } catch {
      return 0;
    }
  }
}

/** How long a terminal whose program does not read is left alone, in milliseconds: from the first to the last wait. */
const FIRST_WAIT_MS = 1;
const LAST_WAIT_MS = 16;

/**
 * The input of a pty, written to its master: keys without a detour. Node's own stream would spin for as long as the
 * terminal takes nothing. What comes after the terminal's end is dropped.
 */
export class TerminalInput extends Writable {
  readonly #descriptor: number;
  /** Owns the descriptor: once it is destroyed, the number may be another file's. */
  readonly #output: TerminalOutput;
  #timer: NodeJS.Timeout | undefined;

  constructor(master: number, output: TerminalOutput) {
    super();
    this.#descriptor = master;
    this.#output = output;
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#write(chunk, FIRST_WAIT_MS, done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#timer);
    done(error);
  }

  #write(bytes: Uint8Array, wait: number, done: (error?: Error) => void): void {
    let written = 0;
    try {
      while (written < bytes.length && !this.#output.destroyed) {
        written += writeSync(this.#descriptor, bytes, written);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
        const rest = bytes.subarray(written);
        const next = written > 0 ? FIRST_WAIT_MS : Math.min(wait * 2, LAST_WAIT_MS);
        this.#timer = setTimeout(() => this.#write(rest, next, done), wait);
        return;
      }
    }
    done();
  }
}
