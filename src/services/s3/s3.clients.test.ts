import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketAclCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  GetBucketVersioningCommand,
  GetBucketLoggingCommand,
  GetBucketAccelerateConfigurationCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketCorsCommand,
  GetBucketWebsiteCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketReplicationCommand,
  GetObjectLockConfigurationCommand,
  GetBucketTaggingCommand,
  PutBucketTaggingCommand,
  PutPublicAccessBlockCommand,
  GetPublicAccessBlockCommand,
  PutBucketVersioningCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2Output,
  ListPartsCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { openS3, REGION } from './s3.fixture.js';

const Bucket = 'demo-bucket';

async function withBucket(region = REGION) {
  const s3 = await openS3({ region });
  const client = s3.client();
  await client.send(new CreateBucketCommand({ Bucket, ...(region === REGION && inRegion) }));
  return { s3, client };
}

const inRegion = { CreateBucketConfiguration: { LocationConstraint: REGION } } as const;
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** Comparing long buffers byte by byte is slow; these tell as much. */
const digest = (bytes: Uint8Array): string => `${bytes.length} ${md5(bytes)}`;

async function content(client: S3Client, Key: string, more: object = {}): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED', ...more }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

describe('buckets', () => {
  test('are made, listed, looked at and removed', async () => {
    const { client } = await withBucket();
    const { Buckets } = await client.send(new ListBucketsCommand());
    expect(Buckets).toEqual([{ Name: Bucket, CreationDate: expect.any(Date) }]);
    expect(await client.send(new HeadBucketCommand({ Bucket }))).toMatchObject({ BucketRegion: REGION });
    expect(await client.send(new GetBucketLocationCommand({ Bucket }))).toMatchObject({ LocationConstraint: REGION });
    expect(await client.send(new GetBucketAclCommand({ Bucket }))).toMatchObject({
      Grants: [{ Grantee: { Type: 'CanonicalUser' }, Permission: 'FULL_CONTROL' }],
    });
    await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    await expect(client.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'BucketNotEmpty' });
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    await client.send(new DeleteBucketCommand({ Bucket }));
    await expect(client.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'NotFound' });
    await expect(client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
      message: 'The specified bucket does not exist',
    });
  });

  test('belong to a region, and us-east-1 has its own rules', async () => {
    const { client } = await withBucket();
    const again = client.send(new CreateBucketCommand({ Bucket, ...inRegion }));
    await expect(again).rejects.toMatchObject({ name: 'BucketAlreadyOwnedByYou' });
    const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' } as const;
    const elsewhere = client.send(new CreateBucketCommand({ Bucket: 'other-bucket', CreateBucketConfiguration }));
    await expect(elsewhere).rejects.toMatchObject({ name: 'IllegalLocationConstraintException' });
    const badly = client.send(new CreateBucketCommand({ Bucket: 'Not_A_Name', ...inRegion }));
    await expect(badly).rejects.toMatchObject({ name: 'InvalidBucketName' });

    const { client: first } = await withBucket('us-east-1');
    await first.send(new CreateBucketCommand({ Bucket }));
    const { LocationConstraint } = await first.send(new GetBucketLocationCommand({ Bucket }));
    expect(LocationConstraint).toBeUndefined();
  });
});

describe('objects', () => {
  const sizes = [0, 1, 65_535, 65_536, 65_537, 300_000];
  test.each(['WHEN_SUPPORTED', 'WHEN_REQUIRED'] as const)('come back as they were put, checksums %s', async (when) => {
    const { s3 } = await withBucket();
    const client = s3.client(undefined, { requestChecksumCalculation: when });
    for (const size of sizes) {
      const bytes = randomBytes(size);
      const { ETag } = await client.send(new PutObjectCommand({ Bucket, Key: `s/${size}`, Body: bytes }));
      expect(ETag).toBe(`"${md5(bytes)}"`);
      expect(digest(await content(client, `s/${size}`))).toBe(digest(bytes));
    }
  });

  test.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    'streams with a %s trailer, and the checksum is told',
    async (ChecksumAlgorithm) => {
      const { client } = await withBucket();
      const bytes = randomBytes(200_000);
      const Body = Readable.from([bytes.subarray(0, 70_001), bytes.subarray(70_001)]);
      const put = { Bucket, Key: 'k', Body, ContentLength: bytes.length, ChecksumAlgorithm };
      const { $metadata, ...put1 } = await client.send(new PutObjectCommand(put));
      expect($metadata.httpStatusCode).toBe(200);
      const name = `Checksum${ChecksumAlgorithm}` as const;
      // The SDK verifies it against what it receives.
      expect(digest(await content(client, 'k'))).toBe(digest(bytes));
      const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'k', ChecksumMode: 'ENABLED' }));
      expect(head[name]).toMatch(/=?$/);
      expect(head[name]).toBe(put1[name]);
      expect(head.ContentEncoding).toBeUndefined();
    },
  );

  test('keep what they are described by, and answers can be described otherwise', async () => {
    const { client } = await withBucket();
    await client.send(
      new PutObjectCommand({
        ...{ Bucket, Key: 'ü/a b+c&d', Body: 'x', ContentType: 'text/plain', CacheControl: 'no-store' },
        ...{ ContentDisposition: 'attachment', ContentEncoding: 'gzip', ContentLanguage: 'de' },
        ...{ Metadata: { 'some-name': 'some value' }, Tagging: 'a=1&b=2', ACL: 'bucket-owner-full-control' },
      }),
    );
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'ü/a b+c&d' }));
    expect(head).toMatchObject({
      ...{ ContentType: 'text/plain', CacheControl: 'no-store', ContentDisposition: 'attachment' },
      ...{ ContentEncoding: 'gzip', ContentLanguage: 'de', Metadata: { 'some-name': 'some value' } },
      ...{ ServerSideEncryption: 'AES256', ContentLength: 1, AcceptRanges: 'bytes' },
    });
    const { ContentType, Body } = await client.send(
      new GetObjectCommand({ Bucket, Key: 'ü/a b+c&d', ResponseContentType: 'application/json' }),
    );
    expect(ContentType).toBe('application/json');
    await Body?.transformToByteArray();
    const tags = await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'ü/a b+c&d' }));
    expect(tags.TagSet).toEqual([
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ]);
    const TagSet = [{ Key: 'c', Value: '<&>' }];
    await client.send(new PutObjectTaggingCommand({ Bucket, Key: 'ü/a b+c&d', Tagging: { TagSet } }));
    expect((await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'ü/a b+c&d' }))).TagSet).toEqual(TagSet);
  });

  test('are read in ranges, across segments', async () => {
    const { client } = await withBucket();
    const bytes = randomBytes(200_000);
    await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: bytes }));
    const ranges = [
      [0, 0],
      [65_530, 65_545],
      [65_536, 131_071],
      [131_072, 199_999],
      [1, 199_998],
    ] as const;
    for (const [first, last] of ranges) {
      expect(digest(await content(client, 'k', { Range: `bytes=${first}-${last}` }))).toBe(
        digest(bytes.subarray(first, last + 1)),
      );
    }
    expect(digest(await content(client, 'k', { Range: 'bytes=-5' }))).toBe(digest(bytes.subarray(-5)));
    expect(digest(await content(client, 'k', { Range: 'bytes=199990-' }))).toBe(digest(bytes.subarray(199_990)));
    const beyond = client.send(new GetObjectCommand({ Bucket, Key: 'k', Range: 'bytes=200000-' }));
    await expect(beyond).rejects.toMatchObject({ name: 'InvalidRange', $metadata: { httpStatusCode: 416 } });
  });

  test('are read and written under conditions', async () => {
    const { client } = await withBucket();
    const { ETag } = await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', IfNoneMatch: '*' }));
    const status = (code: number) =>
      expect.objectContaining({ $metadata: expect.objectContaining({ httpStatusCode: code }) }) as unknown;
    const get = (more: object) => client.send(new GetObjectCommand({ Bucket, Key: 'k', ...more }));
    await expect(get({ IfNoneMatch: ETag })).rejects.toEqual(status(304));
    await expect(get({ IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(get({ IfModifiedSince: new Date(Date.now() + 60_000) })).rejects.toEqual(status(304));
    await expect(get({ IfUnmodifiedSince: new Date(0) })).rejects.toEqual(status(412));
    await expect(get({ IfMatch: ETag, IfUnmodifiedSince: new Date(0) })).resolves.toBeDefined();
    const put = (more: object) => client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'y', ...more }));
    await expect(put({ IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(put({ IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect((await content(client, 'k')).toString()).toBe('x');
    await put({ IfMatch: ETag });
    expect((await content(client, 'k')).toString()).toBe('y');
  });

  test('are copied, with their description or another', async () => {
    const { client } = await withBucket();
    const bytes = randomBytes(100_000);
    await client.send(new PutObjectCommand({ Bucket, Key: 'a/ö', Body: bytes, Metadata: { m: '1' } }));
    const CopySource = encodeURI(`${Bucket}/a/ö`);
    const { CopyObjectResult } = await client.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource }));
    expect(CopyObjectResult?.ETag).toBe(`"${md5(bytes)}"`);
    expect(digest(await content(client, 'b'))).toBe(digest(bytes));
    expect((await client.send(new HeadObjectCommand({ Bucket, Key: 'b' }))).Metadata).toEqual({ m: '1' });
    const itself = client.send(new CopyObjectCommand({ Bucket, Key: 'a/ö', CopySource }));
    await expect(itself).rejects.toMatchObject({ name: 'InvalidRequest' });
    const more = { MetadataDirective: 'REPLACE', Metadata: { m: '2' } } as const;
    await client.send(new CopyObjectCommand({ Bucket, Key: 'a/ö', CopySource, ...more }));
    expect((await client.send(new HeadObjectCommand({ Bucket, Key: 'a/ö' }))).Metadata).toEqual({ m: '2' });
    expect(digest(await content(client, 'a/ö'))).toBe(digest(bytes));
    const missing = client.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource: `${Bucket}/none` }));
    await expect(missing).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  test('are deleted, one or many, there or not', async () => {
    const { client } = await withBucket();
    for (const Key of ['a', 'b', 'c&<']) await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    const Objects = ['b', 'c&<', 'none'].map((Key) => ({ Key }));
    const { Deleted, Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect([Deleted, Errors]).toEqual([Objects, undefined]);
    await expect(client.send(new GetObjectCommand({ Bucket, Key: 'b' }))).rejects.toMatchObject({
      name: 'NoSuchKey',
      message: 'The specified key does not exist.',
      Key: 'b',
    });
  });
});

describe('listings', () => {
  const keys = ['a', 'b/1', 'b/2', 'b/c/3', 'd', 'e f/+', 'z/1', '\u{fffd}', '\u{1f600}'];

  test('go on where they stopped, by bytes, whatever the page', async () => {
    const { client } = await withBucket();
    for (const Key of keys) await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    for (const MaxKeys of [1, 2, 3, 1000]) {
      const all: string[] = [];
      let ContinuationToken: string | undefined;
      do {
        const page: ListObjectsV2Output = await client.send(
          new ListObjectsV2Command({ Bucket, MaxKeys, ContinuationToken }),
        );
        all.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
      expect(all).toEqual(keys);

      const folded: string[] = [];
      do {
        const page: ListObjectsV2Output = await client.send(
          new ListObjectsV2Command({ Bucket, MaxKeys, ContinuationToken, Delimiter: '/' }),
        );
        expect(page.KeyCount).toBeLessThanOrEqual(MaxKeys);
        folded.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
        folded.push(...(page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix));
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
      expect(folded.sort()).toEqual(['a', 'd', '\u{fffd}', '\u{1f600}', 'b/', 'e f/', 'z/'].sort());
    }
  });

  test('have prefixes, delimiters, starts and encodings', async () => {
    const { client } = await withBucket();
    for (const Key of keys) await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    const list = async (more: object) => {
      const page = await client.send(new ListObjectsV2Command({ Bucket, ...more }));
      return [
        ...(page.Contents ?? []).map(({ Key }) => Key),
        ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
      ];
    };
    expect(await list({ Prefix: 'b/', Delimiter: '/' })).toEqual(['b/1', 'b/2', 'b/c/']);
    expect(await list({ Prefix: 'b/', StartAfter: 'b/1' })).toEqual(['b/2', 'b/c/3']);
    expect(await list({ Prefix: 'e', EncodingType: 'url' })).toEqual(['e+f/%2B']);
    expect(await list({ Prefix: 'none' })).toEqual([]);
    const old = await client.send(new ListObjectsCommand({ Bucket, MaxKeys: 2, Delimiter: '/' }));
    expect(old).toMatchObject({ IsTruncated: true, NextMarker: 'b/', CommonPrefixes: [{ Prefix: 'b/' }] });
    const next = await client.send(new ListObjectsCommand({ Bucket, MaxKeys: 1, Delimiter: '/', Marker: 'b/' }));
    expect(next.Contents).toMatchObject([{ Key: 'd', Size: 1, ETag: `"${md5(Buffer.from('x'))}"` }]);
  });
});

describe('multipart uploads', () => {
  const first = randomBytes(5 * 1024 * 1024);
  const last = randomBytes(1000);

  test.each([
    [undefined, undefined],
    ['CRC32', undefined],
    ['CRC32', 'FULL_OBJECT'],
    ['CRC64NVME', 'FULL_OBJECT'],
    ['SHA256', 'COMPOSITE'],
  ] as const)('become one object; checksum %s %s', async (ChecksumAlgorithm, ChecksumType) => {
    const { client } = await withBucket();
    const Key = 'big';
    const started = await client.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm, ChecksumType }),
    );
    const { UploadId } = started;
    const uploads = await client.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(uploads.Uploads).toMatchObject([{ Key, UploadId }]);
    const part = (PartNumber: number, Body: Uint8Array) =>
      client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ChecksumAlgorithm }));
    await part(7, randomBytes(10));
    const one = await part(2, first);
    const two = await part(7, last);
    const listed = await client.send(new ListPartsCommand({ Bucket, Key, UploadId }));
    expect(listed.Parts).toMatchObject([
      { PartNumber: 2, Size: first.length, ETag: one.ETag },
      { PartNumber: 7, Size: last.length, ETag: two.ETag },
    ]);
    const Parts = [
      { PartNumber: 2, ...one },
      { PartNumber: 7, ...two },
    ];
    const done = await client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
    );
    const both = Buffer.concat([first, last]);
    const inner = Buffer.concat([first, last].map((bytes) => createHash('md5').update(bytes).digest()));
    expect(done.ETag).toBe(`"${md5(inner)}-2"`);
    expect(digest(await content(client, Key))).toBe(digest(both));
    expect(digest(await content(client, Key, { Range: `bytes=${first.length - 3}-${first.length + 2}` }))).toBe(
      digest(both.subarray(first.length - 3, first.length + 3)),
    );
    const second = await client.send(new GetObjectCommand({ Bucket, Key, PartNumber: 7 }));
    expect(second.PartsCount).toBe(2);
    expect(digest((await second.Body?.transformToByteArray()) ?? Buffer.of())).toBe(digest(last));
    const attributes = await client.send(
      new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['ETag', 'ObjectSize', 'ObjectParts'] }),
    );
    expect(attributes).toMatchObject({ ObjectSize: both.length, ObjectParts: { TotalPartsCount: 2 } });
    if (ChecksumType === 'FULL_OBJECT') {
      // The object in one piece has the same.
      await client.send(new PutObjectCommand({ Bucket, Key: 'whole', Body: both, ChecksumAlgorithm }));
      const whole = await client.send(new HeadObjectCommand({ Bucket, Key: 'whole', ChecksumMode: 'ENABLED' }));
      const name = `Checksum${ChecksumAlgorithm}` as const;
      expect(done[name]).toBe(whole[name]);
    }
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads).toBeUndefined();
  });

  test('take parts of other objects, and refuse what is not in order', async () => {
    const { client } = await withBucket();
    await client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: first }));
    const Key = 'big';
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const copy = { Bucket, Key, UploadId, CopySource: `${Bucket}/source` };
    const one = await client.send(new UploadPartCopyCommand({ ...copy, PartNumber: 1 }));
    const range = { CopySourceRange: 'bytes=10-19' };
    const two = await client.send(new UploadPartCopyCommand({ ...copy, PartNumber: 2, ...range }));
    const complete = (...Parts: { PartNumber: number; ETag: string | undefined }[]) =>
      client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
    const part1 = { PartNumber: 1, ETag: one.CopyPartResult?.ETag };
    const part2 = { PartNumber: 2, ETag: two.CopyPartResult?.ETag };
    await expect(complete(part2, part1)).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    await expect(complete(part1, { ...part2, ETag: part1.ETag })).rejects.toMatchObject({ name: 'InvalidPart' });
    await client.send(new UploadPartCopyCommand({ ...copy, PartNumber: 3, ...range }));
    await expect(complete(part2, { ...part2, PartNumber: 3 })).rejects.toMatchObject({ name: 'EntityTooSmall' });
    await complete(part1, part2);
    expect(digest(await content(client, Key))).toBe(digest(Buffer.concat([first, first.subarray(10, 20)])));
    await expect(complete(part1)).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });
});

test("a bucket's encryption is AES256 until it is set", async () => {
  const { client } = await withBucket();
  const rules = async () =>
    (await client.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules;
  expect(await rules()).toMatchObject([{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }]);
  const byDefault = { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'alias/x' } as const;
  const Rules = [{ ApplyServerSideEncryptionByDefault: byDefault, BucketKeyEnabled: true }];
  await client.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
  expect(await rules()).toEqual(Rules);
});

test('a bucket has what Terraform reads of one, set or not', async () => {
  const { client } = await withBucket();
  for (const reading of [
    client.send(new GetBucketVersioningCommand({ Bucket })),
    client.send(new GetBucketLoggingCommand({ Bucket })),
    client.send(new GetBucketAccelerateConfigurationCommand({ Bucket })),
    client.send(new GetBucketNotificationConfigurationCommand({ Bucket })),
  ]) {
    const { $metadata, ...nothing } = await reading;
    const given = Object.values(nothing).filter((value) => value !== undefined);
    expect([$metadata.httpStatusCode, given]).toEqual([200, []]);
  }
  const readings: Readonly<Record<string, () => Promise<unknown>>> = {
    NoSuchBucketPolicy: () => client.send(new GetBucketPolicyCommand({ Bucket })),
    NoSuchCORSConfiguration: () => client.send(new GetBucketCorsCommand({ Bucket })),
    NoSuchWebsiteConfiguration: () => client.send(new GetBucketWebsiteCommand({ Bucket })),
    NoSuchLifecycleConfiguration: () => client.send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
    ReplicationConfigurationNotFoundError: () => client.send(new GetBucketReplicationCommand({ Bucket })),
    ObjectLockConfigurationNotFoundError: () => client.send(new GetObjectLockConfigurationCommand({ Bucket })),
    NoSuchTagSet: () => client.send(new GetBucketTaggingCommand({ Bucket })),
  };
  for (const [name, reading] of Object.entries(readings)) {
    await expect(reading()).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 404 } });
  }
  const TagSet = [{ Key: 'a', Value: 'b' }];
  await client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
  expect((await client.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual(TagSet);
  const block = {
    BlockPublicAcls: true,
    IgnorePublicAcls: false,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: false,
  };
  await client.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: block }));
  const { PublicAccessBlockConfiguration } = await client.send(new GetPublicAccessBlockCommand({ Bucket }));
  expect(PublicAccessBlockConfiguration).toEqual(block);
});

test('what is not there says so', async () => {
  const { client } = await withBucket();
  const VersioningConfiguration = { Status: 'Enabled', MFADelete: 'Enabled' } as const;
  const put = client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  await expect(put).rejects.toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } });
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  const version = client.send(new GetObjectCommand({ Bucket, Key: 'k', VersionId: 'abc' }));
  await expect(version).rejects.toMatchObject({ name: 'InvalidArgument' });
  const SSECustomerKey = Buffer.alloc(32).toString('base64');
  const custom = { SSECustomerAlgorithm: 'AES256', SSECustomerKey };
  const overPlainHttp = client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...custom }));
  await expect(overPlainHttp).rejects.toMatchObject({ name: 'NotImplemented' });
});
