import { parseChannelClosed } from '../protocol/channel-closed.js';
import type { ChannelRole } from './channel-api.js';
import { reasonOf } from './handshake.js';

/** What `channel_closed` tells the user. An unreadable one closes a client all the same; an agent ignores it [V]. */
export function closingOutput(
  role: ChannelRole,
  payload: Uint8Array,
  dropped: (reason: string) => void,
): string | undefined {
  try {
    return parseChannelClosed(payload).output;
  } catch (error) {
    dropped(reasonOf(error));
    return role === 'agent' ? undefined : '';
  }
}
