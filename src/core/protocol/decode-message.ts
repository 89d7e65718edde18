import { FrameError } from './frame-error.js';
import { FRAME_FIELD_LENGTH, FRAME_OFFSET, MAX_FRAME_BYTES } from './frame-layout.js';
import { hasBytesAt } from './has-bytes-at.js';
import type { DecodedMessage } from './message.js';
import { peekMessage, readUint64 } from './peek-message.js';
import { readSwappedUuid } from './uuid.js';

/**
 * Reads one frame. `payload` and `payloadDigest` are views of it. The digest is not checked here: see
 * {@link verifyPayloadDigest}. Throws {@link FrameError}.
 */
export function decodeMessage(frame: Uint8Array, maxFrameBytes: number = MAX_FRAME_BYTES): DecodedMessage {
  const header = peekMessage(frame, maxFrameBytes);
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const digest = FRAME_OFFSET.payloadDigest;
  return {
    messageType: header.messageType,
    schemaVersion: view.getUint32(FRAME_OFFSET.schemaVersion),
    createdDate: readUint64(view, FRAME_OFFSET.createdDate),
    sequenceNumber: header.sequenceNumber,
    flags: header.flags,
    messageId: readSwappedUuid(frame, FRAME_OFFSET.messageId),
    payloadDigest: frame.subarray(digest, digest + FRAME_FIELD_LENGTH.payloadDigest),
    payloadType: header.payloadType,
    payload: frame.subarray(header.payloadOffset),
  };
}

/** Throws {@link FrameError} `digest`. As in the official client, an empty payload has no digest to check. */
export function verifyPayloadDigest(message: DecodedMessage, sha256: (bytes: Uint8Array) => Uint8Array): void {
  if (message.payload.length === 0) return;
  if (!hasBytesAt(message.payloadDigest, 0, sha256(message.payload))) {
    throw new FrameError(
      'digest',
      `the payload of ${message.messageType} ${message.messageId} does not fit its digest`,
    );
  }
}
