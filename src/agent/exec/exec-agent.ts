import { randomUUID } from 'node:crypto';
import { encodeMessage } from '../../core/protocol/encode-message.js';
import { MessageFlags } from '../../core/protocol/message-flags.js';
import { MessageType } from '../../core/protocol/message-type.js';
import { PayloadType } from '../../core/protocol/payload-type.js';
import type { SessionDocument } from '../../core/protocol/session-document.js';
import { encodeSessionUsage } from '../../core/protocol/session-usage.js';
import type { Container, ProcessUsage } from '../../platform/runtime/runtime.js';
import type { AgentHost } from '../agent-host.js';
import { within } from '../clock.js';
import { accessRefused } from '../connection/access-refused.js';
import { causeOf } from '../log.js';
import { sessionLimitReached } from '../session/session-failure.js';
import { Session } from '../session/session.js';
import { usageAmounts } from '../session/session-usage.js';
import { ControlChannel } from './control-channel.js';
import { TaskCompletions } from './task-completions.js';

/**
 * So many attempts, and so long (milliseconds), ecs-agent takes before the ExecuteCommandAgent counts as STOPPED: five
 * tries, between which it waits 1, 2, 4 and 8 seconds. Attempts go on nevertheless: where AWS's agent looks again after
 * a quarter of an hour, this one is back as soon as it can be.
 */
export const INITIALIZATION_TRIES = 5;
export const INITIALIZATION_MS = 15_000;
/** Ended sessions that are remembered, so that a start message that comes late runs nothing twice. */
export const MAX_REMEMBERED_SESSIONS = 256;
/** How long the agent of a stopped container waits for the service to acknowledge its sessions' ends. */
export const FAREWELL_MS = 2_000;

export interface ExecAgentOptions {
  readonly host: AgentHost;
  readonly container: Container;
  readonly target: string;
  readonly taskArn: string;
  readonly containerName: string;
  /** Sessions at a time. */
  readonly sessionLimit: number;
  readonly containerEnvironment: Readonly<Record<string, string>>;
  /** For the container's managedAgents; the reasons are ecs-agent's. */
  changed(status: 'RUNNING' | 'STOPPED', reason: string): void;
}

/** The ExecuteCommandAgent of one container, played from outside it. */
export class ExecAgent {
  readonly #options: ExecAgentOptions;
  readonly #control: ControlChannel;
  readonly #completions: TaskCompletions;
  readonly #sessions = new Map<string, { readonly session: Session; readonly done: Promise<void> }>();
  readonly #ended = new Set<string>();
  #status: 'PENDING' | 'RUNNING' | 'STOPPED' = 'PENDING';
  /** Why policies keep it from connecting; undefined when they do not. */
  #denied: string | undefined;
  #stopped = false;
  #startedAt = 0;

  constructor(options: ExecAgentOptions) {
    this.#options = options;
    const { host, target } = options;
    this.#completions = new TaskCompletions({
      clock: host.clock,
      environment: host.environment,
      target,
      send: (frame) => this.#control.send(frame),
    });
    this.#control = new ControlChannel({
      host,
      target,
      events: {
        opened: () => this.#opened(),
        refused: (error, attempt) => this.#refused(error, attempt),
        interactiveShell: (document) => this.#start(document),
        channelClosed: (sessionId) => this.#sessions.get(sessionId)?.session.terminate(),
        agentTaskAcknowledge: (messageId) => this.#completions.acknowledge(messageId),
      },
    });
  }

  start(): void {
    this.#startedAt = this.#options.host.clock.now();
    this.#control.start();
  }

  /** The container has stopped. Resolves when its sessions have ended and the service knows, or does not answer. */
  stop(): Promise<void> {
    return this.#end((session) => session.containerStopped());
  }

  /** The host's agent goes, the container stays. */
  leave(): Promise<void> {
    return this.#end((session) => session.agentLeaves());
  }

  async #end(tell: (session: Session) => void): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    const sessions = [...this.#sessions.values()];
    for (const { session } of sessions) tell(session);
    await Promise.all(sessions.map(({ done }) => done));
    await within(this.#options.host.clock, FAREWELL_MS, this.#completions.idle(), undefined);
    this.#completions.stop();
    this.#control.stop();
  }

  #opened(): void {
    const { host, target } = this.#options;
    host.log.debug({ target }, 'control channel open');
    this.#completions.resend();
    if (this.#status === 'RUNNING' && this.#denied === undefined) return;
    const reason = this.#status === 'STOPPED' ? 'ExecuteCommandAgent restarted' : 'ExecuteCommandAgent started';
    this.#status = 'RUNNING';
    this.#denied = undefined;
    this.#options.changed('RUNNING', reason);
  }

  #refused(error: unknown, attempt: number): void {
    const { host, target } = this.#options;
    host.log.debug({ target, attempt, cause: causeOf(error) }, 'control channel not opened');
    const denied = accessRefused(error);
    if (denied !== undefined) {
      this.#accessDenied(denied);
      return;
    }
    // Once it has run it counts as running: losing the connection for a while does not make an agent a dead one.
    const tried = host.clock.now() - this.#startedAt;
    if (this.#status !== 'PENDING' || attempt < INITIALIZATION_TRIES || tried < INITIALIZATION_MS) return;
    this.#status = 'STOPPED';
    this.#options.changed('STOPPED', `ExecuteCommandAgent Initialization failed - ${causeOf(error)}`);
  }

  /**
   * At AWS the program in the container runs on and is not told of as anything but RUNNING: it is the target that is
   * not connected. It goes on trying, and heals when the permission comes. The reason is ours, for the operator.
   */
  #accessDenied(denied: string): void {
    if (this.#status === 'RUNNING' && this.#denied === denied) return;
    this.#status = 'RUNNING';
    this.#denied = denied;
    const { host, target } = this.#options;
    host.log.warn(
      { target, reason: denied },
      'the container cannot be entered: its task may not open a control channel',
    );
    this.#options.changed('RUNNING', `ExecuteCommandAgent is running but not connected: ${denied}`);
  }

  #start(document: SessionDocument): void {
    const { sessionLimit, ...session } = this.#options;
    const { host, target } = session;
    const { sessionId } = document;
    if (this.#stopped || this.#sessions.has(sessionId) || this.#ended.has(sessionId)) return;
    if (this.#sessions.size >= sessionLimit) {
      this.#remember(sessionId);
      this.#completions.submit(sessionId, { status: 'Failed', output: sessionLimitReached(sessionLimit).output });
      return;
    }
    const { taskArn, containerName } = session;
    const used = host.sessionUsed;
    const started = new Session({
      ...session,
      document,
      used: (usage) => {
        this.#sendUsage(sessionId, usage);
        used?.({ sessionId, taskArn, containerName, ...usage });
      },
    });
    host.log.info({ sessionId, target, owner: document.sessionOwner }, 'session started');
    const done = started.run().then((end) => {
      host.log.info({ sessionId, status: end.status }, 'session ended');
      this.#sessions.delete(sessionId);
      this.#remember(sessionId);
      this.#completions.submit(sessionId, end);
    });
    this.#sessions.set(sessionId, { session: started, done });
  }

  /** While the control channel is down nothing is lost but a look: there will be others, and the end has it all. */
  #sendUsage(sessionId: string, usage: ProcessUsage): void {
    const { clock, environment } = this.#options.host;
    const message = {
      messageType: MessageType.GangwaySessionUsage,
      createdDate: clock.now(),
      sequenceNumber: 0,
      flags: MessageFlags.None,
      messageId: randomUUID(),
      payloadType: PayloadType.None,
      payload: encodeSessionUsage({ sessionId, usage: usageAmounts(usage) }),
    };
    this.#control.send(encodeMessage(message, (bytes) => environment.sha256(bytes)));
  }

  #remember(sessionId: string): void {
    this.#ended.add(sessionId);
    const [oldest] = this.#ended;
    if (this.#ended.size > MAX_REMEMBERED_SESSIONS && oldest !== undefined) this.#ended.delete(oldest);
  }
}
