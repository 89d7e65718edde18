import { randomUUID } from 'node:crypto';
import { parseAgentTaskAcknowledge } from '../../core/protocol/agent-task-acknowledge.js';
import { parseChannelClosed } from '../../core/protocol/channel-closed.js';
import { decodeMessage } from '../../core/protocol/decode-message.js';
import { parseInteractiveShell } from '../../core/protocol/interactive-shell.js';
import { MessageType } from '../../core/protocol/message-type.js';
import { encodeControlChannelOpening } from '../../core/protocol/open-control-channel.js';
import type { SessionDocument } from '../../core/protocol/session-document.js';
import type { MessageSocket } from '../../platform/aws/message-socket.js';
import type { Secret } from '../../platform/aws/secret.js';
import type { AgentHost } from '../agent-host.js';
import { createChannel } from '../connection/create-channel.js';
import { PersistentSocket } from '../connection/persistent-socket.js';
import { causeOf } from '../log.js';
import { AGENT_VERSION } from '../agent-version.js';

/** Waits between attempts to open a control channel. */
export const CONTROL_BACKOFF = { firstMs: 100, capMs: 30_000 } as const;

export interface ControlChannelEvents {
  opened(): void;
  /** The `attempt`th attempt in a row has failed. */
  refused(error: unknown, attempt: number): void;
  interactiveShell(document: SessionDocument): void;
  channelClosed(sessionId: string): void;
  agentTaskAcknowledge(messageId: string): void;
}

export interface ControlChannelOptions {
  readonly host: AgentHost;
  readonly target: string;
  readonly events: ControlChannelEvents;
}

/** The agent's standing line to the message gateway, through which sessions are started and their ends told. */
export class ControlChannel {
  readonly #options: ControlChannelOptions;
  readonly #line: PersistentSocket;
  #token: Secret | undefined;

  constructor(options: ControlChannelOptions) {
    this.#options = options;
    const { host, target, events } = options;
    this.#line = new PersistentSocket({
      clock: host.clock,
      random: host.random,
      keepAlive: host.keepAlive,
      backoff: CONTROL_BACKOFF,
      connect: () => this.#connect(),
      opened: (socket) => this.#opened(socket),
      message: (data) => this.#message(data),
      closed: (reason) => host.log.debug({ target, reason }, 'control channel lost'),
      refused: (error, attempt) => {
        events.refused(error, attempt);
        return true;
      },
    });
  }

  start(): void {
    this.#line.start();
  }

  /** False when the channel is not open. */
  send(frame: Uint8Array): boolean {
    return this.#line.send(frame);
  }

  stop(): void {
    this.#line.stop();
  }

  async #connect(): Promise<MessageSocket> {
    const { host, target } = this.#options;
    // The colon of the target stays a colon on the wire; only the signature escapes it (T31).
    const path = `/v1/control-channel/${target}`;
    this.#token = await createChannel(host.api, 'createControlChannel', path, {
      MessageSchemaVersion: '1.0',
      RequestId: randomUUID(),
    });
    return host.api.connect('ssmmessages', `${path}?role=subscribe&stream=input`);
  }

  #opened(socket: MessageSocket): void {
    const tokenValue = this.#token?.reveal() ?? '';
    this.#token = undefined;
    socket.send(
      encodeControlChannelOpening({
        requestId: randomUUID(),
        tokenValue,
        agentVersion: AGENT_VERSION,
        platformType: 'linux',
      }),
    );
    this.#options.events.opened();
  }

  /** A message that cannot be read is logged and dropped; types that do not concern this agent are let pass. */
  #message(data: Uint8Array | string): void {
    const { host, target, events } = this.#options;
    if (typeof data === 'string') return;
    try {
      const { messageType, payload } = decodeMessage(data);
      if (messageType === MessageType.InteractiveShell) {
        events.interactiveShell(parseInteractiveShell(payload));
      } else if (messageType === MessageType.ChannelClosed) {
        events.channelClosed(parseChannelClosed(payload).sessionId);
      } else if (messageType === MessageType.AgentTaskAcknowledge) {
        events.agentTaskAcknowledge(parseAgentTaskAcknowledge(payload).messageId);
      }
    } catch (error) {
      host.log.warn({ target, cause: causeOf(error) }, 'control message dropped');
    }
  }
}
