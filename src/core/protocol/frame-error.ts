/** Why a binary message was not taken. `closeCode` is the WebSocket close code for a peer that sends such a thing. */
const CLOSE_CODES = Object.freeze({
  /** Fewer bytes than the fixed fields need. */
  'too-short': 1002,
  /** More bytes than the receiver's limit. */
  'too-long': 1009,
  /** HeaderLength below 116, or the payload would begin behind the end of the frame. */
  'header-length': 1002,
  /** PayloadLength is not the number of bytes that follow. */
  'payload-length': 1002,
  /** MessageType is blank. */
  'message-type': 1002,
  /** CreatedDate is zero. */
  'created-date': 1002,
  /** SequenceNumber is negative or past 2^53 - 1. */
  'sequence-number': 1002,
  /** PayloadDigest is not the SHA-256 of the payload. */
  digest: 1002,
} as const);

export type FrameErrorCode = keyof typeof CLOSE_CODES;

/** A short, long or impossible frame. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
  readonly code: FrameErrorCode;
  readonly closeCode: 1002 | 1009;

  constructor(code: FrameErrorCode, message: string) {
    super(message);
    this.code = code;
    this.closeCode = CLOSE_CODES[code];
  }
}
