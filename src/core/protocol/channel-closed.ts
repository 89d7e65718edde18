import { encodeJson, JsonFields } from './json-fields.js';
import { MessageType } from './message-type.js';

/** Payload of `channel_closed`, gateway to both ends (wire-protocol 5.6). */
export interface ChannelClosed {
  readonly messageId: string;
  /** Any string; the header has the date that counts (T28). */
  readonly createdDate: string;
  /** The target. */
  readonly destinationId: string;
  readonly sessionId: string;
  /** For the client's user; agents ignore it. */
  readonly output: string;
}

export function encodeChannelClosed(closed: ChannelClosed): Uint8Array {
  return encodeJson({
    MessageId: closed.messageId,
    CreatedDate: closed.createdDate,
    DestinationId: closed.destinationId,
    SessionId: closed.sessionId,
    MessageType: MessageType.ChannelClosed,
    SchemaVersion: 1,
    Output: closed.output,
  });
}

/** Throws a PayloadError; the types are strict here, as the official agent has them. */
export function parseChannelClosed(payload: Uint8Array): ChannelClosed {
  const fields = JsonFields.parse(payload, MessageType.ChannelClosed);
  fields.integer('SchemaVersion');
  return {
    messageId: fields.string('MessageId'),
    createdDate: fields.string('CreatedDate'),
    destinationId: fields.string('DestinationId'),
    sessionId: fields.string('SessionId'),
    output: fields.string('Output'),
  };
}
