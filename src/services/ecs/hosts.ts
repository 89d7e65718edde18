import type { TaskPayload, TaskRoleCredentials } from '../../core/protocol/agent-service.js';
import type { AccessQuestion } from '../../platform/aws/access.js';
import type { MessageSocket } from '../../platform/aws/message-socket.js';
import type { RequestContext, Upgrade, UpgradeRoute } from '../../platform/aws/service.js';
import { HostConnection, SILENCE_MS } from './host-connection.js';
import type { HostReport } from './host-reports.js';
import type { Clock, Log, Timers } from './ports.js';

/** WebSocket close codes: going away, and a request that breaks the rules (RFC 6455, 7.4.1). */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;
/** Close frames have room for 123 bytes of reason. */
const HOST_ID = /^[A-Za-z0-9_.:-]{1,128}$/;

export interface HostsOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly messageId: () => string;
  /** Throws AccessDenied for who may not be this container instance, or, undefined, offer Fargate capacity. */
  readonly requireOwn: (containerInstanceArn: string | undefined, context: RequestContext) => Promise<void>;
  /** Whether a container instance is registered. */
  readonly registered: (containerInstanceArn: string) => Promise<boolean>;
  /** What a host holds, on connecting. It may be given tasks when this resolves. */
  readonly manifest: (host: string, taskArns: readonly string[]) => Promise<void>;
  /** What a host says of one of its tasks. */
  readonly report: (host: string, report: HostReport) => void;
  /** A host has become ready, or is no longer connected. */
  readonly changed: (host: string) => void;
}

interface Line {
  readonly connection: HostConnection;
  ready: boolean;
}

/** Who wants to connect: a host with Fargate capacity, or a container instance. Neither: it does not say. */
function hostOf(query: URLSearchParams): { readonly fargate?: string; readonly instance?: string } {
  const hostId = query.get('hostId');
  const instance = query.get('containerInstanceArn');
  if (hostId !== null && query.get('capacity') === 'FARGATE' && HOST_ID.test(hostId)) return { fargate: hostId };
  return instance === null ? {} : { instance };
}

/** Fargate capacity belongs to no cluster: whoever offers it must be allowed `ecs:Poll` on everything. */
function hostAccess(query: URLSearchParams): readonly AccessQuestion[] {
  const { instance } = hostOf(query);
  if (instance === undefined) return [{ action: 'ecs:Poll', resources: [{ arn: '*' }] }];
  const [, prefix, cluster] = /^(.*):container-instance\/([^/]+)\/[^/]+$/.exec(instance) ?? [];
  return [
    {
      action: 'ecs:Poll',
      resources: [{ arn: instance }],
      ...(cluster !== undefined && { conditions: { 'ecs:cluster': `${prefix}:cluster/${cluster}` } }),
    },
  ];
}

/** Key of a host with Fargate capacity; a container instance's key is its ARN. */
export function fargateHost(hostId: string): string {
  return `fargate/${hostId}`;
}

/** The container hosts that are connected now. */
export class Hosts {
  readonly #options: HostsOptions;
  readonly #lines = new Map<string, Line>();
  /** When a host was last heard of; until then, when this endpoint started. */
  readonly #lastSeen = new Map<string, number>();
  readonly #since: number;

  constructor(options: HostsOptions) {
    this.#options = options;
    this.#since = options.clock();
  }

  readonly route: UpgradeRoute = {
    path: /^\/ws\/?$/,
    service: 'ecs',
    allowUnsigned: false,
    access: async ({ query }, context) => {
      await this.#options.requireOwn(hostOf(query).instance, context);
      return hostAccess(query);
    },
    accept: (upgrade, socket) => this.#accept(upgrade, socket),
  };

  isReady(host: string): boolean {
    return this.#lines.get(host)?.ready === true;
  }

  /** Hosts that offer Fargate capacity and can be given tasks. */
  fargate(): string[] {
    return [...this.#lines].filter(([host, { ready }]) => ready && host.startsWith('fargate/')).map(([host]) => host);
  }

  /** Milliseconds since the host was heard of; 0 when it is connected. */
  absence(host: string): number {
    if (this.isReady(host)) return 0;
    return this.#options.clock() - (this.#lastSeen.get(host) ?? this.#since);
  }

  /** Tells a host about tasks; nothing happens when it is not ready: its manifest will bring it up to date. */
  send(host: string, tasks: readonly TaskPayload[]): void {
    const line = this.#lines.get(host);
    if (line === undefined || tasks.length === 0) return;
    line.connection.send({ type: 'PayloadMessage', message: { messageId: this.#options.messageId(), tasks } });
  }

  /** Gives a host new credentials for a task that it runs. */
  sendCredentials(
    host: string,
    taskArn: string,
    roleType: 'TaskApplication' | 'TaskExecution',
    roleCredentials: TaskRoleCredentials,
  ): void {
    const message = { messageId: this.#options.messageId(), taskArn, roleType, roleCredentials };
    this.#lines.get(host)?.connection.send({ type: 'IAMRoleCredentialsMessage', message });
  }

  closeAll(): void {
    for (const { connection } of this.#lines.values()) connection.close(GOING_AWAY, 'endpoint is shutting down');
  }

  #accept({ query }: Upgrade, socket: MessageSocket): void {
    const { fargate, instance } = hostOf(query);
    if (fargate !== undefined) {
      this.#connect(fargateHost(fargate), socket, () => Promise.resolve(true));
    } else if (instance !== undefined) {
      this.#connect(instance, socket, () => this.#options.registered(instance));
    } else {
      socket.handlers = { message: () => undefined, close: () => undefined };
      socket.close(POLICY_VIOLATION, 'hostId with capacity=FARGATE, or containerInstanceArn, is required');
    }
  }

  #connect(host: string, socket: MessageSocket, isKnown: () => Promise<boolean>): void {
    const { log, timers, messageId } = this.#options;
    // The host has reconnected before the loss of its old connection was noticed.
    this.#lines.get(host)?.connection.close(GOING_AWAY, 'replaced by a newer connection');
    const connection = new HostConnection({
      host,
      socket,
      timers,
      log,
      messageId,
      manifest: (taskArns) => void this.#greet(host, line, taskArns, isKnown),
      heard: () => {
        if (this.isReady(host)) this.#lastSeen.set(host, this.#options.clock());
      },
      report: (message) => {
        if (this.#lines.get(host) === line) this.#options.report(host, message);
      },
      closed: () => this.#gone(host, line),
    });
    const line: Line = { connection, ready: false };
    this.#lines.set(host, line);
  }

  async #greet(host: string, line: Line, taskArns: readonly string[], isKnown: () => Promise<boolean>): Promise<void> {
    const { log, manifest, changed } = this.#options;
    try {
      if (!(await isKnown())) {
        line.connection.close(POLICY_VIOLATION, 'unknown container instance');
        return;
      }
      // From here on it is not taken for lost.
      this.#lastSeen.set(host, this.#options.clock());
      await manifest(host, taskArns);
      if (this.#lines.get(host) !== line) return;
      line.ready = true;
      log.info({ host, tasks: taskArns.length }, 'container host connected');
      changed(host);
    } catch (error) {
      log.error({ host, err: error }, 'manifest of a container host not processed; connection closed');
      line.connection.close(GOING_AWAY, 'try again');
    }
  }

  #gone(host: string, line: Line): void {
    if (this.#lines.get(host) !== line) return;
    this.#lines.delete(host);
    // An endpoint that was suspended itself has heard nothing: its hosts are given time to be heard again.
    const { clock } = this.#options;
    if (line.ready) this.#lastSeen.set(host, Math.max(this.#lastSeen.get(host) ?? 0, clock() - SILENCE_MS));
    this.#options.log.info({ host }, 'container host disconnected');
    this.#options.changed(host);
  }
}
