import type { AgentServiceMessage, PayloadMessage, RoleCredentialsMessage } from '../../core/protocol/agent-service.js';
import type { MessageSocket } from '../../platform/aws/message-socket.js';
import { readHostMessage } from './host-message.js';
import type { HostReport } from './host-reports.js';
import type { Log, Timer, Timers } from './ports.js';

/** The endpoint speaks at least this often (milliseconds). */
export const HEARTBEAT_MS = 30_000;
/** A host that says nothing for this long is gone (milliseconds). */
export const SILENCE_MS = 90_000;
/** A host that takes nothing is cut off when this much waits for it (bytes); its next manifest puts things right. */
export const MAX_WAITING_BYTES = 16 * 1024 * 1024;

export interface HostConnectionOptions {
  readonly host: string;
  readonly socket: MessageSocket;
  readonly timers: Timers;
  readonly log: Log;
  readonly messageId: () => string;
  /** The host's first message. */
  manifest(taskArns: readonly string[]): void;
  /** What it says of a task. */
  report(message: HostReport): void;
  /** Called once. */
  closed(): void;
}

/** The line to one container host. */
export class HostConnection {
  readonly #options: HostConnectionOptions;
  #greeted = false;
  #closed = false;
  #heartbeat: Timer | undefined;
  #silence: Timer | undefined;

  constructor(options: HostConnectionOptions) {
    this.#options = options;
    options.socket.handlers = {
      message: (data) => this.#hear(data),
      close: () => this.#end(),
      ping: () => this.#alive(),
    };
    this.#alive();
    this.#beat();
  }

  send(message: PayloadMessage | RoleCredentialsMessage): void {
    this.#say(message);
  }

  close(code: number, reason: string): void {
    this.#options.socket.close(code, reason);
    this.#end();
  }

  #hear(data: Uint8Array | string): void {
    if (this.#closed) return;
    this.#alive();
    const message = readHostMessage(data);
    if (message === undefined) {
      this.#options.log.warn({ host: this.#options.host, length: data.length }, 'frame from a host not understood');
      return;
    }
    if (message.type === 'PublishHealthRequest' || message.type === 'TaskNetworkMessage') {
      this.#options.report(message);
      return;
    }
    if (message.type !== 'TaskManifestMessage' || this.#greeted) return;
    this.#greeted = true;
    this.#options.manifest(message.message.taskArns);
  }

  #say(message: AgentServiceMessage): void {
    const { socket, host, log } = this.#options;
    if (this.#closed) return;
    if (socket.bufferedAmount > MAX_WAITING_BYTES) {
      log.warn({ host, bufferedBytes: socket.bufferedAmount }, 'host does not read; connection dropped');
      socket.terminate();
      this.#end();
      return;
    }
    socket.send(JSON.stringify(message));
  }

  #beat(): void {
    this.#heartbeat = this.#options.timers.after(HEARTBEAT_MS, () => {
      this.#say({ type: 'HeartbeatMessage', message: { messageId: this.#options.messageId() } });
      if (!this.#closed) this.#beat();
    });
  }

  #alive(): void {
    this.#silence?.cancel();
    if (this.#closed) return;
    this.#silence = this.#options.timers.after(SILENCE_MS, () => {
      this.#options.log.warn({ host: this.#options.host }, 'host is silent; connection dropped');
      this.#options.socket.terminate();
      this.#end();
    });
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#heartbeat?.cancel();
    this.#silence?.cancel();
    this.#options.closed();
  }
}
