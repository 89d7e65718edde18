import { PayloadError } from './payload-error.js';
import { decodeUtf8, encodeUtf8 } from './utf8.js';

const FORM = /^EXIT_CODE: (-?\d{1,10})\s*$/;
const MAX_BYTES = 64;

/** Payload type 12 (wire-protocol 2.1). Only for a peer that does not print it: see `StreamsRequest`. */
export function encodeExitCode(code: number): Uint8Array {
  if (!Number.isInteger(code)) throw new RangeError(`no exit code ${code}`);
  return encodeUtf8(`EXIT_CODE: ${code}`);
}

/** Throws a PayloadError. */
export function parseExitCode(payload: Uint8Array): number {
  const digits = payload.length > MAX_BYTES ? undefined : FORM.exec(decodeUtf8(payload))?.[1];
  if (digits === undefined) throw new PayloadError('ExitCode', 'is not "EXIT_CODE: <n>"');
  return Number(digits);
}
