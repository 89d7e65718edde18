import { JsonFields } from './json-fields.js';
import { PayloadError } from './payload-error.js';

/** First text frame of a client (wire-protocol 1.4). */
export interface ClientDataChannelOpening {
  readonly end: 'client';
  readonly requestId: string;
  /** A secret. */
  readonly tokenValue: string;
  /** Made once per process, repeated on reconnect. */
  readonly clientId: string;
  /** Only in clients newer than 1.2.650. */
  readonly clientVersion?: string;
}

/** First text frame of an agent (wire-protocol 1.7). */
export interface AgentDataChannelOpening {
  readonly end: 'agent';
  readonly requestId: string;
  /** A secret. */
  readonly tokenValue: string;
  /** The target. */
  readonly clientInstanceId: string;
}

export type DataChannelOpening = ClientDataChannelOpening | AgentDataChannelOpening;

/** Longer first frames are refused: tokens have hundreds of characters, not thousands. */
export const MAX_OPENING_CHARACTERS = 16_384;

const MESSAGE_SCHEMA_VERSION = '1.0';

export function encodeDataChannelOpening(opening: DataChannelOpening): string {
  const common = {
    MessageSchemaVersion: MESSAGE_SCHEMA_VERSION,
    RequestId: opening.requestId,
    TokenValue: opening.tokenValue,
  };
  if (opening.end === 'agent') {
    return JSON.stringify({ ...common, ClientInstanceId: opening.clientInstanceId, ClientId: '' });
  }
  return JSON.stringify({
    ...common,
    ClientId: opening.clientId,
    ...(opening.clientVersion === undefined ? {} : { ClientVersion: opening.clientVersion }),
  });
}

/**
 * Both ends dial the same URL: a frame with ClientInstanceId is an agent's. The agent's ClientId is empty and is not
 * looked at (T6). Throws a PayloadError, which never contains the token.
 */
export function parseDataChannelOpening(text: string): DataChannelOpening {
  if (text.length > MAX_OPENING_CHARACTERS) throw new PayloadError('OpenDataChannel', 'is too long');
  const fields = JsonFields.parse(text, 'OpenDataChannel');
  const common = { requestId: fields.string('RequestId'), tokenValue: fields.requiredString('TokenValue') };
  if (fields.has('ClientInstanceId')) {
    return { end: 'agent', ...common, clientInstanceId: fields.requiredString('ClientInstanceId') };
  }
  const clientVersion = fields.string('ClientVersion');
  return {
    end: 'client',
    ...common,
    clientId: fields.string('ClientId'),
    ...(clientVersion === '' ? {} : { clientVersion }),
  };
}
