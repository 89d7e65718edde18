import { ec2Error } from './ec2-error.js';

export const MIN_RESULTS = 5;
export const MAX_RESULTS = 1000;

export interface PageRequest {
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/** Refuses what AWS refuses: too few or too many, and a page of things asked for by their ids. */
export function checkPage({ MaxResults, NextToken }: PageRequest, idParameter: string, hasIds: boolean): void {
  if (MaxResults === undefined) return;
  if (!Number.isInteger(MaxResults) || MaxResults < MIN_RESULTS) {
    throw ec2Error.invalidValue(
      `Value ( ${MaxResults} ) for parameter maxResults is invalid. Expecting a value greater than ${MIN_RESULTS}.`,
    );
  }
  if (MaxResults > MAX_RESULTS) {
    throw ec2Error.invalidValue(
      `Value ( ${MaxResults} ) for parameter maxResults is invalid. Expecting a value less than or equal to ${MAX_RESULTS}.`,
    );
  }
  if (hasIds && NextToken === undefined) throw ec2Error.together(idParameter, 'maxResults');
}

/** One page, and the token of the next when there is more. */
export function cutPage<Item>(
  items: readonly Item[],
  { MaxResults, NextToken }: PageRequest,
): { readonly items: readonly Item[]; readonly nextToken?: string } {
  const start = NextToken === undefined || NextToken === '' ? 0 : placeOf(NextToken);
  const end = start + (MaxResults ?? MAX_RESULTS);
  const page = items.slice(start, end);
  return end < items.length ? { items: page, nextToken: tokenOf(end) } : { items: page };
}

function tokenOf(place: number): string {
  return Buffer.from(`from:${place}`).toString('base64url');
}

function placeOf(token: string): number {
  const place = /^from:([1-9]\d{0,8})$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (place === undefined) throw ec2Error.invalidValue('The token is not valid.');
  return Number(place);
}
