import type {
  AgentServiceMessage,
  RoleCredentialsMessage,
  TaskPayload,
  TaskRoleCredentials,
} from '../../core/protocol/agent-service.js';
import type { AgentApi } from '../agent-api.js';
import type { Clock } from '../clock.js';
import type { KeepAlive } from '../connection/keep-alive.js';
import { PersistentSocket } from '../connection/persistent-socket.js';
import { causeOf, type Log } from '../log.js';
import { readAgentServiceMessage } from './agent-service-message.js';

/** Waits between attempts to reach the endpoint. */
export const HOST_BACKOFF = { firstMs: 100, capMs: 30_000 } as const;

/** Which of a task's roles credentials are of. */
export type RoleType = NonNullable<RoleCredentialsMessage['message']['roleType']>;

/** What the connection serves. */
export interface HostTasks {
  /** ARNs of the tasks this host holds, including those whose end has not been reported yet. */
  held(): readonly string[];
  /** What was said of them beside their state: health, and networks of their own. */
  facts(): readonly AgentServiceMessage[];
  /** Brings tasks to their desired status. Repeats are harmless. */
  apply(tasks: readonly TaskPayload[]): void;
  /** New credentials for a role of a task, its own or the execution role; a task that is not held needs none. */
  renew(taskArn: string, credentials: TaskRoleCredentials, roleType: RoleType): void;
}

export interface HostConnectionOptions {
  readonly api: AgentApi;
  readonly clock: Clock;
  readonly random: () => number;
  readonly keepAlive: KeepAlive;
  readonly log: Log;
  readonly tasks: HostTasks;
  /** Query of `/ws`, for example `hostId=…&capacity=FARGATE`; asked for before each attempt. */
  query(): Promise<string>;
}

/** The host's line to ECS: manifest, payloads, acknowledgements and heartbeats, kept up for ever. */
export class HostConnection {
  readonly #options: HostConnectionOptions;
  readonly #line: PersistentSocket;

  constructor(options: HostConnectionOptions) {
    this.#options = options;
    const { log } = options;
    this.#line = new PersistentSocket({
      clock: options.clock,
      random: options.random,
      keepAlive: options.keepAlive,
      backoff: HOST_BACKOFF,
      connect: async () => options.api.connect('ecs', `/ws?${await options.query()}`),
      opened: () => {
        log.info({}, 'connected to the endpoint');
        this.say({ type: 'TaskManifestMessage', message: { taskArns: options.tasks.held() } });
        for (const fact of options.tasks.facts()) this.say(fact);
      },
      message: (data) => this.#hear(data),
      closed: (reason) => log.warn({ reason }, 'connection to the endpoint lost'),
      refused: (error, attempt) => {
        // The first failure and every tenth: an endpoint that is down for an hour does not fill a log.
        if (attempt % 10 === 1) log.warn({ attempt, cause: causeOf(error) }, 'endpoint not reached');
        return true;
      },
    });
  }

  start(): void {
    this.#line.start();
  }

  stop(): void {
    this.#line.stop();
  }

  #hear(data: Uint8Array | string): void {
    const heard = readAgentServiceMessage(data);
    if (heard === undefined) {
      this.#options.log.warn({ length: data.length }, 'frame from the endpoint not understood');
      return;
    }
    if (heard.type === 'HeartbeatMessage') {
      this.say(heard);
    } else {
      if (heard.type === 'PayloadMessage') this.#options.tasks.apply(heard.message.tasks);
      else if (heard.type === 'IAMRoleCredentialsMessage') {
        const { taskArn, roleCredentials, roleType = 'TaskApplication' } = heard.message;
        this.#options.tasks.renew(taskArn, roleCredentials, roleType);
      } else {
        // An endpoint of a newer version, which need not say it again and again.
        this.#options.log.warn({ type: heard.message.type }, 'message of the endpoint not known to this agent');
      }
      this.say({ type: 'AckRequest', message: { messageId: heard.message.messageId } });
    }
  }

  /** Lost while there is no connection: {@link HostTasks.facts} are said again after each. */
  say(message: AgentServiceMessage): void {
    this.#line.send(JSON.stringify(message));
  }
}
