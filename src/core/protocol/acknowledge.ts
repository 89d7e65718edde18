import { hasBytesAt } from './has-bytes-at.js';
import { JsonFields } from './json-fields.js';
import { MessageType } from './message-type.js';
import { PayloadError } from './payload-error.js';

/** Payload of `acknowledge`: matched by sequence number alone; it removes exactly that message (wire-protocol 3.1). */
export interface AcknowledgeContent {
  readonly acknowledgedMessageType: string;
  readonly acknowledgedMessageId: string;
  readonly acknowledgedMessageSequenceNumber: number;
  readonly isSequentialMessage: boolean;
}

const HEADS: ReadonlyMap<string, Uint8Array> = new Map<string, Uint8Array>(
  [MessageType.InputStreamData, MessageType.OutputStreamData].map((messageType) => [messageType, headFor(messageType)]),
);
const MIDDLE = asciiBytes('","AcknowledgedMessageSequenceNumber":');
const TAIL = asciiBytes(',"IsSequentialMessage":true}');
const UUID_CHARACTERS = 36;
/** So many digits are exact in any case. */
const MAX_DIGITS = 15;
const ZERO = 0x30;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function writeAscii(bytes: Uint8Array, offset: number, text: string): void {
  for (let index = 0; index < text.length; index += 1) bytes[offset + index] = text.charCodeAt(index);
}

function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  writeAscii(bytes, 0, text);
  return bytes;
}

function headFor(messageType: string): Uint8Array {
  return asciiBytes(`{"AcknowledgedMessageType":"${messageType}","AcknowledgedMessageId":"`);
}

/**
 * One for every stream message, so it is put together from bytes that are there already. The id is a UUID and the type
 * one of ours: neither needs an escape.
 */
export function encodeAcknowledge(messageType: string, messageId: string, sequenceNumber: number): Uint8Array {
  const head = HEADS.get(messageType) ?? headFor(messageType);
  const number = String(sequenceNumber);
  const middle = head.length + messageId.length;
  const tail = middle + MIDDLE.length + number.length;
  const bytes = new Uint8Array(tail + TAIL.length);
  bytes.set(head);
  writeAscii(bytes, head.length, messageId);
  bytes.set(MIDDLE, middle);
  writeAscii(bytes, middle + MIDDLE.length, number);
  bytes.set(TAIL, tail);
  return bytes;
}

/**
 * The number of the message that is acknowledged; the rest of the payload is nobody's business. Every stream message is
 * followed by one of these and all official programs write the same bytes, so those are read without JSON, all else
 * with it. Throws a PayloadError.
 */
export function acknowledgedNumber(payload: Uint8Array): number {
  return readUsualForm(payload) ?? parseAcknowledge(payload).acknowledgedMessageSequenceNumber;
}

/** Undefined: the payload is not, byte for byte, what the official programs and ours write. */
function readUsualForm(payload: Uint8Array): number | undefined {
  const head = [...HEADS.values()].find((bytes) => hasBytesAt(payload, 0, bytes));
  if (head === undefined) return undefined;
  const id = head.length;
  for (let index = id; index < id + UUID_CHARACTERS; index += 1) {
    const character = payload[index] ?? 0;
    if (character <= 0x20 || character >= 0x7f || character === QUOTE || character === BACKSLASH) return undefined;
  }
  const middle = id + UUID_CHARACTERS;
  const first = middle + MIDDLE.length;
  const end = payload.length - TAIL.length;
  if (
    end <= first ||
    end - first > MAX_DIGITS ||
    !hasBytesAt(payload, middle, MIDDLE) ||
    !hasBytesAt(payload, end, TAIL)
  ) {
    return undefined;
  }
  // JSON has no numbers with a leading zero.
  if (payload[first] === ZERO && end - first > 1) return undefined;
  let number = 0;
  for (let index = first; index < end; index += 1) {
    const digit = (payload[index] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number;
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
