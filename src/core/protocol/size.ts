import { encodeJson, JsonFields } from './json-fields.js';
import { PayloadError } from './payload-error.js';

/** Payload type 3: the client's terminal (wire-protocol 5.2). */
export interface Size {
  readonly cols: number;
  readonly rows: number;
}

const UINT16 = 0xffff;
const UINT32 = 0xffff_ffff;

export function encodeSize(size: Size): Uint8Array {
  return encodeJson({ cols: size.cols, rows: size.rows });
}

function read(fields: JsonFields, name: string): number {
  const value = fields.integer(name);
  if (value < 0 || value > UINT32) throw new PayloadError(`Size.${name}`, 'is not an unsigned 32-bit integer');
  return value & UINT16;
}

/** Cut to 16 bits, as the official agent does. Throws a PayloadError. */
export function parseSize(payload: Uint8Array): Size {
  const fields = JsonFields.parse(payload, 'Size');
  return { cols: read(fields, 'cols'), rows: read(fields, 'rows') };
}
