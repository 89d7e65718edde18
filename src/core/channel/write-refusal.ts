import { MIN_FRAME_BYTES } from '../protocol/frame-layout.js';
import type { StreamsRequest } from './channel-api.js';
import { ChannelError } from './channel-error.js';
import { SEAL_BYTES } from './channel-limits.js';
import { needsStreams } from './needs-streams.js';

export interface WriteConditions {
  readonly phase: 'handshake' | 'open' | 'ended';
  readonly streams: StreamsRequest | undefined;
  readonly limits: { readonly maxPayloadBytes: number };
  fits(frameBytes: number): boolean;
}

/** Why a channel may not send this now; undefined when it may. */
export function writeRefusal(conditions: WriteConditions, type: number, payload: Uint8Array): ChannelError | undefined {
  const { phase, streams } = conditions;
  const { maxPayloadBytes } = conditions.limits;
  if (phase === 'ended') return new ChannelError('closed', 'the channel is closed');
  if (phase === 'handshake') return new ChannelError('not-ready', 'the handshake is not over');
  if (streams === undefined && needsStreams(type, payload)) {
    return new ChannelError('not-negotiated', `the peer would not understand payload type ${type}`);
  }
  if (payload.length > maxPayloadBytes) {
    return new ChannelError('too-large', `${payload.length} bytes; the limit is ${maxPayloadBytes}`);
  }
  if (!conditions.fits(payload.length + MIN_FRAME_BYTES + SEAL_BYTES)) {
    return new ChannelError('window-exceeded', 'the window is full: wait until the channel is writable');
  }
  return undefined;
}
