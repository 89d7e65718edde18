/** One message of a control or data channel. */
export interface Message {
  /** A {@link MessageType}, or a name that this version does not know. At most 32 ASCII characters. */
  readonly messageType: string;
  /** 1 when absent. */
  readonly schemaVersion?: number;
  /** Milliseconds since the epoch, not zero. */
  readonly createdDate: number;
  /** From 0, one more for each stream message; 0 in every other message. */
  readonly sequenceNumber: number;
  /** Values above 2^53 are rounded: nobody reads them. */
  readonly flags: number;
  /** UUID, lower case, hyphenated. */
  readonly messageId: string;
  readonly payloadType: number;
  readonly payload: Uint8Array;
}

/** A message from the wire. `payload` and `payloadDigest` are views of the frame. */
export interface DecodedMessage extends Message {
  readonly schemaVersion: number;
  readonly payloadDigest: Uint8Array;
}
