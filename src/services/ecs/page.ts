import { ecsError } from './ecs-error.js';

/** How much of a list to read, and after which key. Lists are ordered by a key that never changes. */
export interface Page {
  readonly limit: number;
  readonly after: string | undefined;
}

interface PageRequest {
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
}

/**
 * Reads `maxResults` (1 to 100) and `nextToken`. A token is good only for the operation that gave it: anything else is
 * InvalidParameterException "Invalid token".
 */
export function readPage(operation: string, request: PageRequest, defaultLimit = 100): Page {
  const limit = request.maxResults ?? defaultLimit;
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
    throw ecsError.invalidParameter('maxResults should be between 1 and 100.');
  }
  if (request.nextToken === undefined || request.nextToken === '') return { limit, after: undefined };
  return { limit, after: readToken(operation, request.nextToken) };
}

/** `items` holds one more than the page's limit when there is a further page. */
export function cutPage<T>(
  operation: string,
  page: Page,
  items: readonly T[],
  key: (item: T) => string,
): { readonly items: readonly T[]; readonly nextToken: string | undefined } {
  const last = items[page.limit - 1];
  if (items.length <= page.limit || last === undefined) return { items, nextToken: undefined };
  return { items: items.slice(0, page.limit), nextToken: writeToken(operation, key(last)) };
}

function writeToken(operation: string, key: string): string {
  return Buffer.from(JSON.stringify([operation, key])).toString('base64url');
}

function readToken(operation: string, token: string): string {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(value) && value.length === 2 && value[0] === operation && typeof value[1] === 'string') {
      return value[1];
    }
  } catch {
    // Not ours; refused below like any other.
  }
  throw ecsError.invalidParameter('Invalid token');
}
