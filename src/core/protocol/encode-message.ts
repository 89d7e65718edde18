import { FRAME_OFFSET, HEADER_LENGTH, MIN_FRAME_BYTES, SCHEMA_VERSION } from './frame-layout.js';
import type { Message } from './message.js';
import { MessageType, paddedMessageType } from './message-type.js';
import { writeSwappedUuid } from './uuid.js';

const WORD = 2 ** 32;

function writeUint64(view: DataView, offset: number, value: number, field: string): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${field} ${value} is not an unsigned integer`);
  view.setUint32(offset, Math.floor(value / WORD));
  view.setUint32(offset + 4, value % WORD);
}

const PADDED_TYPES: ReadonlyMap<string, Uint8Array> = new Map<string, Uint8Array>(
  Object.values(MessageType).map((messageType) => [messageType, paddedMessageType(messageType)]),
);

/** A message to be sent; its id as text, or as 16 bytes in their normal order. */
export type OutgoingContent = Omit<Message, 'messageId'> & { readonly messageId: string | Uint8Array };

/**
 * One frame, ready to be sent. The payload is copied once. Without `sha256` the digest is zeros, for a peer that has
 * said that it looks at none. Throws a RangeError for a message that no peer could read:
 * an empty or long type, a date of zero, a negative number, an id that is not a UUID.
 */
export function encodeMessage(message: OutgoingContent, sha256?: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  if (message.createdDate === 0) throw new RangeError('createdDate must not be zero: both official peers drop it');
  const frame = new Uint8Array(MIN_FRAME_BYTES + message.payload.length);
  const view = new DataView(frame.buffer);
  view.setUint32(FRAME_OFFSET.headerLength, HEADER_LENGTH);
  const { messageType } = message;
  frame.set(PADDED_TYPES.get(messageType) ?? paddedMessageType(messageType), FRAME_OFFSET.messageType);
  view.setUint32(FRAME_OFFSET.schemaVersion, message.schemaVersion ?? SCHEMA_VERSION);
  writeUint64(view, FRAME_OFFSET.createdDate, message.createdDate, 'createdDate');
  writeUint64(view, FRAME_OFFSET.sequenceNumber, message.sequenceNumber, 'sequenceNumber');
  writeUint64(view, FRAME_OFFSET.flags, message.flags, 'flags');
  writeSwappedUuid(frame, FRAME_OFFSET.messageId, message.messageId);
  if (sha256 !== undefined) frame.set(sha256(message.payload), FRAME_OFFSET.payloadDigest);
  view.setUint32(FRAME_OFFSET.payloadType, message.payloadType);
  view.setUint32(FRAME_OFFSET.payloadLength, message.payload.length);
  frame.set(message.payload, FRAME_OFFSET.payload);
  return frame;
}
