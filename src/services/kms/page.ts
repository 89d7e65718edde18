import { kmsError } from './kms-error.js';

export interface PageRequest {
  readonly Limit?: number | undefined;
  readonly Marker?: string | undefined;
}

/** The key after which a page begins; the empty string for the first. A marker is good only for its operation. */
export function readMarker(operation: string, { Marker: marker }: PageRequest): string {
  if (marker === undefined) return '';
  try {
    const value: unknown = JSON.parse(Buffer.from(marker, 'base64url').toString());
    if (Array.isArray(value) && value.length === 2 && value[0] === operation && typeof value[1] === 'string') {
      return value[1];
    }
  } catch {
    // Not ours; refused below like any other.
  }
  throw kmsError.invalidMarker();
}

/** `items` holds one more than the limit when there is a further page. */
export function cutPage<T>(operation: string, limit: number, items: readonly T[], key: (item: T) => string) {
  const last = items[limit - 1];
  if (items.length <= limit || last === undefined) return { items, rest: { Truncated: false } };
  const NextMarker = Buffer.from(JSON.stringify([operation, key(last)])).toString('base64url');
  return { items: items.slice(0, limit), rest: { NextMarker, Truncated: true } };
}
