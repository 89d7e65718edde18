import { validationError } from './iam-error.js';

/** How many a list gives when not told (ecs-api 6.3). */
export const DEFAULT_MAX_ITEMS = 100;

export interface PageInput {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

export interface Page<T> {
  readonly items: T[];
  readonly IsTruncated: boolean;
  readonly Marker?: string | undefined;
}

/**
 * The items after the marker, in the order of their keys. The marker is the last key that was given, so that what comes
 * and goes between two pages neither repeats nor hides another item.
 */
export function page<T>(all: readonly T[], keyOf: (item: T) => string, input: PageInput): Page<T> {
  const size = input.MaxItems ?? DEFAULT_MAX_ITEMS;
  const after = input.Marker === undefined ? undefined : readMarker(input.Marker);
  const rest = all
    .map((item) => ({ key: keyOf(item), item }))
    .filter(({ key }) => after === undefined || key > after)
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const given = rest.slice(0, size);
  const items = given.map(({ item }) => item);
  const last = given.at(-1);
  if (rest.length <= size || last === undefined) return { items, IsTruncated: false };
  return { items, IsTruncated: true, Marker: Buffer.from(last.key).toString('base64url') };
}

function readMarker(marker: string): string {
  const key = Buffer.from(marker, 'base64url').toString('utf8');
  if (Buffer.from(key).toString('base64url') !== marker) throw validationError('Invalid Marker.');
  return key;
}
