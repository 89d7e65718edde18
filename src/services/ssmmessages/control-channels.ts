import { parseAgentTaskComplete } from '../../core/protocol/agent-task-complete.js';
import type { AgentTaskComplete } from '../../core/protocol/agent-task-complete.js';
import { decodeMessage } from '../../core/protocol/decode-message.js';
import { FrameError } from '../../core/protocol/frame-error.js';
import { MessageType } from '../../core/protocol/message-type.js';
import { PayloadError } from '../../core/protocol/payload-error.js';
import { parseSessionUsage, type SessionUsageMessage } from '../../core/protocol/session-usage.js';
import type { MessageSocket } from '../../platform/aws/message-socket.js';
import type { SessionLog } from '../ssm/session-environment.js';
import { CloseReason, closeWith } from './close-reason.js';
import type { GatewayMessages } from './gateway-messages.js';

export interface ControlChannelEvents {
  /** The target's channel is open (again): what it may have missed can be sent. */
  connected(target: string): void;
  taskComplete(target: string, complete: AgentTaskComplete): void;
  /** What a session uses; not acknowledged. */
  used(target: string, message: SessionUsageMessage): void;
}

/** The control channels of the agents: at most one for each target, the newest. */
export class ControlChannels {
  readonly #open = new Map<string, MessageSocket>();
  readonly #messages: GatewayMessages;
  readonly #events: ControlChannelEvents;
  readonly #log: SessionLog;

  constructor(messages: GatewayMessages, events: ControlChannelEvents, log: SessionLog) {
    this.#messages = messages;
    this.#events = events;
    this.#log = log;
  }

  isConnected(target: string): boolean {
    return this.#open.has(target);
  }

  /** False when the target is not connected. */
  send(target: string, frame: Uint8Array): boolean {
    const socket = this.#open.get(target);
    socket?.send(frame);
    return socket !== undefined;
  }

  attach(target: string, socket: MessageSocket): void {
    const former = this.#open.get(target);
    this.#open.set(target, socket);
    socket.handlers = {
      message: (data) => this.#receive(target, socket, data),
      close: (code) => {
        if (this.#open.get(target) !== socket) return;
        this.#open.delete(target);
        this.#log.info({ target, code }, 'agent left its control channel');
      },
    };
    if (former !== undefined) closeWith(former, CloseReason.Superseded);
    this.#log.info({ target }, 'agent opened its control channel');
    this.#events.connected(target);
  }

  closeAll(reason: CloseReason): void {
    for (const socket of this.#open.values()) closeWith(socket, reason);
  }

  #receive(target: string, socket: MessageSocket, data: Uint8Array | string): void {
    if (typeof data === 'string' || this.#open.get(target) !== socket) return;
    try {
      const message = decodeMessage(data);
      if (message.messageType === MessageType.GangwaySessionUsage) {
        this.#events.used(target, parseSessionUsage(message.payload));
        return;
      }
      // Job replies, telemetry and whatever later agents invent are not ours (wire-protocol 1.11).
      if (message.messageType !== MessageType.AgentTaskComplete) return;
      const complete = parseAgentTaskComplete(message.payload);
      // Each is acknowledged, acted on or not: an agent repeats it until then, and sends two when it fails (T12).
      socket.send(this.#messages.agentTaskAcknowledge(message.messageId, complete.taskId));
      this.#events.taskComplete(target, complete);
    } catch (error) {
      if (error instanceof PayloadError) this.#log.warn({ target, reason: error.message }, 'message dropped');
      else if (error instanceof FrameError) {
        this.#log.warn({ target, reason: error.message }, 'control channel closed: not a message');
        socket.close(error.closeCode, error.message);
      } else {
        this.#log.warn({ target, error }, 'control channel closed: a fault of the gateway');
        closeWith(socket, CloseReason.Fault);
      }
    }
  }
}
