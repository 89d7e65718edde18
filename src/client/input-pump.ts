import type { Readable } from 'node:stream';
import { PayloadType } from '../core/protocol/payload-type.js';

/** Messages to a Gangway agent; larger ones win nothing (wire-protocol 13). */
export const GANGWAY_INPUT_BYTES = 64 * 1024;
/** Messages to any other agent: what the official client sends (wire-protocol 2.2). */
export const OFFICIAL_INPUT_BYTES = 1024;

export interface InputChannel {
  readonly writable: boolean;
  write(payloadType: number, payload: Uint8Array): void;
}

/** Carries our standard input to the far side, no faster than it takes it. */
export class InputPump {
  readonly #input: Readable;
  readonly #channel: InputChannel;
  readonly #messageBytes: number;
  #stopped = true;

  constructor(input: Readable, channel: InputChannel, messageBytes: number) {
    this.#input = input;
    this.#channel = channel;
    this.#messageBytes = messageBytes;
  }

  /** `take` is given what was read and calls `send`; `ended` is called once, not after `stop`. */
  start(take: (bytes: Uint8Array) => void, ended: () => void): void {
    this.#stopped = false;
    const input = this.#input;
    input.on('data', (bytes: Uint8Array) => {
      if (this.#stopped) return;
      take(bytes);
      if (!this.#channel.writable) input.pause();
    });
    const end = (): void => {
      if (this.#stopped) return;
      this.stop();
      ended();
    };
    input.on('end', end);
    // A terminal that hung up (EIO) has ended, and so has everything else that cannot be read.
    input.on('error', end);
  }

  send(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length; start += this.#messageBytes) {
      this.#channel.write(PayloadType.Output, bytes.subarray(start, start + this.#messageBytes));
    }
  }

  /** The channel has room again. */
  resume(): void {
    if (!this.#stopped) this.#input.resume();
  }

  stop(): void {
    this.#stopped = true;
    this.#input.pause();
  }
}
