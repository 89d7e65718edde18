import type { StreamedTarget } from '../../platform/aws/streamed-service.js';
import { uriDecode } from '../../platform/aws/sigv4/uri-encoding.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import { s3Error } from './s3-error.js';
import { checkedVersion } from './versions.js';

/** What a request is about. Empty: not the one of it. */
export interface S3Place {
  readonly bucket: string;
  readonly key: string;
}

/** Bytes of a key. */
export const MAX_KEY_BYTES = 1024;

const ownHost = /^(.+)\.(?:localhost|s3(?:[.-].*)?)$/;

/** `BUCKET.s3.…` and `BUCKET.localhost` name the bucket themselves; else it is the first word of the path. */
export function placeOf({ path, headers }: Pick<StreamedTarget, 'path' | 'headers'>): S3Place {
  const host = (headers.get('host') ?? '').replace(/:\d*$/, '').toLowerCase();
  const named = ownHost.exec(host)?.[1];
  const rest = path.replace(/^\//, '');
  if (named !== undefined && named !== 's3') return { bucket: named, key: decodedKey(rest) };
  const slash = rest.indexOf('/');
  return slash < 0
    ? { bucket: decodedText(rest), key: '' }
    : { bucket: decodedText(rest.slice(0, slash)), key: decodedKey(rest.slice(slash + 1)) };
}

/** `bucket/key`, `/bucket/key` or its ARN, percent-encoded: how an object to be copied is named. */
export function placeOfSource(text: string): S3Place & { readonly versionId?: string } {
  const [name = '', query] = text.split('?', 2);
  const versionId = query === undefined ? undefined : checkedVersion(query.replace(/^versionId=/, ''));
  const place = placeOf({ path: `/${name.replace(/^\/|^%2F/i, '').replace(/%2F/gi, '/')}`, headers: new Map() });
  if (place.bucket !== '' && place.key !== '') return { ...place, ...(versionId !== undefined && { versionId }) };
  throw s3Error.invalidArgument(
    'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    'x-amz-copy-source',
    text,
  );
}

function decodedKey(text: string): string {
  const key = decodedText(text);
  const bytes = Buffer.byteLength(key);
  if (bytes > MAX_KEY_BYTES) {
    throw s3Error.of('KeyTooLongError', 400, 'Your key is too long', { Size: bytes, MaxSizeAllowed: MAX_KEY_BYTES });
  }
  return key;
}

function decodedText(text: string): string {
  let decoded: string;
  try {
    decoded = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(uriDecode(text));
  } catch {
    throw invalidUri();
  }
  // No store of ours can hold it.
  if (decoded.includes('\0')) throw invalidUri();
  return decoded;
}

function invalidUri(): AwsError {
  return new AwsError('InvalidURI', "Couldn't parse the specified URI.");
}
