import { SessionStatus } from '../ssm/session-record.js';
import type { SessionRecord } from '../ssm/session-record.js';
import { CloseReason, closeOnceSent } from './close-reason.js';
import type { Relay, RelaySide } from './relay.js';
import { AGENT_RETURN_LIMIT, CLIENT_RETURN_LIMIT, END_GRACE } from './relay-limits.js';
import type { SessionSurroundings } from './session-surroundings.js';

/**
 * How a session ends (wire-protocol 1.9). Two parties have to be through with it, in any order: the client, which gets
 * `channel_closed` behind the last output it has acknowledged (T10), and the agent, which reports the task complete.
 */
export class SessionEnd {
  readonly #session: SessionRecord;
  readonly #relay: Relay;
  readonly #surroundings: SessionSurroundings;
  readonly #finished: () => void;
  #output = '';
  #begun: number | undefined;
  /** No more output will come: the agent has said so, or it is us who end the session. */
  #outputOver = false;
  #tellAgent = false;
  #graceOver = false;
  #grace: { cancel(): void } | undefined;
  #agentDone = false;
  #clientDone = false;
  #over = false;

  constructor(session: SessionRecord, relay: Relay, surroundings: SessionSurroundings, finished: () => void) {
    this.#session = session;
    this.#relay = relay;
    this.#surroundings = surroundings;
    this.#finished = finished;
  }

  get hasBegun(): boolean {
    return this.#begun !== undefined;
  }

  get output(): string {
    return this.#output;
  }

  get agentDone(): boolean {
    return this.#agentDone;
  }

  get clientDone(): boolean {
    return this.#clientDone;
  }

  /** Everything that the agent had to say has been sent, or it is told to stop. */
  begin(end: { output: string; tellAgent: boolean }): void {
    this.#outputOver = true;
    if (this.#begun === undefined) {
      this.#start(end.output);
      this.#tellAgent = end.tellAgent;
      if (end.tellAgent) this.agentCame();
    }
    this.settle();
  }

  /** The task is complete. Output may still be on its way on the other channel (T11). */
  taskComplete(failed: boolean, output: string): void {
    this.#agentDone = true;
    if (this.#begun === undefined) this.#start(failed ? output : '');
    else if (failed && this.#output === '') this.#output = output;
    const status = failed ? SessionStatus.Failed : SessionStatus.Terminated;
    this.#surroundings.record(this.#session.sessionId, status, failed ? output : this.#output);
    this.settle();
  }

  giveUpAgent(): void {
    if (this.#agentDone) return;
    this.#agentDone = true;
    this.#surroundings.record(this.#session.sessionId, SessionStatus.Terminated, this.#output);
    this.settle();
  }

  /** The agent is on one of its channels: either will do to tell it (wire-protocol 1.9). */
  agentCame(): void {
    if (this.#begun === undefined || !this.#tellAgent || this.#agentDone) return;
    const frame = this.#surroundings.messages.channelClosed(this.#session, this.#output);
    this.#relay.sendTo('agent', frame);
    this.#surroundings.sendControl(this.#session.target, frame);
  }

  clientCame(): void {
    if (this.#begun === undefined) return;
    this.#startGrace();
    this.settle();
  }

  /** Does what can be done by now. */
  settle(): void {
    if (this.#begun === undefined) return;
    if (!this.#clientDone && this.#relay.socketOf('client') !== undefined && this.#mayCloseClient()) {
      this.#clientDone = true;
      this.#relay.sendTo('client', this.#surroundings.messages.channelClosed(this.#session, this.#output));
      this.#dismiss('client');
    }
    if (!this.#clientDone || !this.#agentDone || this.#over) return;
    this.#over = true;
    this.cancel();
    this.#dismiss('agent');
    this.#finished();
  }

  sweep(now: number, awaySince: Readonly<Record<RelaySide, number>>): void {
    if (this.#begun === undefined) return;
    const waited = (side: RelaySide): number => now - Math.max(this.#begun ?? now, awaySince[side]);
    const { sessionId, target } = this.#session;
    if (!this.#agentDone) {
      const gone = this.#relay.socketOf('agent') === undefined && !this.#surroundings.isConnected(target);
      const timedOut = now - this.#begun >= this.#surroundings.timeouts.orphanTimeout;
      if (timedOut || (gone && waited('agent') >= AGENT_RETURN_LIMIT)) {
        this.#surroundings.log.warn({ sessionId }, 'agent did not report the end of the session');
        this.giveUpAgent();
      }
    }
    if (!this.#clientDone && this.#relay.socketOf('client') === undefined && waited('client') >= CLIENT_RETURN_LIMIT) {
      this.#clientDone = true;
      this.settle();
    }
  }

  cancel(): void {
    this.#grace?.cancel();
  }

  #dismiss(side: RelaySide): void {
    const socket = this.#relay.release(side);
    if (socket !== undefined) closeOnceSent(socket, CloseReason.SessionEnded, this.#surroundings.environment);
  }

  #mayCloseClient(): boolean {
    if (this.#graceOver) return true;
    const quiet = this.#outputOver || this.#relay.socketOf('agent') === undefined;
    return quiet && this.#relay.outputDelivered;
  }

  #start(output: string): void {
    this.#begun = this.#surroundings.environment.now();
    this.#output = output;
    this.#startGrace();
  }

  #startGrace(): void {
    this.#grace?.cancel();
    this.#graceOver = false;
    this.#grace = this.#surroundings.environment.after(END_GRACE, () => {
      this.#graceOver = true;
      this.settle();
    });
  }
}
