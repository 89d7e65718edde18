/**
 * The binary message of both channels, both directions (wire-protocol 2). Big-endian throughout; one WebSocket binary
 * message is one protocol message.
 *
 *     headerLength     4   uint32, bytes before payloadLength: 116
 *     messageType     32   ASCII, padded on the right with spaces
 *     schemaVersion    4   uint32, 1
 *     createdDate      8   uint64, milliseconds since the epoch
 *     sequenceNumber   8   int64
 *     flags            8   uint64
 *     messageId       16   UUID, its halves swapped
 *     payloadDigest   32   SHA-256 of the payload as sent
 *     payloadType      4   uint32
 *     payloadLength    4   uint32
 *     payload          n
 */
const FIELDS = [
  ['headerLength', 4],
  ['messageType', 32],
  ['schemaVersion', 4],
  ['createdDate', 8],
  ['sequenceNumber', 8],
  ['flags', 8],
  ['messageId', 16],
  ['payloadDigest', 32],
  ['payloadType', 4],
  ['payloadLength', 4],
] as const;

export type FrameField = (typeof FIELDS)[number][0];

function sumOffsets(): Readonly<Record<FrameField | 'payload', number>> {
  const offsets: Partial<Record<FrameField | 'payload', number>> = {};
  let offset = 0;
  for (const [field, length] of FIELDS) {
    offsets[field] = offset;
    offset += length;
  }
  offsets.payload = offset;
  return Object.freeze(offsets as Record<FrameField | 'payload', number>);
}

/** Where each field begins. `payload` holds for a frame whose HeaderLength is {@link HEADER_LENGTH}. */
export const FRAME_OFFSET = sumOffsets();

/** Bytes of each field. */
export const FRAME_FIELD_LENGTH: Readonly<Record<FrameField, number>> = Object.freeze(
  Object.fromEntries(FIELDS) as Record<FrameField, number>,
);

/** What HeaderLength says in every frame we send. */
export const HEADER_LENGTH = FRAME_OFFSET.payloadLength;

/** Bytes before the payload; no frame is shorter. A shorter one makes an official reader stop for good (T1). */
export const MIN_FRAME_BYTES = FRAME_OFFSET.payload;

/** Largest frame taken by default. Neither official program has a limit; neither sends more than about 142 kB. */
export const MAX_FRAME_BYTES = 1_048_576;

/** SchemaVersion of every message. */
export const SCHEMA_VERSION = 1;
