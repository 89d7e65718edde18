import { DIGEST_BYTES, EVENT_HEAD_BYTES, MAX_EVENT_BYTES, type EventKind } from './recording-format.js';

export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** What an event adds to its payload. */
export const EVENT_OVERHEAD_BYTES = EVENT_HEAD_BYTES + DIGEST_BYTES;

/** How long a buffer must be in which {@link encodeEvent} puts an event together. */
export function bufferBytesFor(payloadBytes: number): number {
  return DIGEST_BYTES + EVENT_OVERHEAD_BYTES + payloadBytes;
}

/**
 * Puts an event together in `buffer`, right behind the digest of the event before it, which stands in the first 32
 * bytes: what is hashed then lies in one piece, and the payload is copied once. Returns the event, a view of `buffer`.
 */
export function encodeEvent(
  buffer: Uint8Array,
  kind: EventKind,
  time: number,
  payload: Uint8Array,
  sha256: Sha256,
): Uint8Array {
  if (payload.length > MAX_EVENT_BYTES) throw new RangeError(`an event has at most ${MAX_EVENT_BYTES} bytes`);
  const view = new DataView(buffer.buffer, buffer.byteOffset + DIGEST_BYTES);
  view.setUint32(0, payload.length);
  view.setUint8(4, kind);
  view.setUint32(5, Math.floor(time / 2 ** 32));
  view.setUint32(9, time % 2 ** 32);
  const payloadAt = DIGEST_BYTES + EVENT_HEAD_BYTES;
  const digestAt = payloadAt + payload.length;
  buffer.set(payload, payloadAt);
  buffer.set(sha256(buffer.subarray(0, digestAt)), digestAt);
  return buffer.subarray(DIGEST_BYTES, digestAt + DIGEST_BYTES);
}
