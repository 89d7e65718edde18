import { encodeJson, JsonFields } from './json-fields.js';
import { MessageType } from './message-type.js';
import { PayloadError } from './payload-error.js';

export const SessionState = Object.freeze({
  Connected: 'Connected',
  /** The command has ended and everything it printed has been acknowledged, or 2 s have passed. */
  Terminating: 'Terminating',
} as const);

export type SessionState = (typeof SessionState)[keyof typeof SessionState];

/** Payload of `agent_session_state`, agent to gateway on the data channel; not forwarded (wire-protocol 1.7). */
export interface AgentSessionState {
  readonly sessionState: SessionState;
  readonly sessionId: string;
}

export function encodeAgentSessionState(state: AgentSessionState): Uint8Array {
  return encodeJson({ SchemaVersion: 1, SessionState: state.sessionState, SessionId: state.sessionId });
}

/** Throws a PayloadError, also for a state that is not known. */
export function parseAgentSessionState(payload: Uint8Array): AgentSessionState {
  const fields = JsonFields.parse(payload, MessageType.AgentSessionState);
  const sessionState = Object.values(SessionState).find((state) => state === fields.string('SessionState'));
  if (sessionState === undefined) {
    throw new PayloadError(`${MessageType.AgentSessionState}.SessionState`, 'is neither Connected nor Terminating');
  }
  return { sessionState, sessionId: fields.string('SessionId') };
}
