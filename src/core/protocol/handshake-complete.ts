import { encodeJson, JsonFields } from './json-fields.js';

/** Payload type 7, agent to client (wire-protocol 4.4). */
export interface HandshakeComplete {
  /** Nanoseconds, unlike every other time on this wire (T28). */
  readonly handshakeTimeToComplete: number;
  /** The client prints it, with a line end, before any output. Empty: nothing is printed. */
  readonly customerMessage: string;
}

export function encodeHandshakeComplete(complete: HandshakeComplete): Uint8Array {
  return encodeJson({
    HandshakeTimeToComplete: complete.handshakeTimeToComplete,
    CustomerMessage: complete.customerMessage,
  });
}

/** Throws a PayloadError. */
export function parseHandshakeComplete(payload: Uint8Array): HandshakeComplete {
  const fields = JsonFields.parse(payload, 'HandshakeComplete');
  return {
    handshakeTimeToComplete: fields.integer('HandshakeTimeToComplete'),
    customerMessage: fields.string('CustomerMessage'),
  };
}
