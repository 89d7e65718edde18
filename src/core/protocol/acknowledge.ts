import { JsonFields } from './json-fields.js';
import { PayloadError } from './payload-error.js';

/** Payload of `acknowledge`: matched by sequence number alone; it removes exactly that message (wire-protocol 3.1). */
export interface AcknowledgeContent {
  readonly acknowledgedMessageType: string;
  readonly acknowledgedMessageId: string;
  readonly acknowledgedMessageSequenceNumber: number;
  readonly isSequentialMessage: boolean;
}

/**
 * One for every stream message, so it is put together from text that is known to be ASCII and to need no escapes:
 * the type is one of ours, the id a UUID.
 */
export function encodeAcknowledge(messageType: string, messageId: string, sequenceNumber: number): Uint8Array {
  const text = `{"AcknowledgedMessageType":"${messageType}","AcknowledgedMessageId":"${messageId}","AcknowledgedMessageSequenceNumber":${sequenceNumber},"IsSequentialMessage":true}`;
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/** Throws a PayloadError. The sequence number must be there: zero is a number of its own. */
export function parseAcknowledge(payload: Uint8Array): AcknowledgeContent {
  const fields = JsonFields.parse(payload, 'acknowledge');
  if (!fields.has('AcknowledgedMessageSequenceNumber')) {
    throw new PayloadError('acknowledge.AcknowledgedMessageSequenceNumber', 'is missing');
  }
  return {
    acknowledgedMessageType: fields.string('AcknowledgedMessageType'),
    acknowledgedMessageId: fields.string('AcknowledgedMessageId'),
    acknowledgedMessageSequenceNumber: fields.integer('AcknowledgedMessageSequenceNumber'),
    isSequentialMessage: fields.boolean('IsSequentialMessage'),
  };
}
