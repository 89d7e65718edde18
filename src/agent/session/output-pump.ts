import type { Readable } from 'node:stream';
import { PayloadType } from '../../core/protocol/payload-type.js';
import type { Clock } from '../clock.js';
import type { Recorder } from '../recorder.js';
import { PendingBytes } from './pending-bytes.js';

/** Bytes waiting for the window at which a source is paused, also within one turn of the event loop. */
export const MAX_PENDING_BYTES = 262_144;

/** The first piece in a turn of the event loop leaves at once when it is no larger: a line, or what a pty gives at once. */
export const MAX_PROMPT_BYTES = 4_096;

/** Pieces closer together than this, in milliseconds, are one burst; the keys of the fastest typist are not. */
export const BURST_GAP_MS = 2;
/** So many pieces of a burst leave as they come. A program that writes on and on, a little at a time, is then waited for. */
export const MAX_PROMPT_PIECES = 16;
/** How long, in milliseconds: frames of a kilobyte would cost more than all that is in them. */
export const BURST_WAIT_MS = 1;

/** The channel as the pump needs it. */
export interface OutputChannel {
  readonly writable: boolean;
  write(payloadType: number, payload: Uint8Array): void;
}

export interface OutputPumpOptions {
  readonly channel: OutputChannel;
  /** Payload bytes per message when there is a backlog. */
  readonly maxFrameBytes: number;
  readonly recorder?: Recorder;
  /** Absent: bursts of small pieces are not gathered. */
  readonly clock?: Clock;
  /** Everything the sources brought has been handed to the channel, and they have ended. */
  ended(): void;
  /** The recorder refused: nothing more is sent. */
  refused(error: unknown): void;
}

interface Source {
  readonly payloadType: number;
  readonly stream: Readable;
  readonly pending: PendingBytes;
  paused: boolean;
  ended: boolean;
}

/**
 * Carries a process's output to the data channel as it comes, byte for byte. The first piece in a turn of the event
 * loop leaves at once, the rest together, cut at the frame size: a key's echo in no time, a flood in large frames, be it
 * a flood of drops. When the window is full the sources are paused, so the process itself waits.
 */
export class OutputPump {
  readonly #options: OutputPumpOptions;
  readonly #sources: Source[] = [];
  #scheduled = false;
  #recording = false;
  #flushing = false;
  #stopped = false;
  /** A full frame leaves at once all the same. */
  #gathering = false;
  #burst = 0;
  #lastPieceAt = Number.NEGATIVE_INFINITY;

  constructor(options: OutputPumpOptions) {
    this.#options = options;
  }

  /** Call for all sources in the same turn: `ended` fires when all that are known have ended. */
  add(payloadType: number, stream: Readable): void {
    const source: Source = { payloadType, stream, pending: new PendingBytes(), paused: false, ended: false };
    this.#sources.push(source);
    stream.on('data', (chunk: Uint8Array) => {
      source.pending.push(chunk);
      if (source.pending.size >= MAX_PENDING_BYTES) this.#pause(source);
      if (this.#gathering && source.pending.size >= this.#options.maxFrameBytes) this.#flush();
      this.#schedule();
    });
    const end = (): void => {
      source.ended = true;
      this.#schedule();
    };
    stream.on('end', end);
    stream.on('close', end);
    // A pty whose last holder is gone reads EIO on Linux: that is its end of file.
    stream.on('error', end);
  }

  /** The window has room again. */
  resume(): void {
    this.#flush();
  }

  /** Sends nothing more; what the sources still bring is dropped. */
  stop(): void {
    this.#stopped = true;
    for (const { stream } of this.#sources) stream.destroy();
  }

  /** The first in a turn of the event loop goes at once, what follows in the same turn goes together at its end. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const flush = (): void => {
      this.#scheduled = false;
      this.#gathering = false;
      this.#flush();
    };
    const { clock } = this.#options;
    if (clock !== undefined && this.#inBurst(clock)) {
      this.#gathering = true;
      clock.after(BURST_WAIT_MS, flush);
      return;
    }
    setImmediate(flush);
    if (this.#sources.every(({ pending }) => pending.size <= MAX_PROMPT_BYTES)) this.#flush();
  }

  #inBurst(clock: Clock): boolean {
    const now = clock.now();
    this.#burst = now - this.#lastPieceAt > BURST_GAP_MS ? 0 : this.#burst + 1;
    this.#lastPieceAt = now;
    return this.#burst > MAX_PROMPT_PIECES;
  }

  /** Writing may open the window further, which asks for another flush: the one under way sees to it. */
  #flush(): void {
    if (this.#recording || this.#flushing) return;
    this.#flushing = true;
    this.#send();
    this.#flushing = false;
  }

  /** One frame of each source in turn, so that a flood on stdout does not starve stderr. */
  #send(): void {
    const { channel, maxFrameBytes } = this.#options;
    for (let source = this.#nextSource(); source !== undefined && !this.#stopped; source = this.#nextSource()) {
      if (!channel.writable) {
        for (const each of this.#sources) this.#pause(each);
        return;
      }
      const bytes = source.pending.take(maxFrameBytes);
      if (!this.#record(source.payloadType, bytes)) return;
      this.#write(source.payloadType, bytes);
    }
    this.#settle();
  }

  #nextSource(): Source | undefined {
    const index = this.#sources.findIndex(({ pending }) => pending.size > 0);
    const [source] = index < 0 ? [] : this.#sources.splice(index, 1);
    if (source !== undefined) this.#sources.push(source);
    return source;
  }

  /** Recording stands before sending. False: not now, perhaps never. */
  #record(payloadType: number, bytes: Uint8Array): boolean {
    const { recorder } = this.#options;
    try {
      const recorded = recorder?.record(payloadType === PayloadType.StdErr ? 'stderr' : 'output', bytes);
      if (recorded === undefined) return true;
      this.#recording = true;
      recorded.then(
        () => {
          this.#recording = false;
          if (this.#stopped) return;
          this.#write(payloadType, bytes);
          this.#flush();
        },
        (error: unknown) => this.#refuse(error),
      );
    } catch (error) {
      this.#refuse(error);
    }
    return false;
  }

  /** A channel that fails says so itself; there is nothing to send any more. */
  #write(payloadType: number, bytes: Uint8Array): void {
    try {
      this.#options.channel.write(payloadType, bytes);
    } catch {
      this.stop();
    }
  }

  #refuse(error: unknown): void {
    if (this.#stopped) return;
    this.stop();
    this.#options.refused(error);
  }

  #settle(): void {
    if (this.#stopped) return;
    for (const source of this.#sources) {
      if (!source.paused) continue;
      source.paused = false;
      source.stream.resume();
    }
    if (this.#sources.every(({ ended, pending }) => ended && pending.size === 0)) {
      this.#stopped = true;
      this.#options.ended();
    }
  }

  #pause(source: Source): void {
    if (source.paused) return;
    source.paused = true;
    source.stream.pause();
  }
}
