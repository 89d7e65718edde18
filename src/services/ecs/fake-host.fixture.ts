import type { AgentServiceMessage, RoleCredentialsMessage, TaskPayload } from '../../core/protocol/agent-service.js';
import type { MessageSocket } from '../../platform/aws/message-socket.js';

type Report = Record<string, unknown> & { readonly task: string };

/** A container host that keeps a record, and does at once what it is told unless `manual`. */
export class FakeHost {
  readonly tasks = new Map<string, TaskPayload>();
  readonly stopped: string[] = [];
  /** Renewed, in the order they came. */
  readonly credentials: RoleCredentialsMessage['message'][] = [];
  /** Heartbeats heard. */
  heartbeats = 0;
  /** Grows with everything that happens here. */
  activity = 0;
  /** Only records; the test reports by itself. */
  manual = false;
  /** Tasks do not start: this is the reason. */
  failure: string | undefined;
  closed: { readonly code: number; readonly reason: string } | undefined;
  readonly #socket: MessageSocket;
  readonly #submit: (report: Report) => Promise<unknown>;

  constructor(socket: MessageSocket, submit: (report: Report) => Promise<unknown>, held: readonly string[]) {
    this.#socket = socket;
    this.#submit = submit;
    socket.handlers = {
      message: (data) => this.#hear(JSON.parse(String(data)) as AgentServiceMessage),
      close: (code, reason) => (this.closed = { code, reason }),
    };
    this.say({ type: 'TaskManifestMessage', message: { taskArns: held } });
  }

  say(message: AgentServiceMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Sends something that is no message. */
  babble(data: string | Uint8Array): void {
    this.#socket.send(data);
  }

  /** The connection is lost without a word. */
  vanish(): void {
    this.#socket.terminate();
  }

  async report(task: string, change: Record<string, unknown>): Promise<void> {
    this.activity++;
    await this.#submit({ task, ...change });
    this.activity++;
  }

  /** Names and states as ecs-agent reports them. */
  async run(payload: TaskPayload): Promise<void> {
    const id = payload.arn.split('/').at(-1)!;
    await this.report(payload.arn, {
      status: 'RUNNING',
      containers: payload.containers.map(({ name }, index) => ({
        containerName: name,
        runtimeId: `${id}-${1_000_000_000 + index}`,
        status: 'RUNNING',
      })),
      managedAgents: payload.enableExecuteCommand
        ? payload.containers.map(({ name }) => ({
            containerName: name,
            managedAgentName: 'ExecuteCommandAgent',
            status: 'RUNNING',
          }))
        : [],
    });
  }

  async end(arn: string, change: Record<string, unknown> = {}): Promise<void> {
    this.stopped.push(arn);
    this.tasks.delete(arn);
    await this.report(arn, { status: 'STOPPED', ...change });
  }

  #hear(message: AgentServiceMessage): void {
    this.activity++;
    if (message.type === 'HeartbeatMessage') {
      this.heartbeats++;
      if (!this.manual) this.say(message);
    }
    if (message.type === 'IAMRoleCredentialsMessage') this.credentials.push(message.message);
    if (message.type !== 'PayloadMessage') return;
    this.say({ type: 'AckRequest', message: { messageId: message.message.messageId } });
    for (const task of message.message.tasks) void this.#take(task);
  }

  async #take(task: TaskPayload): Promise<void> {
    const isNew = !this.tasks.has(task.arn);
    if (task.desiredStatus === 'RUNNING') this.tasks.set(task.arn, task);
    if (this.manual) {
      if (task.desiredStatus === 'STOPPED') this.stopped.push(task.arn);
    } else if (task.desiredStatus === 'STOPPED') {
      await this.end(task.arn).catch(() => undefined);
    } else if (this.failure !== undefined) {
      await this.end(task.arn, { reason: this.failure });
    } else if (isNew) {
      await this.run(task);
    }
  }
}
