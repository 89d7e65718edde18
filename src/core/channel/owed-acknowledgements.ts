import { PayloadType } from '../protocol/payload-type.js';
import type { ChannelEnvironment } from './channel-api.js';

/**
 * Milliseconds, for whoever wants acknowledgements to wait: those of a few keys then travel together. Far below the
 * 100 ms after which a sender repeats at the earliest.
 */
export const ACKNOWLEDGE_DELAY = 40;

/** So many are sent at once: a sender's window must not run dry. */
export const MAX_OWED_MESSAGES = 16;
/** Payload bytes of a message that something else will answer soon: keys, a line, a window size. */
export const MAX_PROMPT_PAYLOAD = 1_024;

/** A stream message as far as its acknowledgement goes. */
export interface AcknowledgedMessage {
  readonly messageId: string;
  readonly sequenceNumber: number;
}

/**
 * When acknowledgements are sent: at once toward the official programs, in their way; toward an end of ours a moment
 * later, and not with a key or its echo, which would wait for as long as it takes both ends and the relay to handle
 * them: measured, a tenth to a quarter of the time from the key to the echo. Each message still gets an acknowledgement of
 * its own.
 */
export class OwedAcknowledgements {
  readonly #environment: Pick<ChannelEnvironment, 'now'>;
  readonly #send: (message: AcknowledgedMessage) => void;
  #owed: AcknowledgedMessage[] = [];
  #delay = 0;
  #dueAt: number | undefined;

  constructor(environment: Pick<ChannelEnvironment, 'now'>, send: (message: AcknowledgedMessage) => void) {
    this.#environment = environment;
    this.#send = send;
  }

  /** When {@link flush} must be called, in milliseconds since the epoch; undefined: nothing is owed. */
  get dueAt(): number | undefined {
    return this.#dueAt;
  }

  /** The peer is an end of ours: acknowledgements may wait for `delay` milliseconds. */
  allow(delay: number): void {
    this.#delay = delay;
  }

  add(message: AcknowledgedMessage & { readonly payloadType: number; readonly payload: Uint8Array }): void {
    const { messageId, sequenceNumber, payloadType, payload } = message;
    // The last word of a session is waited for.
    if (this.#delay === 0 || payload.length > MAX_PROMPT_PAYLOAD || payloadType === PayloadType.ExitCode) {
      this.flush();
      this.#send(message);
      return;
    }
    this.#owed.push({ messageId, sequenceNumber });
    this.#dueAt ??= this.#environment.now() + this.#delay;
    if (this.#owed.length >= MAX_OWED_MESSAGES) this.flush();
  }

  flush(): void {
    if (this.#dueAt === undefined) return;
    const owed = this.#owed;
    this.clear();
    for (const message of owed) this.#send(message);
  }

  /** The socket is gone: what it brought comes again, and is acknowledged then. */
  clear(): void {
    this.#owed = [];
    this.#dueAt = undefined;
  }
}
