import type { MessageSocket } from '../../platform/aws/message-socket.js';
import type { SessionEnvironment } from '../ssm/session-environment.js';
import { FAREWELL_TIMEOUT } from './relay-limits.js';

const POLICY_VIOLATION = 1008;
const TOO_BIG = 1009;
const INTERNAL_ERROR = 1011;
const SERVICE_RESTART = 1012;
const NORMAL = 1000;
/** 4000 and above are an application's own. */
const SUPERSEDED = 4001;

/** Why the gateway closes a socket: what the peer and its operator may read. */
export const CloseReason = Object.freeze({
  SessionEnded: { code: NORMAL, reason: 'the session has ended' },
  TokenUnknown: { code: POLICY_VIOLATION, reason: 'the token is not known' },
  TokenUsed: { code: POLICY_VIOLATION, reason: 'the token has been used before' },
  TokenExpired: { code: POLICY_VIOLATION, reason: 'the token has expired' },
  TokenForeign: { code: POLICY_VIOLATION, reason: 'the token was made for another channel, session or caller' },
  TokenFrameMissing: { code: POLICY_VIOLATION, reason: 'the first frame must be the text frame with the token' },
  TokenFrameInvalid: { code: POLICY_VIOLATION, reason: 'the text frame with the token could not be read' },
  TokenFrameLate: { code: POLICY_VIOLATION, reason: 'no text frame with a token within 10 seconds' },
  Unsigned: { code: POLICY_VIOLATION, reason: 'agents must sign the request that opens a channel' },
  SessionUnknown: { code: POLICY_VIOLATION, reason: 'there is no such session' },
  TooMuchBeforeOpen: { code: TOO_BIG, reason: 'too much data before the channel was open' },
  Superseded: { code: SUPERSEDED, reason: 'a newer connection has taken the place of this one' },
  StateUnavailable: { code: INTERNAL_ERROR, reason: 'the state of the endpoint cannot be read or written' },
  Fault: { code: INTERNAL_ERROR, reason: 'a fault of the endpoint' },
  Stopping: { code: SERVICE_RESTART, reason: 'the endpoint is stopping' },
});
export type CloseReason = (typeof CloseReason)[keyof typeof CloseReason];

export function closeWith(socket: MessageSocket, { code, reason }: CloseReason): void {
  socket.close(code, reason);
}

/** Closes a socket when everything has left for the peer, which may be slow: a close frame limits its time. */
export function closeOnceSent(socket: MessageSocket, reason: CloseReason, environment: SessionEnvironment): void {
  if (socket.bufferedAmount === 0) {
    closeWith(socket, reason);
    return;
  }
  const timer = environment.after(FAREWELL_TIMEOUT, () => socket.terminate());
  socket.handlers = {
    message: () => undefined,
    drain: () => {
      timer.cancel();
      closeWith(socket, reason);
    },
    close: () => timer.cancel(),
  };
}
