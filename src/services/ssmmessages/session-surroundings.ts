import type { SessionUsage } from '../../core/protocol/session-usage.js';
import type { SessionEnvironment, SessionLog } from '../ssm/session-environment.js';
import type { SessionStatus } from '../ssm/session-record.js';
import type { GatewayMessages } from './gateway-messages.js';

/** Milliseconds. */
export interface SessionTimeouts {
  /** Without a stream message with a new number, in either direction. */
  readonly idleTimeout: number;
  /** Without an agent, or without a first client. */
  readonly orphanTimeout: number;
}

/** What a live session needs of the gateway. */
export interface SessionSurroundings {
  readonly environment: SessionEnvironment;
  readonly messages: GatewayMessages;
  readonly timeouts: SessionTimeouts;
  readonly log: SessionLog;
  isConnected(target: string): boolean;
  /** False when the target is not connected. */
  sendControl(target: string, frame: Uint8Array): boolean;
  /** Stores a state; failures are the store's to report. */
  record(sessionId: string, status: SessionStatus, details: string): void;
  agentSeen(sessionId: string): void;
  used(sessionId: string, usage: SessionUsage): void;
  /** Agent and client are both through with it. Called once. */
  finished(sessionId: string): void;
}
