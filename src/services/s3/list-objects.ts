import { afterPrefix, compareKeys, urlEncodedKey } from './key-order.js';
import { ownerId } from './owner.js';
import { type ListedObject, objectStore } from './object-store.js';
import { bucketStore } from './bucket-store.js';
import type { S3Access } from './s3-access.js';
import { s3Error } from './s3-error.js';
import type { S3Definition, S3Head, S3Request } from './s3-operation.js';
import type { S3Parts } from './s3-parts.js';
import { xmlAnswer, type XmlValue } from './s3-xml.js';
import { type ListedVersion, versionStore } from './version-store.js';
import { checkedVersion } from './versions.js';

const MAX_KEYS = 1000;
const FOLDED_PAGE = 50;

interface Listing {
  readonly objects: readonly ListedObject[];
  readonly prefixes: readonly string[];
  /** Last key or common prefix told; undefined: that was all. */
  readonly next: string | undefined;
}

/** Told last: a version, or a common prefix. */
interface ToldVersion {
  readonly key: string;
  readonly versionId: string | undefined;
}

interface VersionListing {
  readonly versions: readonly ListedVersion[];
  readonly prefixes: readonly string[];
  readonly next: ToldVersion | undefined;
}

export interface ListQuery {
  readonly prefix: string;
  readonly delimiter: string;
  readonly limit: number;
  /** Whether keys are to be written URL-encoded. */
  readonly encoded: boolean;
}

/** What all listings are asked alike. Throws InvalidArgument. */
export function listQuery(query: URLSearchParams, limitName = 'max-keys'): ListQuery {
  const limit = query.get(limitName) ?? String(MAX_KEYS);
  if (!/^\d{1,10}$/.test(limit) || Number(limit) > 2 ** 31 - 1) {
    const message = `Provided ${limitName} not an integer or within integer range`;
    throw s3Error.invalidArgument(message, limitName, limit);
  }
  const encoding = query.get('encoding-type');
  if (encoding !== null && encoding !== 'url') {
    throw s3Error.invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', encoding);
  }
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    limit: Math.min(Number(limit), MAX_KEYS),
    encoded: encoding === 'url',
  };
}

/** The part of a key that a delimiter folds it into. */
export function commonPrefix(key: string, { prefix, delimiter }: ListQuery): string | undefined {
  if (delimiter === '') return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/** Condition keys of a listing. */
function conditions(query: URLSearchParams): Record<string, string> {
  const given = ['delimiter', 'max-keys'].flatMap((name) => {
    const value = query.get(name);
    return value === null ? [] : [[`s3:${name}`, value] as const];
  });
  return { ...Object.fromEntries(given), 's3:prefix': query.get('prefix') ?? '' };
}

/** The least key there can be after the one that was told last. No key has a NUL. */
export function firstAfter(after: string, query: ListQuery): string | undefined {
  if (after === '') return query.prefix;
  const from = commonPrefix(after, query) === after ? afterPrefix(after) : `${after}\u0001`;
  return from === undefined || compareKeys(from, query.prefix) > 0 ? from : query.prefix;
}

/** Opaque to callers. */
function toToken(key: string): string {
  return Buffer.from(`1${key}`).toString('base64');
}

function fromToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString('utf8');
  if (text.startsWith('1')) return text.slice(1);
  throw s3Error.invalidArgument('The continuation token provided is incorrect', 'continuation-token', token);
}

export function listOperations(parts: S3Parts, access: S3Access): readonly S3Definition[] {
  const { database } = parts;
  const asks = async ({ bucket, query }: S3Head) => [await access.onBucket('s3:ListBucket', bucket, conditions(query))];

  async function list(bucket: string, query: ListQuery, after: string): Promise<Listing> {
    await bucketStore.require(database, bucket);
    const objects: ListedObject[] = [];
    const prefixes: string[] = [];
    const to = query.prefix === '' ? undefined : afterPrefix(query.prefix);
    let from = firstAfter(after, query);
    let last: string | undefined;
    const told = (): number => objects.length + prefixes.length;
    if (query.limit === 0) return { objects, prefixes, next: undefined };
    while (from !== undefined) {
      // One more than fits tells whether that was all; where keys are folded, most of a page is not looked at.
      const most = query.delimiter === '' ? MAX_KEYS + 1 : FOLDED_PAGE;
      const wanted = Math.min(query.limit - told() + 1, most);
      const page = await objectStore.page(database, bucket, { from, to, limit: wanted });
      from = undefined;
      for (const object of page) {
        if (told() === query.limit) return { objects, prefixes, next: last };
        const folded = commonPrefix(object.key, query);
        if (folded !== undefined) {
          prefixes.push(folded);
          last = folded;
          // All the others of it are skipped at once.
          from = afterPrefix(folded);
          break;
        }
        objects.push(object);
        last = object.key;
        if (object === page.at(-1) && page.length === wanted) from = `${object.key}\u0001`;
      }
    }
    return { objects, prefixes, next: undefined };
  }

  /** All versions, and markers, from behind one of a key, or behind all of them. */
  async function listVersions(bucket: string, query: ListQuery, behind: ToldVersion): Promise<VersionListing> {
    await bucketStore.require(database, bucket);
    const versions: ListedVersion[] = [];
    const prefixes: string[] = [];
    if (query.limit === 0) return { versions, prefixes, next: undefined };
    const to = query.prefix === '' ? undefined : afterPrefix(query.prefix);
    let after = await placeOfVersion(bucket, behind);
    let from = after === undefined ? firstAfter(behind.key, query) : behind.key;
    let last: ToldVersion | undefined;
    const told = (): number => versions.length + prefixes.length;
    while (from !== undefined) {
      const most = query.delimiter === '' ? MAX_KEYS + 1 : FOLDED_PAGE;
      const wanted = Math.min(query.limit - told() + 1, most);
      const page = await versionStore.page(database, bucket, { from, to, after, limit: wanted });
      from = undefined;
      for (const version of page) {
        if (told() === query.limit) return { versions, prefixes, next: last };
        const folded = commonPrefix(version.key, query);
        if (folded !== undefined) {
          prefixes.push(folded);
          last = { key: folded, versionId: undefined };
          [from, after] = [afterPrefix(folded), undefined];
          break;
        }
        versions.push(version);
        last = { key: version.key, versionId: version.versionId };
        if (version === page.at(-1) && page.length === wanted) [from, after] = [version.key, version];
      }
    }
    return { versions, prefixes, next: undefined };
  }

  /** Undefined: behind all of the key's. */
  async function placeOfVersion(bucket: string, { key, versionId }: ToldVersion) {
    const position = versionId && (await versionStore.position(database, bucket, key, versionId));
    return typeof position === 'number' ? { key, position } : undefined;
  }

  async function answer({ bucket, query }: S3Request, version: 1 | 2) {
    const wanted = listQuery(query);
    const name = wanted.encoded ? urlEncodedKey : (key: string): string => key;
    const token = query.get('continuation-token');
    const after =
      version === 1
        ? (query.get('marker') ?? '')
        : token === null
          ? (query.get('start-after') ?? '')
          : fromToken(token);
    const { objects, prefixes, next } = await list(bucket, wanted, after);
    const owned = version === 1 || query.get('fetch-owner') === 'true';
    const optional = (key: string): string | undefined => {
      const value = query.get(key);
      return value === null ? undefined : name(value);
    };
    const contents = objects.map((object) => ({
      Key: name(object.key),
      LastModified: new Date(object.modifiedAt),
      ETag: `"${object.etag}"`,
      ...(object.details.checksum && {
        ChecksumAlgorithm: object.details.checksum.algorithm,
        ChecksumType: object.details.checksum.type,
      }),
      Size: object.size,
      Owner: owned ? { ID: ownerId(parts.accountId) } : undefined,
      StorageClass: object.details.storageClass,
    }));
    const both = {
      Name: bucket,
      Prefix: name(wanted.prefix),
      Delimiter: wanted.delimiter === '' ? undefined : name(wanted.delimiter),
      MaxKeys: Number(query.get('max-keys') ?? MAX_KEYS),
      EncodingType: wanted.encoded ? 'url' : undefined,
      IsTruncated: next !== undefined,
    };
    const own: Record<string, XmlValue> =
      version === 1
        ? { Marker: name(after), NextMarker: next !== undefined && wanted.delimiter !== '' ? name(next) : undefined }
        : {
            KeyCount: objects.length + prefixes.length,
            StartAfter: optional('start-after'),
            ContinuationToken: token ?? undefined,
            NextContinuationToken: next === undefined ? undefined : toToken(next),
          };
    return xmlAnswer('ListBucketResult', {
      ...both,
      ...own,
      Contents: contents,
      CommonPrefixes: prefixes.map((prefix) => ({ Prefix: name(prefix) })),
    });
  }

  async function versions({ bucket, query }: S3Request) {
    const wanted = listQuery(query);
    const name = wanted.encoded ? urlEncodedKey : (key: string): string => key;
    const after = query.get('key-marker') ?? '';
    const marker = checkedVersion(query.get('version-id-marker') || undefined);
    if (marker !== undefined && after === '') {
      throw s3Error.invalidArgument(
        'A version-id marker cannot be specified without a key marker.',
        'version-id-marker',
        marker,
      );
    }
    const { versions: found, prefixes, next } = await listVersions(bucket, wanted, { key: after, versionId: marker });
    const owner = { ID: ownerId(parts.accountId) };
    const common = ({ key, versionId, isLatest, modifiedAt }: ListedVersion) => ({
      ...{ Key: name(key), VersionId: versionId, IsLatest: isLatest, LastModified: new Date(modifiedAt) },
    });
    return xmlAnswer('ListVersionsResult', {
      Name: bucket,
      Prefix: name(wanted.prefix),
      KeyMarker: name(after),
      VersionIdMarker: marker ?? '',
      NextKeyMarker: next && name(next.key),
      NextVersionIdMarker: next?.versionId,
      Delimiter: wanted.delimiter === '' ? undefined : name(wanted.delimiter),
      MaxKeys: Number(query.get('max-keys') ?? MAX_KEYS),
      EncodingType: wanted.encoded ? 'url' : undefined,
      IsTruncated: next !== undefined,
      Version: found.flatMap((version) => {
        const { object } = version;
        if (object === undefined) return [];
        const { etag, size, details } = object;
        const own = { ETag: `"${etag}"`, Size: size, StorageClass: details.storageClass, Owner: owner };
        return [{ ...common(version), ...own }];
      }),
      DeleteMarker: found
        .filter(({ object }) => object === undefined)
        .map((version) => ({ ...common(version), Owner: owner })),
      CommonPrefixes: prefixes.map((prefix) => ({ Prefix: name(prefix) })),
    });
  }

  return [
    {
      name: 'ListObjectsV2',
      method: 'GET',
      on: 'bucket',
      when: ({ query }) => query.get('list-type') === '2',
      dataEvent: true,
      access: asks,
      run: (request) => answer(request, 2),
    },
    {
      name: 'ListObjects',
      method: 'GET',
      on: 'bucket',
      dataEvent: true,
      access: asks,
      run: (request) => answer(request, 1),
    },
    {
      name: 'ListObjectVersions',
      method: 'GET',
      on: 'bucket',
      marker: 'versions',
      dataEvent: true,
      access: async ({ bucket, query }) => [await access.onBucket('s3:ListBucketVersions', bucket, conditions(query))],
      run: versions,
    },
  ];
}
