import { decodeFlag, Flag, GangwayFlag, signalOfFlag } from '../../core/protocol/flag.js';
import { PayloadType } from '../../core/protocol/payload-type.js';
import type { EnteredProcess } from '../../platform/runtime/runtime.js';
import { sleep, type Clock } from '../clock.js';
import { windowSizeOf, type WindowSize } from './window-size.js';

/** How long a terminal waits for its size. The official client never sends one for a terminal of 0 by 0. */
export const SIZE_WAIT_MS = 250;

/** The channel's brake: while delivery is paused the client runs into its window. */
export interface InputChannel {
  pauseDelivery(): void;
  resumeDelivery(): void;
}

type SignalName = Parameters<EnteredProcess['signal']>[0];

/** Linux's numbers of the signals a client may send. */
const SIGNALS: ReadonlyMap<number, SignalName> = new Map<number, SignalName>([
  [1, 'SIGHUP'],
  [2, 'SIGINT'],
  [3, 'SIGQUIT'],
  [9, 'SIGKILL'],
  [13, 'SIGPIPE'],
  [15, 'SIGTERM'],
]);

/** Carries what the client sends to the process: keystrokes or stdin, window sizes, flags. */
export class SessionInput {
  readonly #channel: InputChannel;
  readonly #terminate: () => void;
  readonly #first = new AbortController();
  /** What came before the process was there: at most the one message that ended the wait for a size. */
  readonly #early: { readonly payloadType: number; readonly payload: Uint8Array }[] = [];
  #size: WindowSize | undefined;
  #process: EnteredProcess | undefined;

  /** `terminate`: the client has asked for the end of the session. */
  constructor(channel: InputChannel, terminate: () => void) {
    this.#channel = channel;
    this.#terminate = terminate;
  }

  /** Nothing is delivered until the process is bound. */
  hold(): void {
    this.#channel.pauseDelivery();
  }

  /** The window's size as the client's first message has it; undefined when that has none, or none comes. */
  async firstSize(clock: Clock): Promise<WindowSize | undefined> {
    await sleep(clock, SIZE_WAIT_MS, this.#first.signal);
    this.hold();
    return this.#size;
  }

  data(payloadType: number, payload: Uint8Array): void {
    if (this.#process !== undefined) {
      this.#deliver(this.#process, payloadType, payload);
      return;
    }
    const size = payloadType === PayloadType.Size ? windowSizeOf(payload) : undefined;
    if (size === undefined) this.#early.push({ payloadType, payload: Uint8Array.from(payload) });
    else this.#size = size;
    this.hold();
    this.#first.abort();
  }

  bind(process: EnteredProcess): void {
    this.#process = process;
    const { stdin } = process;
    for (const event of ['drain', 'close', 'error'] as const) {
      // A command that does not read, or no longer reads, its input is no error: the rest is dropped.
      stdin.on(event, () => this.#channel.resumeDelivery());
    }
    for (const { payloadType, payload } of this.#early.splice(0)) this.#deliver(process, payloadType, payload);
    if (!stdin.writableNeedDrain) this.#channel.resumeDelivery();
  }

  #deliver(process: EnteredProcess, payloadType: number, payload: Uint8Array): void {
    if (payloadType === PayloadType.Output) {
      const { stdin } = process;
      if (stdin.writable && !stdin.write(payload)) this.#channel.pauseDelivery();
    } else if (payloadType === PayloadType.Size) {
      const size = windowSizeOf(payload);
      if (size !== undefined) process.resize(size.columns, size.rows);
    } else if (payloadType === PayloadType.Flag) {
      this.#flag(process, payload);
    }
  }

  #flag(process: EnteredProcess, payload: Uint8Array): void {
    if (payload.length !== 4) return;
    const flag = decodeFlag(payload);
    const signal = SIGNALS.get(signalOfFlag(flag) ?? 0);
    if (flag === Flag.TerminateSession) this.#terminate();
    else if (flag === GangwayFlag.StdinEof) process.stdin.end();
    else if (signal !== undefined) process.signal(signal);
  }
}
