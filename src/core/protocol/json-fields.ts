import { PayloadError } from './payload-error.js';
import { decodeUtf8, encodeUtf8 } from './utf8.js';

/**
 * Fields of a JSON object, read as the official programs (Go) read them: names match without regard to case, unknown
 * names are ignored, and a field that is absent or null has its zero value. A field of another type is an error that
 * names it.
 */
export class JsonFields {
  readonly #path: string;
  readonly #values: ReadonlyMap<string, unknown>;

  /** `path` is how errors call this object. Throws {@link PayloadError} when `value` is not an object. */
  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new PayloadError(path, 'is not a JSON object');
    }
    this.#path = path;
    this.#values = new Map(Object.entries(value).map(([name, field]) => [name.toLowerCase(), field as unknown]));
  }

  static parse(text: string | Uint8Array, path: string): JsonFields {
    let value: unknown;
    try {
      value = JSON.parse(typeof text === 'string' ? text : decodeUtf8(text));
    } catch {
      throw new PayloadError(path, 'is not JSON');
    }
    return new JsonFields(value, path);
  }

  has(name: string): boolean {
    return this.#get(name) !== undefined;
  }

  any(name: string): unknown {
    return this.#get(name) ?? null;
  }

  string(name: string): string {
    const value = this.#get(name) ?? '';
    if (typeof value !== 'string') throw this.#wrong(name, 'a string');
    return value;
  }

  /** A string that must be there and not be empty. */
  requiredString(name: string): string {
    const value = this.string(name);
    if (value === '') throw new PayloadError(`${this.#path}.${name}`, 'is missing');
    return value;
  }

  integer(name: string): number {
    const value = this.#get(name) ?? 0;
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw this.#wrong(name, 'an integer');
    return value;
  }

  boolean(name: string): boolean {
    const value = this.#get(name) ?? false;
    if (typeof value !== 'boolean') throw this.#wrong(name, 'true or false');
    return value;
  }

  /** Documents written by hand carry `"true"` for `true`. */
  looseBoolean(name: string): boolean {
    const value = this.#get(name) ?? false;
    if (typeof value === 'boolean') return value;
    const text = typeof value === 'string' ? value.toLowerCase() : undefined;
    if (text === 'true') return true;
    if (text === 'false' || text === '') return false;
    throw this.#wrong(name, 'true or false');
  }

  array(name: string): readonly unknown[] {
    const value = this.#get(name) ?? [];
    if (!Array.isArray(value)) throw this.#wrong(name, 'an array');
    return value as unknown[];
  }

  /** Absent is the same as an empty object. */
  object(name: string): JsonFields {
    return new JsonFields(this.#get(name) ?? {}, `${this.#path}.${name}`);
  }

  #get(name: string): unknown {
    return this.#values.get(name.toLowerCase()) ?? undefined;
  }

  #wrong(name: string, expected: string): PayloadError {
    return new PayloadError(`${this.#path}.${name}`, `is not ${expected}`);
  }
}

export function encodeJson(value: unknown): Uint8Array {
  return encodeUtf8(JSON.stringify(value));
}
