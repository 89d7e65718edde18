import { MAX_FRAME_BYTES, MIN_FRAME_BYTES } from '../protocol/frame-layout.js';

/** Bounds of one end of a data channel. */
export interface ChannelLimits {
  /** Unacknowledged stream messages at which `writable` turns false. */
  readonly maxUnackedMessages: number;
  /** Unacknowledged frame bytes at which `writable` turns false. */
  readonly maxUnackedBytes: number;
  /** Messages kept because an earlier one is missing or the consumer is busy; more are dropped unacknowledged. */
  readonly maxIncomingMessages: number;
  /** Payload bytes kept for the same reasons. Larger than the peer's window, or a busy consumer costs resends. */
  readonly maxIncomingBytes: number;
  /** Largest frame accepted from the peer. */
  readonly maxFrameBytes: number;
  /** Largest payload accepted by `write`, before encryption. */
  readonly maxPayloadBytes: number;
}

/** Nonce and tag that AES-256-GCM adds to a payload. */
export const SEAL_BYTES = 28;

/**
 * 1,000 messages is the bound that wire-protocol 3.3 proposes for a sender, 10,000 the buffer of the official client.
 */
export const DEFAULT_CHANNEL_LIMITS: ChannelLimits = Object.freeze({
  maxUnackedMessages: 1_000,
  maxUnackedBytes: 4 * 1_048_576,
  maxIncomingMessages: 10_000,
  maxIncomingBytes: 16 * 1_048_576,
  maxFrameBytes: MAX_FRAME_BYTES,
  maxPayloadBytes: MAX_FRAME_BYTES - MIN_FRAME_BYTES - SEAL_BYTES,
});
