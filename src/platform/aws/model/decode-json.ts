import { AwsError } from '../aws-error.js';
import { shapeOf } from './shape.js';
import type { Shape, StructureShape } from './shape.js';

/** Schemas may contain themselves; no real request is nearly as deep. */
export const MAX_DEPTH = 64;

/**
 * Parsed JSON as the SDK's shape: every value of the right JSON type, unknown members and nulls dropped, epoch seconds
 * as Date, base64 as bytes. Throws SerializationException naming the place, or what `missingMember` makes of the place
 * of an absent required member. Places are written as AWS does: `containerDefinitions.1.member.name`.
 */
export function decodeJson(schema: unknown, value: unknown, missingMember: (path: string) => Error): unknown {
  return new JsonDecoder(missingMember).decode(shapeOf(schema), value, '', 0);
}

class JsonDecoder {
  readonly #missingMember: (path: string) => Error;

  constructor(missingMember: (path: string) => Error) {
    this.#missingMember = missingMember;
  }

  decode(shape: Shape, value: unknown, path: string, depth: number): unknown {
    if (depth > MAX_DEPTH) throw unserializable(`The value is nested too deeply at '${path}'`);
    switch (shape.kind) {
      case 'string':
        return typeof value === 'string' ? value : wrongType(value, 'a String', path);
      case 'number':
        return typeof value === 'number' ? value : wrongType(value, 'a Number', path);
      case 'boolean':
        return typeof value === 'boolean' ? value : wrongType(value, 'a Boolean', path);
      case 'timestamp':
        return decodeTimestamp(value, path);
      case 'blob':
        return decodeBlob(value, path);
      case 'document':
        return value;
      case 'list':
        if (!Array.isArray(value)) return wrongType(value, 'a List', path);
        return value.map((item, index) => {
          return this.decode(shape.member.shape, item, `${path}.${index + 1}.member`, depth + 1);
        });
      case 'map':
        return this.#map(shape.value.shape, objectAt(value, 'a Map', path), path, depth);
      case 'structure':
        return this.#structure(shape, objectAt(value, 'a Structure', path), path, depth);
    }
  }

  #map(shape: Shape, value: object, path: string, depth: number): Record<string, unknown> {
    const entries = Object.entries(value).filter(([, item]) => item !== null);
    // fromEntries defines own properties, also for a key such as __proto__.
    return Object.fromEntries(
      entries.map(([key, item]) => [key, this.decode(shape, item, `${path}.${key}`, depth + 1)]),
    );
  }

  #structure({ members }: StructureShape, value: object, path: string, depth: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const { name, required, shape } of members) {
      const place = path === '' ? name : `${path}.${name}`;
      const item: unknown = Object.hasOwn(value, name) ? value[name as keyof typeof value] : undefined;
      if (item !== undefined && item !== null) result[name] = this.decode(shape, item, place, depth + 1);
      else if (required) throw this.#missingMember(place);
    }
    return result;
  }
}

function decodeTimestamp(value: unknown, path: string): Date {
  const time = typeof value === 'number' ? new Date(Math.round(value * 1000)) : undefined;
  if (time === undefined || Number.isNaN(time.getTime())) return wrongType(value, 'a Timestamp', path);
  return time;
}

function decodeBlob(value: unknown, path: string): Uint8Array {
  if (typeof value !== 'string' || !isBase64(value)) return wrongType(value, 'a Blob', path);
  return new Uint8Array(Buffer.from(value, 'base64'));
}

export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function objectAt(value: unknown, wanted: string, path: string): object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : wrongType(value, wanted, path);
}

/** The wording of AWS's JSON services, with the place added. */
function wrongType(value: unknown, wanted: string, path: string): never {
  const at = path === '' ? '' : ` at '${path}'`;
  throw unserializable(`${tokenOf(value)} can not be converted to ${wanted}${at}`);
}

function tokenOf(value: unknown): string {
  if (value === null) return 'NULL_VALUE';
  if (Array.isArray(value)) return 'START_ARRAY';
  return typeof value === 'object' ? 'START_OBJECT' : `${(typeof value).toUpperCase()}_VALUE`;
}

export function unserializable(message: string): AwsError {
  return new AwsError('SerializationException', message);
}
