import type { ChannelEnvironment, ChannelEvents, ChannelRole, KeyService, StreamsRequest } from './channel-api.js';
import type { ChannelLimits } from './channel-limits.js';

export interface ChannelOptions {
  readonly role: ChannelRole;
  readonly sessionId: string;
  /** The target; part of the encryption context, byte for byte the same at both ends (T21). */
  readonly targetId: string;
  readonly environment: ChannelEnvironment;
  readonly events: ChannelEvents;
  /** Absent: sessions that ask for encryption fail. */
  readonly keyService?: KeyService;
  /** What a client announces; four dotted integers. */
  readonly clientVersion?: string;
  /** What a client answers to `GangwayStreams`; absent: what the official client would. */
  readonly streams?: StreamsRequest;
  readonly limits?: Partial<ChannelLimits>;
  /** Milliseconds for which acknowledgements to an end of ours may wait for a message to follow; absent: none. */
  readonly acknowledgeDelay?: number;
}

/** Announced by a client that is given no version of its own: one that every agent knows (wire-protocol 4.6). */
export const DEFAULT_CLIENT_VERSION = '1.2.650.0';
