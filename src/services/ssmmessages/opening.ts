import type { MessageSocket } from '../../platform/aws/message-socket.js';
import type { SessionEnvironment } from '../ssm/session-environment.js';
import { CloseReason, closeWith } from './close-reason.js';
import { MAX_EARLY_FRAMES, MAX_OPENING_BYTES, MAX_OPENING_FRAMES, OPENING_TIMEOUT } from './relay-limits.js';

/** The token frame was good: gives the socket its handlers, and is called exactly once. */
export type TakeOver = () => void;

/**
 * Decides about a token frame. Resolves with what takes the socket over, or with why it is closed. Must not reject for
 * anything that the peer has done.
 */
export type Admit = (text: string) => Promise<TakeOver | CloseReason>;

/**
 * Waits for the text frame with the token, and keeps what comes behind it until the token has been looked up: official
 * agents send their first message at once.
 */
export function openChannel(
  socket: MessageSocket,
  environment: SessionEnvironment,
  admit: Admit,
  refused: (reason: CloseReason, cause?: unknown) => void,
): void {
  const waiting: Uint8Array[] = [];
  let early = 0;
  let waitingBytes = 0;
  let phase: 'expecting' | 'admitting' | 'done' = 'expecting';

  const refuse = (reason: CloseReason, cause?: unknown): void => {
    if (phase === 'done') return;
    phase = 'done';
    timer.cancel();
    closeWith(socket, reason);
    refused(reason, cause);
  };
  const timer = environment.after(OPENING_TIMEOUT, () => {
    if (phase === 'expecting') refuse(CloseReason.TokenFrameLate);
  });

  const takeOver = (take: TakeOver): void => {
    if (phase === 'done') return;
    phase = 'done';
    take();
    for (const frame of waiting) socket.handlers.message(frame);
    socket.resume();
  };

  const begin = (text: string): void => {
    phase = 'admitting';
    timer.cancel();
    socket.pause();
    admit(text).then(
      (decision) => {
        if (typeof decision === 'function') takeOver(decision);
        else refuse(decision);
      },
      (error: unknown) => refuse(CloseReason.StateUnavailable, error),
    );
  };

  socket.handlers = {
    message: (data) => {
      if (phase === 'done') return;
      if (phase === 'expecting') {
        if (typeof data === 'string') begin(data);
        // The official programs, reconnecting under load, may send a stream message or two before their token frame.
        // Nobody has shown a right to be heard yet: it is dropped, and sent again by them.
        else if (++early > MAX_EARLY_FRAMES) refuse(CloseReason.TokenFrameMissing);
      } else if (typeof data !== 'string') {
        waitingBytes += data.byteLength;
        if (waiting.length >= MAX_OPENING_FRAMES || waitingBytes > MAX_OPENING_BYTES) {
          refuse(CloseReason.TooMuchBeforeOpen);
        } else waiting.push(new Uint8Array(data));
      }
    },
    close: () => {
      phase = 'done';
      timer.cancel();
    },
  };
}
