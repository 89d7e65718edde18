import { s3Error } from './s3-error.js';
import type { ObjectRecord } from './object-record.js';

type Headers = ReadonlyMap<string, string>;
type Stated = Pick<ObjectRecord, 'etag' | 'modifiedAt'>;

/** Whether what the caller has is still what there is (304). Throws PreconditionFailed. RFC 9110, 13.2.2. */
export function isNotModified(headers: Headers, object: Stated, prefix = ''): boolean {
  const get = (name: string): string | undefined => headers.get(`${prefix}${name}`);
  const match = get('if-match');
  const unmodifiedSince = httpDate(get('if-unmodified-since'));
  if (match !== undefined) {
    if (!names(match, object.etag)) throw s3Error.preconditionFailed('If-Match');
  } else if (unmodifiedSince !== undefined && seconds(object.modifiedAt) > unmodifiedSince) {
    throw s3Error.preconditionFailed('If-Unmodified-Since');
  }
  const noneMatch = get('if-none-match');
  if (noneMatch !== undefined) return names(noneMatch, object.etag);
  const modifiedSince = httpDate(get('if-modified-since'));
  return modifiedSince !== undefined && seconds(object.modifiedAt) <= modifiedSince;
}

/** Of a copy's source: there is no 304 for it. */
export function checkCopySource(headers: Headers, object: Stated): void {
  if (isNotModified(headers, object, 'x-amz-copy-source-'))
    throw s3Error.preconditionFailed('x-amz-copy-source-If-None-Match');
}

/** Of a write: asked again when it is about to become visible, in the same transaction. */
export function checkWrite(headers: Headers, { key }: { readonly key: string }, before: Stated | undefined): void {
  const noneMatch = headers.get('if-none-match');
  const match = headers.get('if-match');
  if (noneMatch !== undefined) {
    if (noneMatch !== '*') throw s3Error.notImplemented('If-None-Match');
    if (before !== undefined) throw s3Error.preconditionFailed('If-None-Match');
  }
  if (match === undefined) return;
  if (before === undefined) throw s3Error.noSuchKey(key);
  if (!names(match, before.etag)) throw s3Error.preconditionFailed('If-Match');
}

function names(list: string, etag: string): boolean {
  return list.split(',').some((one) => {
    const name = one.trim().replace(/^W\//, '');
    return name === '*' || name === etag || name === `"${etag}"`;
  });
}

function httpDate(text: string | undefined): number | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

/** Headers have whole seconds. */
function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}
