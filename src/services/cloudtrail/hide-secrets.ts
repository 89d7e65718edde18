/** What CloudTrail writes in the place of a value that it must not keep. */
export const HIDDEN = 'HIDDEN_DUE_TO_SECURITY_REASONS';

/** Of `requestParameters` and of `responseElements`, as JSON; CloudTrail omits the content of longer ones. */
export const MAX_FIELD_LENGTH = 100 * 1024;

/** Objects in objects; service models have no more than a dozen. */
const MAX_DEPTH = 32;

/** Members whose value is a secret, whatever service they belong to; compared in lower case. */
const SECRET_MEMBERS: ReadonlySet<string> = new Set([
  'tokenvalue',
  'token',
  'sessiontoken',
  'secretaccesskey',
  'plaintext',
  'plaintextkey',
  'privatekeyplaintext',
  'password',
  'authorizationtoken',
  'activationcode',
  // What somebody logs is at rest under the log group's key, and nowhere else.
  'logevents',
]);

/** Lists of name and value, of which only the names are kept: what a container finds in its environment. */
const SECRET_LISTS: ReadonlySet<string> = new Set(['environment']);

/**
 * A request or an answer as CloudTrail keeps it: members begin in lower case, secrets and binary values are hidden, dates
 * are ISO 8601, and what is too long is left out with a note. Undefined when there is nothing to keep.
 */
export function withoutSecrets(value: unknown): unknown {
  const kept = keep(value, '', 0);
  if (kept === undefined || kept === null) return undefined;
  if (typeof kept === 'object' && !Array.isArray(kept) && Object.keys(kept).length === 0) return undefined;
  const length = JSON.stringify(kept).length;
  return length <= MAX_FIELD_LENGTH ? kept : { omitted: true, originalSize: length, reason: 'field too large' };
}

function keep(value: unknown, member: string, depth: number): unknown {
  if (value === undefined || value === null) return undefined;
  if (SECRET_MEMBERS.has(member.toLowerCase())) return HIDDEN;
  if (value instanceof Date) return value.toISOString();
  // Keys, ciphertexts and whatever else is bytes says nothing to a reader.
  if (value instanceof Uint8Array) return HIDDEN;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object') return typeof value === 'function' ? undefined : value;
  if (depth >= MAX_DEPTH) return HIDDEN;
  if (Array.isArray(value)) {
    const hideValues = SECRET_LISTS.has(member.toLowerCase());
    return value.map((one) => keep(hideValues ? nameOnly(one) : one, '', depth + 1) ?? null);
  }
  // A Secret and its like have a form of their own for JSON.
  if ('toJSON' in value && typeof value.toJSON === 'function') return HIDDEN;
  const entries: [string, unknown][] = [];
  for (const [name, inner] of Object.entries(value)) {
    const kept = keep(inner, name, depth + 1);
    if (kept !== undefined) entries.push([lowerFirst(name), kept]);
  }
  return Object.fromEntries(entries);
}

function nameOnly(pair: unknown): unknown {
  if (typeof pair !== 'object' || pair === null) return HIDDEN;
  return { ...pair, value: HIDDEN };
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
