import { textOf } from '../../platform/aws/outgoing/xml-element.js';
import { bucketStore } from './bucket-store.js';
import { checkAcl } from './object-headers.js';
import { fileStore, objectStore } from './object-store.js';
import type { Objects } from './objects.js';
import { checkedOwnership } from './object-ownership.js';
import { ownerId } from './owner.js';
import { receiveDocument } from './receive-content.js';
import { type S3Access, writeConditions } from './s3-access.js';
import { s3Error } from './s3-error.js';
import type { S3Definition, S3Head, S3Request } from './s3-operation.js';
import type { S3Parts } from './s3-parts.js';
import { NO_CONTENT, readXml, xmlAnswer } from './s3-xml.js';
import { uploadStore } from './upload-store.js';
import { versionStore } from './version-store.js';

/** The region whose buckets have no location of their own, and whose CreateBucket may be repeated. */
const FIRST_REGION = 'us-east-1';
const MAX_LISTED_BUCKETS = 10_000;
export const MAX_SETTING_BYTES = 64 * 1024;

export function bucketOperations(parts: S3Parts, objects: Objects, access: S3Access): readonly S3Definition[] {
  const { database, clock, region, accountId } = parts;
  const asks =
    (action: string) =>
    async ({ bucket }: S3Head) => [await access.onBucket(action, bucket)];

  async function create({ bucket, headers, body }: S3Request) {
    checkName(bucket);
    checkAcl(headers);
    const ownership = headers.get('x-amz-object-ownership');
    if (headers.get('x-amz-bucket-object-lock-enabled') === 'true') {
      throw s3Error.notImplemented('x-amz-bucket-object-lock-enabled');
    }
    const document = body.length === 0 ? undefined : await receiveDocument(headers, body, MAX_SETTING_BYTES);
    checkLocation(document, region);
    await database.transaction(async (queries) => {
      if ((await bucketStore.find(queries, bucket)) === undefined) {
        await bucketStore.insert(queries, { name: bucket, createdAt: clock() });
        if (ownership !== undefined) {
          await bucketStore.set(queries, bucket, 'ownershipControls', JSON.stringify(checkedOwnership(ownership)));
        }
      } else if (region !== FIRST_REGION) {
        const message = 'Your previous request to create the named bucket succeeded and you already own it.';
        throw s3Error.of('BucketAlreadyOwnedByYou', 409, message, { BucketName: bucket });
      }
    });
    await database.sync?.();
    return { status: 200, headers: { location: `/${bucket}` }, body: '' };
  }

  async function remove(bucket: string) {
    const unused = await database.transaction(async (queries) => {
      await bucketStore.require(queries, bucket);
      if (!((await objectStore.isEmpty(queries, bucket)) && (await versionStore.isEmpty(queries, bucket)))) {
        const message = 'The bucket you tried to delete is not empty';
        throw s3Error.of('BucketNotEmpty', 409, message, { BucketName: bucket });
      }
      const files: string[] = [];
      for (const { id } of await uploadStore.of(queries, bucket)) {
        await uploadStore.delete(queries, id);
        files.push(...(await fileStore.deleteOf(queries, id)));
      }
      await bucketStore.delete(queries, bucket);
      return files;
    });
    await objects.committed(unused);
  }

  return [
    {
      name: 'ListBuckets',
      method: 'GET',
      on: 'service',
      access: () => Promise.resolve([access.onEverything('s3:ListAllMyBuckets')]),
      async run({ query }) {
        const limit = Number(query.get('max-buckets') ?? MAX_LISTED_BUCKETS);
        if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LISTED_BUCKETS) {
          throw s3Error.invalidArgument('Invalid max-buckets', 'max-buckets', limit);
        }
        const prefix = query.get('prefix') ?? '';
        const after = Buffer.from(query.get('continuation-token') ?? '', 'base64').toString('utf8');
        const found = await bucketStore.list(database, { after, prefix, limit: limit + 1 });
        const shown = found.slice(0, limit);
        const last = found.length > limit ? shown.at(-1)?.name : undefined;
        return xmlAnswer('ListAllMyBucketsResult', {
          Owner: { ID: ownerId(accountId) },
          Buckets: {
            Bucket: shown.map(({ name, createdAt }) => ({
              Name: name,
              CreationDate: new Date(createdAt),
              BucketRegion: query.has('max-buckets') || query.has('bucket-region') ? region : undefined,
            })),
          },
          Prefix: query.has('prefix') ? prefix : undefined,
          ContinuationToken: last === undefined ? undefined : Buffer.from(last).toString('base64'),
        });
      },
    },
    {
      name: 'CreateBucket',
      method: 'PUT',
      on: 'bucket',
      access: async ({ bucket, headers }) => [
        await access.onBucket('s3:CreateBucket', bucket, writeConditions(headers)),
      ],
      run: create,
    },
    {
      name: 'HeadBucket',
      method: 'HEAD',
      on: 'bucket',
      access: asks('s3:ListBucket'),
      async run({ bucket }) {
        await bucketStore.require(database, bucket);
        const headers = { 'x-amz-bucket-region': region, 'x-amz-access-point-alias': 'false' };
        return { status: 200, headers: { ...headers, 'content-type': 'application/xml' }, body: '' };
      },
    },
    {
      name: 'DeleteBucket',
      method: 'DELETE',
      on: 'bucket',
      access: asks('s3:DeleteBucket'),
      async run({ bucket }) {
        await remove(bucket);
        return NO_CONTENT;
      },
    },
    {
      name: 'GetBucketLocation',
      method: 'GET',
      on: 'bucket',
      marker: 'location',
      access: asks('s3:GetBucketLocation'),
      async run({ bucket }) {
        await bucketStore.require(database, bucket);
        return xmlAnswer('LocationConstraint', region === FIRST_REGION ? '' : region);
      },
    },
  ];
}

/** The rules for names of general purpose buckets. */
function checkName(name: string): void {
  const valid =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !/\.\.|\.-|-\./.test(name) &&
    !/^\d{1,3}(\.\d{1,3}){3}$/.test(name) &&
    !/^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name);
  if (!valid) throw s3Error.invalidBucketName(name);
}

/** The first region's constraint cannot be stated; every other one's must be. */
function checkLocation(document: Uint8Array | undefined, region: string): void {
  const wanted =
    document === undefined || document.length === 0
      ? undefined
      : textOf(readXml(document, 'CreateBucketConfiguration'), 'LocationConstraint');
  if (region === FIRST_REGION ? wanted === undefined || wanted === '' : wanted === region) return;
  const isKnown = wanted === undefined || /^([a-z]{2}(-[a-z]+)+-\d|EU)$/.test(wanted);
  if (!isKnown || wanted === FIRST_REGION) {
    throw s3Error.of('InvalidLocationConstraint', 400, 'The specified location-constraint is not valid', {
      LocationConstraint: wanted,
    });
  }
  throw s3Error.of(
    'IllegalLocationConstraintException',
    400,
    `The ${wanted ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  );
}
