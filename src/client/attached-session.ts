import type { Writable } from 'node:stream';
import type { HandshakeOutcome, StreamsRequest } from '../core/channel/channel-api.js';
import { parseExitCode } from '../core/protocol/exit-code.js';
import { PayloadType } from '../core/protocol/payload-type.js';
import { messageOf } from './failure-text.js';
import type { SessionConnection, SessionEnd, SessionEvents } from './session-connection.js';
import { SessionOutput } from './session-output.js';
import { sessionStatus } from './session-status.js';

/** How long leaving may take to tell the far side. */
export const LEAVE_TIMEOUT_MS = 2_000;

/** Tells the user one line on stderr; nothing of ours ever goes to stdout. */
export type Notice = (line: string) => void;

export interface AttachedSessionOptions {
  readonly open: (streams: StreamsRequest, events: SessionEvents) => SessionConnection;
  readonly streams: StreamsRequest;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly notice: Notice;
  /** Said with "connection lost": what the user can do meanwhile. */
  readonly lostHint: string;
}

export interface AttachedSessionEvents {
  ready(outcome: HandshakeOutcome): void;
  /** The channel takes input again. */
  writable(): void;
  /** Nobody reads our stdout any more. */
  stdoutClosed(): void;
  /** Just before `finished` resolves: give the terminal back, so that the last words are readable. */
  ending(): void;
}

/** A session bound to our stdout and stderr: what both shapes, terminal and pipes, have in common. */
export class AttachedSession {
  readonly connection: SessionConnection;
  /** Our exit status, when all output has been written. */
  readonly finished: Promise<number>;
  readonly #options: AttachedSessionOptions;
  readonly #events: AttachedSessionEvents;
  readonly #output: SessionOutput;
  #finish: (status: number) => void = () => {};
  #done = false;
  #exitCode: number | undefined;
  #streams = false;
  #linkLost = false;

  constructor(options: AttachedSessionOptions, events: AttachedSessionEvents) {
    this.#options = options;
    this.#events = events;
    this.finished = new Promise((resolve) => (this.#finish = resolve));
    this.connection = options.open(options.streams, {
      ready: (outcome) => this.#ready(outcome),
      data: (payloadType, payload) => this.#data(payloadType, payload),
      writable: () => events.writable(),
      link: (state) => this.#link(state),
      ended: (end) => void this.#ended(end),
    });
    this.#output = new SessionOutput(options.stdout, options.stderr, {
      full: () => this.connection.pauseDelivery(),
      drained: () => this.connection.resumeDelivery(),
      broken: (error) => {
        if (error.code === 'EPIPE') events.stdoutClosed();
        else void this.leave(255, `cannot write to standard output: ${error.message}`);
      },
    });
    this.connection.open();
  }

  /** The connection is gone at the moment, and is being looked for. */
  get linkLost(): boolean {
    return this.#linkLost;
  }

  /** Ends the session from our side. The far side is told, but not waited for longer than {@link LEAVE_TIMEOUT_MS}. */
  async leave(status: number, message?: string): Promise<void> {
    if (this.#done) return;
    this.#done = true;
    const told = this.connection.terminate().catch((error: unknown) => {
      // Without a connection that goes without saying.
      if (!this.#linkLost) this.#options.notice(`the far side could not be told: ${messageOf(error)}`);
    });
    this.#events.ending();
    if (message !== undefined) this.#options.notice(message);
    const timeout = new Promise<void>((resolve) => setTimeout(resolve, LEAVE_TIMEOUT_MS).unref());
    await Promise.race([told, timeout]);
    this.#finish(status);
  }

  #ready(outcome: HandshakeOutcome): void {
    this.#streams = outcome.streams !== undefined;
    this.#events.ready(outcome);
  }

  #data(payloadType: number, payload: Uint8Array): void {
    if (payloadType === PayloadType.ExitCode) {
      // Clamped as the kernel would: a status has eight bits.
      this.#exitCode = parseExitCode(payload) & 0xff;
    } else if (payloadType === PayloadType.Output || payloadType === PayloadType.StdErr) {
      this.#output.write(payloadType, payload);
    }
  }

  #link(state: 'lost' | 'restored'): void {
    this.#linkLost = state === 'lost';
    this.#options.notice(state === 'lost' ? `connection lost, reconnecting${this.#options.lostHint}` : 'reconnected');
  }

  async #ended(end: SessionEnd): Promise<void> {
    if (this.#done) return;
    this.#done = true;
    const { status, message } = sessionStatus(end, this.#exitCode, this.#streams);
    await this.#output.flush();
    this.#events.ending();
    if (message !== undefined) this.#options.notice(message);
    this.#finish(status);
  }
}
