import { randomUUID } from 'node:crypto';
import type { ChannelEnvironment } from '../../core/channel/channel-api.js';
import { encodeAgentTaskComplete } from '../../core/protocol/agent-task-complete.js';
import { encodeMessage } from '../../core/protocol/encode-message.js';
import { MessageFlags } from '../../core/protocol/message-flags.js';
import { MessageType } from '../../core/protocol/message-type.js';
import { PayloadType } from '../../core/protocol/payload-type.js';
import type { Clock } from '../clock.js';
import { usageAmounts } from '../session/session-usage.js';
import type { SessionEnd } from '../session/session-end.js';

/** Between two sendings of a completion that is not acknowledged; doubles up to the cap. */
export const RESEND_MS = 1_000;
export const RESEND_CAP_MS = 30_000;

interface Completion {
  readonly sessionId: string;
  readonly messageId: string;
  readonly end: SessionEnd;
  retryNumber: number;
  cancel: () => void;
}

export interface TaskCompletionsOptions {
  readonly clock: Clock;
  readonly environment: ChannelEnvironment;
  readonly target: string;
  /** Sends a frame when the control channel is open; false when it is not. */
  send(frame: Uint8Array): boolean;
}

/** Tells the gateway how sessions ended: each under one MessageId, again and again, until it is acknowledged. */
export class TaskCompletions {
  readonly #options: TaskCompletionsOptions;
  readonly #waiting = new Map<string, Completion>();
  readonly #idle = new Set<() => void>();

  constructor(options: TaskCompletionsOptions) {
    this.#options = options;
  }

  submit(sessionId: string, end: SessionEnd): void {
    const completion = { sessionId, messageId: randomUUID(), end, retryNumber: 0, cancel: () => undefined };
    this.#waiting.set(completion.messageId, completion);
    this.#send(completion);
  }

  acknowledge(messageId: string): void {
    const completion = this.#waiting.get(messageId);
    if (completion === undefined) return;
    completion.cancel();
    this.#waiting.delete(messageId);
    if (this.#waiting.size > 0) return;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }

  /** The control channel is open again: what waits is sent at once. */
  resend(): void {
    for (const completion of this.#waiting.values()) this.#send(completion);
  }

  /** Resolves when every completion has been acknowledged. */
  idle(): Promise<void> {
    return this.#waiting.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.add(resolve));
  }

  stop(): void {
    for (const { cancel } of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }

  #send(completion: Completion): void {
    const { clock, environment, target } = this.#options;
    completion.cancel();
    const { usage } = completion.end;
    const payload = encodeAgentTaskComplete({
      taskId: completion.sessionId,
      instanceId: target,
      finalTaskStatus: completion.end.status,
      output: completion.end.output,
      retryNumber: completion.retryNumber + 1,
      ...(usage && { usage: usageAmounts(usage) }),
    });
    const frame = encodeMessage(
      {
        messageType: MessageType.AgentTaskComplete,
        createdDate: clock.now(),
        sequenceNumber: 0,
        flags: MessageFlags.None,
        messageId: completion.messageId,
        payloadType: PayloadType.None,
        payload,
      },
      (bytes) => environment.sha256(bytes),
    );
    // While the control channel is down nothing is due: its opening sends all that waits.
    if (!this.#options.send(frame)) return;
    const wait = Math.min(RESEND_CAP_MS, RESEND_MS * 2 ** completion.retryNumber);
    completion.retryNumber += 1;
    completion.cancel = clock.after(wait, () => this.#send(completion));
  }
}
