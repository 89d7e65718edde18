/** Longest message that is taken; the sender of a longer one is closed with 1009. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** How long the peer has to answer a close frame; official peers just drop the connection (wire-protocol T15). */
export const CLOSE_TIMEOUT_MS = 5_000;
/** Official agents want a pong within 6 s (wire-protocol T14); who is paused does not see their pings. */
export const PAUSED_PONG_INTERVAL_MS = 3_000;

/** Close codes of RFC 6455, 7.4.1. */
export const CloseCode = {
  normal: 1000,
  goingAway: 1001,
  noStatus: 1005,
  abnormal: 1006,
  tooBig: 1009,
  internalError: 1011,
} as const;
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

/** Deliveries of an in-process socket within one turn of the event loop; the next ones wait for the next turn. */
export const MAX_PROMPT_DELIVERIES = 16;
