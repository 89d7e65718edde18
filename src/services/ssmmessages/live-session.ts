import { SessionState, parseAgentSessionState } from '../../core/protocol/agent-session-state.js';
import { FinalTaskStatus } from '../../core/protocol/agent-task-complete.js';
import type { AgentTaskComplete } from '../../core/protocol/agent-task-complete.js';
import type { SessionUsage } from '../../core/protocol/session-usage.js';
import type { MessageSocket } from '../../platform/aws/message-socket.js';
import { SessionStatus } from '../ssm/session-record.js';
import type { SessionRecord } from '../ssm/session-record.js';
import { CloseReason, closeWith } from './close-reason.js';
import { LAST_WORDS_LIMIT } from './relay-limits.js';
import { Relay } from './relay.js';
import type { RelaySide } from './relay.js';
import { SessionEnd } from './session-end.js';
import type { SessionSurroundings } from './session-surroundings.js';
import { SessionText } from './session-text.js';

/** One session from its start until both ends are done with it: who is there, since when, and how it ends. */
export class LiveSession {
  readonly session: SessionRecord;
  readonly #surroundings: SessionSurroundings;
  readonly #relay: Relay;
  readonly #end: SessionEnd;
  #status: SessionStatus;
  #agentSeen: boolean;
  #clientSeen: boolean;
  #clientId = '';
  #lastActivity: number;
  #lastWords: { cancel(): void } | undefined;
  /** Since when each side has been away; meaningless while it is there. */
  readonly #awaySince: Record<RelaySide, number>;

  constructor(session: SessionRecord, surroundings: SessionSurroundings) {
    this.session = session;
    this.#surroundings = surroundings;
    this.#status = session.status;
    this.#agentSeen = session.agentSeen;
    this.#clientSeen = session.status !== SessionStatus.Connecting;
    const now = surroundings.environment.now();
    this.#lastActivity = now;
    this.#awaySince = { agent: now, client: now };
    this.#relay = new Relay(
      surroundings.messages,
      {
        activity: () => (this.#lastActivity = surroundings.environment.now()),
        acknowledged: () => this.#end.settle(),
        agentState: (payload) => this.#agentState(payload),
        left: (side) => this.#left(side),
        dropped: (side, reason) =>
          surroundings.log.warn({ sessionId: session.sessionId, side, reason }, 'message dropped'),
      },
      {
        clientHasBeenHere: this.#clientSeen && session.status !== SessionStatus.Terminating,
        fromStart: !session.agentSeen,
      },
    );
    this.#end = new SessionEnd(session, this.#relay, surroundings, () => surroundings.finished(session.sessionId));
    // Was being ended when the endpoint stopped: whoever comes back is told.
    if (session.status === SessionStatus.Terminating) this.#end.begin({ output: session.details, tellAgent: true });
    this.#updateStatus();
  }

  /** The client may still come (back): there is output, or the reason of the end, that it has not seen. */
  get awaitsClient(): boolean {
    return !this.#end.clientDone;
  }

  attachAgent(socket: MessageSocket): void {
    const former = this.#relay.socketOf('agent');
    this.#relay.attach('agent', socket);
    if (former !== undefined) closeWith(former, CloseReason.Superseded);
    if (!this.#agentSeen) {
      this.#agentSeen = true;
      this.#surroundings.agentSeen(this.session.sessionId);
    }
    this.#end.agentCame();
    this.#updateStatus();
  }

  attachClient(socket: MessageSocket, clientId: string): void {
    const former = this.#relay.socketOf('client');
    if (former !== undefined) {
      // Another process, not the same one on a new socket: without a word it would come back and push this one out.
      if (clientId !== this.#clientId) former.send(this.#channelClosed(SessionText.TakenOver));
      closeWith(former, CloseReason.Superseded);
    }
    this.#clientId = clientId;
    this.#clientSeen = true;
    this.#relay.attach('client', socket);
    this.#end.clientCame();
    this.#updateStatus();
  }

  /** The target's control channel has (re)opened: repeats what the agent may have missed. It drops what it knows. */
  controlChannelOpened(): void {
    if (this.#end.hasBegun) this.#end.agentCame();
    else if (!this.#agentSeen) this.sendStart();
  }

  sendStart(): void {
    const { messages } = this.#surroundings;
    this.#surroundings.sendControl(this.session.target, messages.interactiveShell(this.session));
  }

  /** What its command has used so far. Stored before an end that follows it. */
  used(usage: SessionUsage): void {
    this.#surroundings.used(this.session.sessionId, usage);
  }

  taskComplete(complete: AgentTaskComplete): void {
    if (this.#end.agentDone) return;
    const { finalTaskStatus, output, usage } = complete;
    if (usage !== undefined) this.used(usage);
    const failed = finalTaskStatus === FinalTaskStatus.Failed || finalTaskStatus === FinalTaskStatus.TimedOut;
    this.#surroundings.log.info({ sessionId: this.session.sessionId, finalTaskStatus }, 'agent completed the session');
    this.#end.taskComplete(failed, output);
  }

  /** Ends the session from outside; `output` is shown to the user. */
  terminate(output: string): void {
    if (this.#end.hasBegun) return;
    this.#surroundings.log.info({ sessionId: this.session.sessionId, output }, 'session terminated');
    const neverStarted = !this.#agentSeen && !this.#surroundings.isConnected(this.session.target);
    this.#end.begin({ output, tellAgent: true });
    this.#updateStatus();
    if (neverStarted) this.#end.giveUpAgent();
  }

  /**
   * The container has stopped. An agent that is there ends the session itself, behind the last output and the status of
   * the command; that may come later than the news of the container.
   */
  containerStopped(output: string): void {
    const surroundings = this.#surroundings;
    const agentIsThere = this.#relay.socketOf('agent') !== undefined || surroundings.isConnected(this.session.target);
    if (!agentIsThere) this.terminate(output);
    else this.#lastWords ??= surroundings.environment.after(LAST_WORDS_LIMIT, () => this.terminate(output));
  }

  /** Looks at the clock. */
  sweep(now: number): void {
    if (this.#end.hasBegun) {
      this.#end.sweep(now, this.#awaySince);
      return;
    }
    const { timeouts } = this.#surroundings;
    const { orphanTimeout } = timeouts;
    const { times, startDate } = this.session;
    // Null is never.
    const idleTimeout = times?.idleTimeout === undefined ? timeouts.idleTimeout : (times.idleTimeout ?? Infinity);
    const maxDuration = times?.maxDuration ?? Infinity;
    const away = (side: RelaySide): number =>
      this.#relay.socketOf(side) === undefined ? now - this.#awaySince[side] : 0;
    if (now - this.#lastActivity >= idleTimeout) this.terminate(SessionText.Idle);
    else if (now - startDate >= maxDuration) this.terminate(SessionText.MaxDuration);
    else if (away('agent') >= orphanTimeout) this.terminate(SessionText.AgentAway);
    else if (!this.#clientSeen && away('client') >= orphanTimeout) this.terminate(SessionText.ClientNeverCame);
  }

  /** The endpoint stops; the session does not. */
  release(reason: CloseReason): void {
    this.#lastWords?.cancel();
    this.#end.cancel();
    for (const side of ['client', 'agent'] as const) {
      const socket = this.#relay.release(side);
      if (socket !== undefined) closeWith(socket, reason);
    }
  }

  #agentState(payload: Uint8Array): void {
    const { sessionState } = parseAgentSessionState(payload);
    if (sessionState !== SessionState.Terminating) return;
    this.#end.begin({ output: '', tellAgent: false });
    this.#updateStatus();
  }

  #left(side: RelaySide): void {
    this.#awaySince[side] = this.#surroundings.environment.now();
    this.#end.settle();
    this.#updateStatus();
  }

  #channelClosed(output: string): Uint8Array {
    return this.#surroundings.messages.channelClosed(this.session, output);
  }

  #updateStatus(): void {
    if (this.#end.agentDone) return;
    const next = this.#currentStatus();
    if (next === this.#status) return;
    this.#status = next;
    this.#surroundings.record(this.session.sessionId, next, this.#end.output);
  }

  #currentStatus(): SessionStatus {
    if (this.#end.hasBegun) return SessionStatus.Terminating;
    const both = this.#relay.socketOf('agent') !== undefined && this.#relay.socketOf('client') !== undefined;
    if (both) return SessionStatus.Connected;
    return this.#status === SessionStatus.Connecting ? SessionStatus.Connecting : SessionStatus.Disconnected;
  }
}
