import { logsError } from './logs-error.js';

type Part = string | number;

/** A place in a listing, as a token that is good for its operation alone. */
export function pageToken(operation: string, ...place: readonly Part[]): string {
  return Buffer.from(JSON.stringify([operation, ...place])).toString('base64url');
}

/** `kinds`: what the place is made of. Throws InvalidParameterException. */
export function readPageToken(
  operation: string,
  token: string,
  kinds: readonly ('string' | 'number')[],
): readonly Part[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(value) && value[0] === operation && value.length === kinds.length + 1) {
      const place = value.slice(1) as unknown[];
      if (place.every((part, index) => typeof part === kinds[index])) return place as Part[];
    }
  } catch {
    // Not ours; refused below like any other.
  }
  throw logsError.invalid('The specified nextToken is invalid.');
}
