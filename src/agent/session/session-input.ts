import { decodeFlag, Flag, GangwayFlag, signalOfFlag } from '../../core/protocol/flag.js';
import { PayloadType } from '../../core/protocol/payload-type.js';
import type { EnteredProcess } from '../../platform/runtime/runtime.js';
import { sleep, type Clock } from '../clock.js';
import type { Recorder } from '../recorder.js';
import { windowSizeOf, type WindowSize } from './window-size.js';

/** How long a terminal waits for its size. The official client never sends one for a terminal of 0 by 0. */
export const SIZE_WAIT_MS = 250;

/** The channel's brake: while delivery is paused the client runs into its window. */
export interface InputChannel {
  pauseDelivery(): void;
  resumeDelivery(): void;
}

/** The record, as far as the client's side of a session stands in it. */
export interface InputRecorder {
  readonly recorder: Recorder;
  /** What is typed is recorded, while the terminal is known to echo it. */
  readonly input: boolean;
  /** The recorder refused. */
  refused(error: unknown): void;
}

interface Message {
  readonly payloadType: number;
  readonly payload: Uint8Array;
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
  /**
   * What came before the process was there: at most the one message that ended the wait for a size. Later, what comes
   * while the terminal is asked whether it echoes.
   */
  readonly #early: Message[] = [];
  #recording: InputRecorder | undefined;
  #asking = false;
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
      if (this.#asking) this.#early.push({ payloadType, payload: Uint8Array.from(payload) });
      else this.#deliver(this.#process, payloadType, payload);
      return;
    }
    const size = payloadType === PayloadType.Size ? windowSizeOf(payload) : undefined;
    if (size === undefined) this.#early.push({ payloadType, payload: Uint8Array.from(payload) });
    else this.#size = size;
    this.hold();
    this.#first.abort();
  }

  bind(process: EnteredProcess, recording?: InputRecorder): void {
    this.#process = process;
    this.#recording = recording;
    const { stdin } = process;
    for (const event of ['drain', 'close', 'error'] as const) {
      // A command that does not read, or no longer reads, its input is no error: the rest is dropped.
      stdin.on(event, () => this.#resume(process));
    }
    this.#deliverEarly(process);
    this.#resume(process);
  }

  #resume({ stdin }: EnteredProcess): void {
    if (!this.#asking && !(stdin.writable && stdin.writableNeedDrain)) this.#channel.resumeDelivery();
  }

  #deliverEarly(process: EnteredProcess): void {
    for (let next = this.#early.shift(); next !== undefined; next = this.#early.shift()) {
      this.#deliver(process, next.payloadType, next.payload);
      if (this.#asking) return;
    }
  }

  #deliver(process: EnteredProcess, payloadType: number, payload: Uint8Array): void {
    if (payloadType === PayloadType.Output) {
      if (this.#recording?.input === true) void this.#record(process, this.#recording, Uint8Array.from(payload));
      else this.#type(process, payload);
    } else if (payloadType === PayloadType.Size) {
      const size = windowSizeOf(payload);
      if (size === undefined) return;
      // First: what the program writes for the new size is behind it in the record too.
      this.#recording?.recorder.resize(size);
      process.resize(size.columns, size.rows);
    } else if (payloadType === PayloadType.Flag) {
      this.#flag(process, payload);
    }
  }

  #type({ stdin }: EnteredProcess, payload: Uint8Array): void {
    if (stdin.writable && !stdin.write(payload)) this.#channel.pauseDelivery();
  }

  /**
   * The terminal is asked before it gets the keys: a password's last one lets its program turn the echo on again. What
   * cannot be told is not recorded.
   */
  async #record(process: EnteredProcess, recording: InputRecorder, payload: Uint8Array): Promise<void> {
    this.#asking = true;
    this.#channel.pauseDelivery();
    const echoes = await (process.echoes?.() ?? Promise.resolve(false)).catch(() => false);
    try {
      if (echoes) await recording.recorder.record('input', payload);
      this.#type(process, payload);
    } catch (error) {
      recording.refused(error);
      return;
    }
    this.#asking = false;
    this.#deliverEarly(process);
    this.#resume(process);
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
