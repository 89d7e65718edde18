import { parseControlChannelOpening } from '../../core/protocol/open-control-channel.js';
import { parseDataChannelOpening } from '../../core/protocol/open-data-channel.js';
import type { AgentDataChannelOpening, ClientDataChannelOpening } from '../../core/protocol/open-data-channel.js';
import { PayloadError } from '../../core/protocol/payload-error.js';
import type { MessageSocket } from '../../platform/aws/message-socket.js';
import type { RequestContext, RestRoute, Upgrade, UpgradeRoute } from '../../platform/aws/service.js';
import type { SessionEnvironment, SessionLog } from '../ssm/session-environment.js';
import type { SessionRecord } from '../ssm/session-record.js';
import { TokenKind } from '../ssm/session-tokens.js';
import type { Redemption } from '../ssm/session-tokens.js';
import { controlChannelAccess, dataChannelAccess } from './channel-access.js';
import { CONTROL_CHANNEL_PATH, DATA_CHANNEL_PATH, SIGNING_NAME, subjectOf } from './channel-paths.js';
import { channelRoutes } from './channel-routes.js';
import { ChannelPulses } from './channel-pulses.js';
import { CloseReason, closeWith } from './close-reason.js';
import { ControlChannels } from './control-channels.js';
import { GatewayMessages } from './gateway-messages.js';
import { LiveSession } from './live-session.js';
import { openChannel } from './opening.js';
import type { Admit, TakeOver } from './opening.js';
import type { SessionLedger } from './session-ledger.js';
import type { SessionSurroundings, SessionTimeouts } from './session-surroundings.js';

export interface GatewayOptions {
  readonly ledger: SessionLedger;
  readonly environment: SessionEnvironment;
  readonly timeouts: SessionTimeouts;
  readonly log: SessionLog;
}

const REFUSALS: Readonly<Record<Exclude<Redemption, 'accepted'>, CloseReason>> = Object.freeze({
  unknown: CloseReason.TokenUnknown,
  used: CloseReason.TokenUsed,
  expired: CloseReason.TokenExpired,
  foreign: CloseReason.TokenForeign,
});

/** The message gateway: control channels of agents, data channels of agents and clients, and the sessions on them. */
export class Gateway {
  readonly routes: RestRoute[];
  readonly upgrades: UpgradeRoute[];
  readonly #options: GatewayOptions;
  readonly #messages: GatewayMessages;
  readonly #controls: ControlChannels;
  readonly #sessions = new Map<string, LiveSession>();
  readonly #pulses = new ChannelPulses();
  readonly #surroundings: SessionSurroundings;

  constructor(options: GatewayOptions) {
    const { ledger, environment, timeouts, log } = options;
    this.#options = options;
    this.#messages = new GatewayMessages(environment);
    this.#controls = new ControlChannels(
      this.#messages,
      {
        connected: (target) => {
          for (const live of this.#of(target)) live.controlChannelOpened();
        },
        taskComplete: (target, complete) => {
          const live = this.#sessions.get(complete.taskId);
          if (live?.session.target === target) live.taskComplete(complete);
        },
        used: (target, { sessionId, usage }) => {
          const live = this.#sessions.get(sessionId);
          if (live?.session.target === target) live.used(usage);
        },
      },
      log,
    );
    this.#surroundings = {
      environment,
      messages: this.#messages,
      timeouts,
      log,
      isConnected: (target) => this.#controls.isConnected(target),
      sendControl: (target, frame) => this.#controls.send(target, frame),
      record: (sessionId, status, details) => ledger.recordStatus(sessionId, status, details),
      agentSeen: (sessionId) => ledger.recordAgentSeen(sessionId),
      used: (sessionId, usage) => ledger.recordUsage(sessionId, usage),
      finished: (sessionId) => this.#sessions.delete(sessionId),
    };
    this.routes = channelRoutes(ledger);
    this.upgrades = [
      {
        path: CONTROL_CHANNEL_PATH,
        service: SIGNING_NAME,
        allowUnsigned: false,
        access: controlChannelAccess('OpenControlChannel'),
        accept: (upgrade, socket) => this.#open(upgrade, socket, this.#admitControl(upgrade, socket)),
      },
      {
        path: DATA_CHANNEL_PATH,
        service: SIGNING_NAME,
        allowUnsigned: true,
        access: dataChannelAccess('OpenDataChannel', ledger),
        accept: (upgrade, socket) => this.#open(upgrade, socket, this.#admitData(upgrade, socket)),
      },
    ];
  }

  isConnected(target: string): boolean {
    return this.#controls.isConnected(target);
  }

  /** Tells the agent to start a session that has been stored. */
  begin(session: SessionRecord): void {
    this.#adopt(session).sendStart();
  }

  /** Takes up sessions that a former process left running; their agents and clients come back by themselves. */
  restore(sessions: readonly SessionRecord[]): void {
    for (const session of sessions) this.#adopt(session);
  }

  /** False when there is no such session here. */
  terminate(sessionId: string, output: string): boolean {
    const live = this.#sessions.get(sessionId);
    live?.terminate(output);
    return live !== undefined;
  }

  /** The target has stopped. */
  terminateAll(target: string, output: string): void {
    for (const live of this.#of(target)) live.containerStopped(output);
  }

  /** A client may still attach to it, if only to read how it ended. */
  awaitsClient(sessionId: string): boolean {
    return this.#sessions.get(sessionId)?.awaitsClient ?? false;
  }

  sweep(): void {
    const now = this.#options.environment.now();
    this.#pulses.sweep(now);
    for (const live of [...this.#sessions.values()]) live.sweep(now);
  }

  stop(): void {
    for (const live of this.#sessions.values()) live.release(CloseReason.Stopping);
    this.#sessions.clear();
    this.#controls.closeAll(CloseReason.Stopping);
  }

  #adopt(session: SessionRecord): LiveSession {
    const live = new LiveSession(session, this.#surroundings);
    this.#sessions.set(session.sessionId, live);
    return live;
  }

  #of(target: string): LiveSession[] {
    return [...this.#sessions.values()].filter((live) => live.session.target === target);
  }

  #open(upgrade: Upgrade, socket: MessageSocket, admit: Admit): void {
    const { environment, log } = this.#options;
    const { path, sourceIp } = upgrade;
    this.#pulses.add(socket, environment.now(), () => log.warn({ path, sourceIp }, 'peer no longer answers pings'));
    openChannel(socket, environment, admit, ({ reason }, cause) => {
      log.warn({ path, sourceIp, reason, cause }, 'channel refused');
    });
  }

  #admitControl({ path, context }: Upgrade, socket: MessageSocket): Admit {
    return async (text) => {
      if (context === undefined) return CloseReason.Unsigned;
      const opening = readable(() => parseControlChannelOpening(text));
      if (opening === undefined) return CloseReason.TokenFrameInvalid;
      const target = subjectOf(path, CONTROL_CHANNEL_PATH);
      const scope = { kind: TokenKind.Control, subject: target, principal: context.caller.arn };
      const redemption = await this.#options.ledger.redeemToken(opening.tokenValue, scope);
      if (redemption !== 'accepted') return REFUSALS[redemption];
      return () => this.#controls.attach(target, socket);
    };
  }

  #admitData({ path, context }: Upgrade, socket: MessageSocket): Admit {
    const sessionId = subjectOf(path, DATA_CHANNEL_PATH);
    return async (text) => {
      const opening = readable(() => parseDataChannelOpening(text));
      if (opening === undefined) return CloseReason.TokenFrameInvalid;
      return opening.end === 'agent'
        ? this.#admitAgent(sessionId, opening, context, socket)
        : this.#admitClient(sessionId, opening, socket);
    };
  }

  async #admitAgent(
    sessionId: string,
    opening: AgentDataChannelOpening,
    context: RequestContext | undefined,
    socket: MessageSocket,
  ): Promise<TakeOver | CloseReason> {
    if (context === undefined) return CloseReason.Unsigned;
    const session = await this.#options.ledger.find(sessionId);
    if (session !== undefined && session.target !== opening.clientInstanceId) return CloseReason.TokenForeign;
    const scope = { kind: TokenKind.Agent, subject: sessionId, principal: context.caller.arn };
    const redemption = await this.#options.ledger.redeemToken(opening.tokenValue, scope);
    if (redemption !== 'accepted') return REFUSALS[redemption];
    if (session === undefined) return CloseReason.SessionUnknown;
    return () => {
      const live = this.#sessions.get(sessionId);
      if (live === undefined) this.#dismiss(session, socket);
      else live.attachAgent(socket);
    };
  }

  async #admitClient(
    sessionId: string,
    opening: ClientDataChannelOpening,
    socket: MessageSocket,
  ): Promise<TakeOver | CloseReason> {
    const scope = { kind: TokenKind.Client, subject: sessionId, principal: '' };
    const redemption = await this.#options.ledger.redeemToken(opening.tokenValue, scope);
    if (redemption !== 'accepted') return REFUSALS[redemption];
    const session = await this.#options.ledger.find(sessionId);
    if (session === undefined) return CloseReason.SessionUnknown;
    return () => {
      const live = this.#sessions.get(sessionId);
      if (live === undefined || !live.awaitsClient) this.#dismiss(session, socket);
      else live.attachClient(socket, opening.clientId);
    };
  }

  /** Whoever comes to a session that is over is told so; an agent then stops the command. */
  #dismiss(session: SessionRecord, socket: MessageSocket): void {
    socket.handlers = { message: () => undefined, close: () => undefined };
    socket.send(this.#messages.channelClosed(session, session.details));
    closeWith(socket, CloseReason.SessionEnded);
  }
}

/** Undefined for a text that is not what it should be. */
function readable<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof PayloadError) return undefined;
    throw error;
  }
}
