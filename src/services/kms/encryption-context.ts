import { kmsError } from './kms-error.js';

export type EncryptionContext = Readonly<Record<string, string>>;

/** AWS's bound of the pairs together; characters. */
const MAX_CONTEXT_LENGTH = 8192;

/**
 * The context as one string of bytes: pairs in order of their keys, each part with its length in front, so that no two
 * contexts have the same bytes. None and an empty one are the same, as they are to AWS.
 */
export function encodeEncryptionContext(context: EncryptionContext = {}): Uint8Array {
  const pairs = Object.entries(context).map(([key, value]) => [Buffer.from(key), Buffer.from(value)] as const);
  pairs.sort(([a], [b]) => Buffer.compare(a, b));
  return Buffer.concat([
    uint32(pairs.length),
    ...pairs.flatMap(([key, value]) => [uint32(key.length), key, uint32(value.length), value]),
  ]);
}

export function requireContextSize(context: EncryptionContext = {}): void {
  const length = Object.entries(context).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  if (length > MAX_CONTEXT_LENGTH) {
    throw kmsError.validation(`The encryption context is longer than ${MAX_CONTEXT_LENGTH} characters.`);
  }
  // Lone surrogates all become U+FFFD as UTF-8: two contexts would be one.
  for (const [key, value] of Object.entries(context)) {
    if (/\p{Surrogate}/u.test(key) || /\p{Surrogate}/u.test(value)) {
      throw kmsError.validation('The encryption context has a text that is not Unicode.');
    }
  }
}

/** The condition keys that policies read it by. */
export function contextConditions(context: EncryptionContext = {}): Record<string, string | readonly string[]> {
  const keys = Object.keys(context);
  if (keys.length === 0) return {};
  return {
    ...Object.fromEntries(keys.map((key) => [`kms:EncryptionContext:${key}`, context[key] ?? ''])),
    'kms:EncryptionContextKeys': keys,
  };
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
