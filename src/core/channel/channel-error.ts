/**
 * - `closed`: the channel is closed or has failed.
 * - `not-ready`: the handshake is not over; an official agent throws early input away (T19).
 * - `not-negotiated`: the peer would print this, because it does not speak `GangwayStreams`.
 * - `too-large`: the payload is larger than `maxPayloadBytes`.
 * - `window-exceeded`: the owner has gone on writing long after `writable` was false.
 * - `role`: this is the other end's business.
 */
export type ChannelErrorCode = 'closed' | 'not-ready' | 'not-negotiated' | 'too-large' | 'window-exceeded' | 'role';

/** A call that the owner of a channel must not make. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError';
  readonly code: ChannelErrorCode;

  constructor(code: ChannelErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
