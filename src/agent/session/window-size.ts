import type { StreamsRequest } from '../../core/channel/channel-api.js';
import { parseSize } from '../../core/protocol/size.js';

/** Rows and columns of a terminal, by name so that they cannot be swapped. */
export interface WindowSize {
  readonly columns: number;
  readonly rows: number;
}

/** What a terminal has until someone says otherwise; a pty of 0 by 0 confuses too many programs. */
export const DEFAULT_WINDOW_SIZE: WindowSize = { columns: 80, rows: 24 };

/** The size in a Size message; undefined when it is malformed or says 0, which no terminal has. */
export function windowSizeOf(payload: Uint8Array): WindowSize | undefined {
  try {
    const { cols, rows } = parseSize(payload);
    return cols === 0 || rows === 0 ? undefined : { columns: cols, rows };
  } catch {
    return undefined;
  }
}

/** The size that came with the handshake, if one did. */
export function requestedWindowSize(streams: StreamsRequest | undefined): WindowSize | undefined {
  if (streams?.columns === undefined || streams.rows === undefined) return undefined;
  return streams.columns === 0 || streams.rows === 0 ? undefined : { columns: streams.columns, rows: streams.rows };
}
