import { FrameError } from './frame-error.js';
import { FRAME_FIELD_LENGTH, FRAME_OFFSET, HEADER_LENGTH, MAX_FRAME_BYTES, MIN_FRAME_BYTES } from './frame-layout.js';
import { MessageType, paddedMessageType } from './message-type.js';

const NUL = 0x00;
const SPACE = 0x20;
const WORD = 2 ** 32;
const LENGTH_OF_PAYLOAD_LENGTH = FRAME_FIELD_LENGTH.payloadLength;

/** What a relay must know of a frame. */
export interface FrameHeader {
  readonly messageType: string;
  readonly sequenceNumber: number;
  readonly flags: number;
  readonly payloadType: number;
  /** Where the payload begins: HeaderLength + 4. It runs to the end of the frame. */
  readonly payloadOffset: number;
}

/** The types of nearly all messages as everybody writes them, in words of four bytes. */
const USUAL_TYPES = [MessageType.InputStreamData, MessageType.OutputStreamData, MessageType.Acknowledge].map(
  (messageType) => {
    const bytes = paddedMessageType(messageType);
    const view = new DataView(bytes.buffer);
    return { messageType, words: Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(4 * index)) };
  },
);

function usualMessageType(view: DataView): MessageType | undefined {
  for (const { messageType, words } of USUAL_TYPES) {
    let index = 0;
    while (index < words.length && view.getUint32(FRAME_OFFSET.messageType + 4 * index) === words[index]) index += 1;
    if (index === words.length) return messageType;
  }
  return undefined;
}

/** Padded with spaces by the official programs; NULs are accepted too, and white space at both ends (T4). */
function readMessageType(frame: Uint8Array): string {
  let start: number = FRAME_OFFSET.messageType;
  let end = start + FRAME_FIELD_LENGTH.messageType;
  const blank = (byte: number | undefined): boolean =>
    byte === SPACE || byte === NUL || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
  while (end > start && blank(frame[end - 1])) end -= 1;
  while (start < end && blank(frame[start])) start += 1;
  return String.fromCharCode(...frame.subarray(start, end));
}

function readSequenceNumber(view: DataView): number {
  const high = view.getInt32(FRAME_OFFSET.sequenceNumber);
  const number = high * WORD + view.getUint32(FRAME_OFFSET.sequenceNumber + 4);
  if (number < 0 || !Number.isSafeInteger(number)) {
    throw new FrameError('sequence-number', `sequence number ${number} is out of range`);
  }
  return number;
}

/** HeaderLength only says where the payload begins; every other field stays at its fixed offset (wire-protocol 2). */
function readPayloadOffset(frame: Uint8Array, view: DataView): number {
  const headerLength = view.getUint32(FRAME_OFFSET.headerLength);
  const payloadOffset = headerLength + LENGTH_OF_PAYLOAD_LENGTH;
  if (headerLength < HEADER_LENGTH || payloadOffset > frame.length) {
    throw new FrameError('header-length', `HeaderLength ${headerLength} in a frame of ${frame.length} bytes`);
  }
  const payloadLength = view.getUint32(FRAME_OFFSET.payloadLength);
  if (headerLength === HEADER_LENGTH && payloadLength !== frame.length - payloadOffset) {
    throw new FrameError(
      'payload-length',
      `PayloadLength ${payloadLength}, but ${frame.length - payloadOffset} bytes follow`,
    );
  }
  return payloadOffset;
}

/** The official client takes these two without a date. */
function mayBeUndated(messageType: string): boolean {
  return messageType === MessageType.StartPublication || messageType === MessageType.PausePublication;
}

/** An unsigned 64-bit field; exact up to 2^53. */
export function readUint64(view: DataView, offset: number): number {
  return view.getUint32(offset) * WORD + view.getUint32(offset + 4);
}

/** Checks a frame and reads what the relay needs, without copying. Throws {@link FrameError}. */
export function peekMessage(frame: Uint8Array, maxFrameBytes: number = MAX_FRAME_BYTES): FrameHeader {
  if (frame.length < MIN_FRAME_BYTES) {
    throw new FrameError('too-short', `${frame.length} bytes; a message has at least ${MIN_FRAME_BYTES}`);
  }
  if (frame.length > maxFrameBytes) {
    throw new FrameError('too-long', `${frame.length} bytes; the limit is ${maxFrameBytes}`);
  }
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const payloadOffset = readPayloadOffset(frame, view);
  const messageType = usualMessageType(view) ?? readMessageType(frame);
  if (messageType === '') throw new FrameError('message-type', 'MessageType is blank');
  if (readUint64(view, FRAME_OFFSET.createdDate) === 0 && !mayBeUndated(messageType)) {
    throw new FrameError('created-date', `CreatedDate of ${messageType} is zero`);
  }
  return {
    messageType,
    sequenceNumber: readSequenceNumber(view),
    flags: readUint64(view, FRAME_OFFSET.flags),
    payloadType: view.getUint32(FRAME_OFFSET.payloadType),
    payloadOffset,
  };
}
