import { createHash } from 'node:crypto';
import { uriEncodeText, uriNormalize } from './uri-encoding.js';
import type { WireRequest } from './wire-request.js';

/** S3 signs object keys as they are: path encoded once and not normalised. */
export type PathEncoding = 'double' | 'once';

export function pathEncodingOf(service: string): PathEncoding {
  return service === 's3' ? 'once' : 'double';
}

/** The text whose hash is signed. `payloadHash` is hex SHA-256 of the body, or what S3 puts in its place. */
export function canonicalRequest(
  request: Pick<WireRequest, 'method' | 'path' | 'query' | 'headers'>,
  signedHeaders: readonly string[],
  payloadHash: string,
  pathEncoding: PathEncoding,
): string {
  const headers = signedHeaders.map((name) => `${name}:${canonicalValue(request.headers.get(name) ?? '')}\n`).join('');
  return [
    request.method,
    canonicalPath(request.path, pathEncoding),
    canonicalQuery(request.query),
    headers,
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
}

/**
 * The wire path, normalised and encoded once more: `ecs:demo` on the wire is `ecs%3Ademo` here, `%20` is `%2520`
 * (wire-protocol T31).
 */
export function canonicalPath(path: string, encoding: PathEncoding): string {
  if (encoding === 'once') return path.split('/').map(uriNormalize).join('/') || '/';
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(uriEncodeText(segment));
  }
  return `/${segments.join('/')}${segments.length > 0 && path.endsWith('/') ? '/' : ''}`;
}

/** Sorted by encoded name, then encoded value; the signature of a presigned URL is left out. */
export function canonicalQuery(query: string): string {
  if (query === '') return '';
  const pairs: [name: string, value: string][] = [];
  for (const piece of query.split('&')) {
    if (piece === '') continue;
    const equals = piece.indexOf('=');
    const name = uriNormalize(equals < 0 ? piece : piece.slice(0, equals));
    if (name !== 'X-Amz-Signature') pairs.push([name, equals < 0 ? '' : uriNormalize(piece.slice(equals + 1))]);
  }
  pairs.sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB));
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

export function sha256Hex(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Trimmed, inner runs of blanks collapsed. */
function canonicalValue(value: string): string {
  return value.trim().replace(/\s+/g, ' ');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
