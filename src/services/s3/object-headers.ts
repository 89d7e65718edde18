import { s3Error } from './s3-error.js';
import type { ObjectDetails, ObjectRecord } from './object-record.js';

type Headers = ReadonlyMap<string, string>;
type Described = Pick<ObjectDetails, 'headers' | 'metadata' | 'tags' | 'storageClass'>;

/** Names and values of all user metadata together. */
export const MAX_METADATA_BYTES = 2048;
export const MAX_OBJECT_TAGS = 10;
const KEPT = ['cache-control', 'content-disposition', 'content-language', 'expires', 'x-amz-website-redirect-location'];
const META = 'x-amz-meta-';
const STORAGE_CLASSES = [
  ...['STANDARD', 'REDUCED_REDUNDANCY', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING'],
  ...['GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE'],
];
/** What a bucket without access control lists takes. */
const HARMLESS_ACLS = ['private', 'bucket-owner-full-control', 'bucket-owner-read'];
const CANNED_ACLS = [
  ...HARMLESS_ACLS,
  ...['public-read', 'public-read-write', 'authenticated-read', 'aws-exec-read', 'log-delivery-write'],
];
/** Headers of features that are not there; to take them and do nothing would promise what is not kept. */
const NOT_IMPLEMENTED = [
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-retain-until-date',
  'x-amz-object-lock-legal-hold',
  'x-amz-write-offset-bytes',
];

/** What the head of a write says about the object. */
export function describedBy(headers: Headers): Described {
  checkSupported(headers);
  const kept: Record<string, string> = { 'content-type': headers.get('content-type') || 'binary/octet-stream' };
  for (const name of KEPT) {
    const value = headers.get(name);
    if (value !== undefined) kept[name] = value;
  }
  // How the body was framed is no property of the object.
  const encoding = (headers.get('content-encoding') ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '' && one !== 'aws-chunked')
    .join(',');
  if (encoding !== '') kept['content-encoding'] = encoding;
  return {
    headers: kept,
    metadata: metadataOf(headers),
    tags: readTagging(headers.get('x-amz-tagging')),
    storageClass: storageClassOf(headers),
  };
}

export function checkSupported(headers: Headers): void {
  const other = NOT_IMPLEMENTED.find((name) => headers.has(name));
  if (other !== undefined) throw s3Error.notImplemented(other);
  checkAcl(headers);
}

export function checkAcl(headers: Headers): void {
  const acl = headers.get('x-amz-acl');
  if (acl !== undefined && !CANNED_ACLS.includes(acl)) throw s3Error.invalidArgument('', 'x-amz-acl', acl);
  const grants = [...headers.keys()].some((name) => name.startsWith('x-amz-grant-'));
  if (grants || (acl !== undefined && !HARMLESS_ACLS.includes(acl))) {
    throw s3Error.of('AccessControlListNotSupported', 400, 'The bucket does not allow ACLs');
  }
}

function metadataOf(headers: Headers): Record<string, string> {
  const metadata: Record<string, string> = {};
  let bytes = 0;
  for (const [name, value] of headers) {
    if (!name.startsWith(META)) continue;
    const short = name.slice(META.length);
    bytes += short.length + value.length;
    metadata[short] = value;
  }
  if (bytes <= MAX_METADATA_BYTES) return metadata;
  throw s3Error.of('MetadataTooLarge', 400, 'Your metadata headers exceed the maximum allowed metadata size', {
    Size: bytes,
    MaxSizeAllowed: MAX_METADATA_BYTES,
  });
}

function storageClassOf(headers: Headers): string {
  const storageClass = headers.get('x-amz-storage-class') ?? 'STANDARD';
  if (STORAGE_CLASSES.includes(storageClass)) return storageClass;
  throw s3Error.of('InvalidStorageClass', 400, 'The storage class you specified is not valid', {
    StorageClassRequested: storageClass,
  });
}

/** `x-amz-tagging`: as a query. */
function readTagging(text = ''): Record<string, string> {
  return checkedTags([...new URLSearchParams(text)], MAX_OBJECT_TAGS);
}

export function checkedTags(pairs: readonly (readonly [string, string])[], most: number): Record<string, string> {
  const invalid = (message: string): Error => s3Error.of('InvalidTag', 400, message);
  if (pairs.length > most) throw s3Error.of('BadRequest', 400, `Object tags cannot be greater than ${most}`);
  const tags: Record<string, string> = {};
  for (const [key, value] of pairs) {
    if (key === '' || key.length > 128) throw invalid('The TagKey you have provided is invalid');
    if (value.length > 256) throw invalid('The TagValue you have provided is invalid');
    if (/^aws:/i.test(key)) throw invalid('System tags cannot be added/updated by requester');
    if (Object.hasOwn(tags, key)) throw invalid('Cannot provide multiple Tags with the same key');
    tags[key] = value;
  }
  return tags;
}

/** What GetObject and HeadObject say of an object. */
export function headersOf({ etag, modifiedAt, details }: ObjectRecord): Record<string, string> {
  const { headers, metadata, tags, storageClass, encryption } = details;
  const tagCount = Object.keys(tags).length;
  return {
    'accept-ranges': 'bytes',
    etag: `"${etag}"`,
    'last-modified': new Date(modifiedAt).toUTCString(),
    ...headers,
    ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`${META}${name}`, value])),
    ...encryptionHeaders({ encryption }),
    ...(storageClass !== 'STANDARD' && { 'x-amz-storage-class': storageClass }),
    ...(tagCount > 0 && { 'x-amz-tagging-count': String(tagCount) }),
  };
}

export function encryptionHeaders({ encryption }: Pick<ObjectDetails, 'encryption'>): Record<string, string> {
  const { algorithm, keyArn, bucketKey } = encryption;
  return {
    'x-amz-server-side-encryption': algorithm,
    ...(keyArn !== undefined && { 'x-amz-server-side-encryption-aws-kms-key-id': keyArn }),
    ...(bucketKey === true && { 'x-amz-server-side-encryption-bucket-key-enabled': 'true' }),
  };
}
