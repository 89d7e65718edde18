/** Every bound of the gateway, in one place; each has a test. Times are milliseconds, sizes bytes. */

/** The token frame must come within this time of the upgrade. */
export const OPENING_TIMEOUT = 10_000;
/** Frames dropped before the token frame; more, and the socket is closed. */
export const MAX_EARLY_FRAMES = 256;
/** Frames kept while the token of a new socket is looked up; more, and the socket is closed. */
export const MAX_OPENING_FRAMES = 256;
export const MAX_OPENING_BYTES = 1024 * 1024;
/** Bytes waiting in a socket at which frames for it are held back. */
export const HIGH_WATER = 1024 * 1024;
/** Unacknowledged frames kept in each direction, to be sent again when the receiver comes back. */
export const MAX_REPLAY_FRAMES = 1_024;
export const MAX_REPLAY_BYTES = 4 * 1024 * 1024;
/** Sequence numbers remembered as acknowledged beyond the first gap. */
export const MAX_ACKNOWLEDGED_BEYOND_GAP = 4_096;
/** How often a frame must have been passed over in silence before it counts as received (see stream-direction.ts). */
export const SILENT_PASSES = 2;
/** How long the agent of a container that has stopped may take to end its sessions before the gateway does. */
export const LAST_WORDS_LIMIT = 5_000;
/** Time for the last outputs to be acknowledged before `channel_closed` (T10). */
export const END_GRACE = 1_000;
/** A client whose socket was cut just before the end may come back for the last output within this time. */
export const CLIENT_RETURN_LIMIT = 30_000;
/** An agent that is on neither channel while its session ends is not waited for longer than this. */
export const AGENT_RETURN_LIMIT = 30_000;
/**
 * Between pings to each socket; three that bring nothing back end it. The official peers answer pings, and ping us
 * every 54 seconds or 5 minutes (wire-protocol 1.10).
 */
export const PING_INTERVAL = 30_000;
/** A slow receiver has this long to take the last output and `channel_closed` before its socket is dropped. */
export const FAREWELL_TIMEOUT = 60_000;
