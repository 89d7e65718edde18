import { shapeOf } from './shape.js';
import type { Shape } from './shape.js';

/**
 * An output as plain JSON values: only members that the schema knows, nothing undefined or null, dates as epoch seconds
 * with milliseconds as fraction, bytes as base64.
 */
export function encodeJson(schema: unknown, value: unknown): unknown {
  return encode(shapeOf(schema), value ?? {});
}

function encode(shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case 'timestamp':
      return value instanceof Date ? value.getTime() / 1000 : value;
    case 'blob':
      return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
    case 'list':
      return (value as readonly unknown[]).map((item) => encode(shape.member.shape, item));
    case 'map': {
      const entries = Object.entries(value as object).filter(([, item]) => item !== undefined && item !== null);
      return Object.fromEntries(entries.map(([key, item]) => [key, encode(shape.value.shape, item)]));
    }
    case 'structure': {
      const result: Record<string, unknown> = {};
      for (const member of shape.members) {
        const item = (value as Record<string, unknown>)[member.name];
        if (item !== undefined && item !== null) result[member.name] = encode(member.shape, item);
      }
      return result;
    }
    default:
      return value;
  }
}
