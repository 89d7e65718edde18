import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { LIFECYCLE_INTERVAL_MS } from './lifecycle.js';
import { openS3, REGION } from './s3.fixture.js';

const Bucket = 'demo-bucket';
const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
const TEXT = 'what nobody may find on the disk. ';

async function withBucket() {
  const s3 = await openS3();
  const client = s3.client();
  await client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  return { s3, client };
}

/** Paths of the files of objects. */
function filesIn(directory: string): string[] {
  return readdirSync(directory).flatMap((folder) =>
    readdirSync(join(directory, folder)).map((name) => join(directory, folder, name)),
  );
}

async function read(client: S3Client, Key: string, Range?: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ...(Range !== undefined && { Range }) }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

test('what is on the disk is not what was put, nor named after it, and nobody else may read it', async () => {
  const { s3, client } = await withBucket();
  const body = Buffer.from(TEXT.repeat(10_000));
  await client.send(new PutObjectCommand({ Bucket, Key: '../../etc/passwd', Body: body }));
  expect((await read(client, '../../etc/passwd')).equals(body)).toBe(true);
  const [path = '', ...more] = filesIn(s3.files);
  expect(more).toEqual([]);
  expect(path).toMatch(/\/files\/([0-9a-f]{2})\/\1[0-9a-f]{30}$/);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(s3.files).mode & 0o777).toBe(0o700);
  const bytes = readFileSync(path);
  expect(bytes.length).toBeGreaterThan(body.length);
  expect(bytes.includes(TEXT.slice(0, 8))).toBe(false);
  for (const name of ['state.db', 'state.db-wal']) {
    expect(readFileSync(join(s3.directory, name)).includes(TEXT.slice(0, 8))).toBe(false);
  }
});

test('a flipped byte anywhere is never given out as content', async () => {
  const { s3, client } = await withBucket();
  const body = randomBytes(150_000);
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: body }));
  const [path = ''] = filesIn(s3.files);
  const whole = readFileSync(path);
  // In each segment, in a tag, at both ends.
  for (const at of [0, 1000, 65_536, 65_552, 100_000, whole.length - 1]) {
    const changed = Buffer.from(whole);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    writeFileSync(path, changed);
    await expect(read(client, 'k')).rejects.toThrow();
  }
  // What is not touched by it can still be read.
  writeFileSync(path, Buffer.concat([whole.subarray(0, -1), Buffer.of(whole.readUInt8(whole.length - 1) ^ 1)]));
  expect((await read(client, 'k', 'bytes=10-20')).equals(body.subarray(10, 21))).toBe(true);
  const damaged = client.send(new GetObjectCommand({ Bucket, Key: 'k', Range: 'bytes=149999-149999' }));
  await expect(damaged).rejects.toMatchObject({ name: 'InternalError', $metadata: { httpStatusCode: 500 } });
  expect(s3.events.at(-1)?.reason).toMatch(/an object's file is damaged: segment 2/);
});

test('a file that is cut, or put together otherwise, is noticed', async () => {
  const { s3, client } = await withBucket();
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: randomBytes(65_536 * 3) }));
  const [path = ''] = filesIn(s3.files);
  const whole = readFileSync(path);
  const segment = 65_536 + 16;
  const segments = [0, 1, 2].map((number) => whole.subarray(number * segment, (number + 1) * segment));
  const [first, second, third] = segments as [Buffer, Buffer, Buffer];
  writeFileSync(path, Buffer.concat([second, first, third]));
  await expect(read(client, 'k')).rejects.toMatchObject({ name: 'InternalError' });
  truncateSync(path, segment * 2);
  await expect(read(client, 'k', 'bytes=0-0')).rejects.toMatchObject({ name: 'InternalError' });
  writeFileSync(path, whole);
  expect((await read(client, 'k')).length).toBe(65_536 * 3);
});

test('files go with what they belong to', async () => {
  const { s3, client } = await withBucket();
  const count = (): number => filesIn(s3.files).length;
  const put = { Bucket, Key: 'k' };
  await client.send(new PutObjectCommand({ ...put, Body: 'one' }));
  await client.send(new PutObjectCommand({ ...put, Body: 'two' }));
  expect(count()).toBe(1);
  await client.send(new DeleteObjectCommand(put));
  expect(count()).toBe(0);
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(put));
  const part = { ...put, UploadId };
  await client.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: 'a' }));
  const { ETag } = await client.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: 'b' }));
  await client.send(new UploadPartCommand({ ...part, PartNumber: 2, Body: 'c' }));
  expect(count()).toBe(2);
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await client.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload }));
  expect(count()).toBe(1);
  const other = await client.send(new CreateMultipartUploadCommand(put));
  await client.send(new UploadPartCommand({ ...put, UploadId: other.UploadId, PartNumber: 1, Body: 'd' }));
  await client.send(new AbortMultipartUploadCommand({ ...put, UploadId: other.UploadId }));
  expect(count()).toBe(1);
  expect((await read(client, 'k')).toString()).toBe('b');
});

test('an object that is replaced while it is read is read to its end, and then gone', async () => {
  const { s3, client } = await withBucket();
  const old = randomBytes(20_000_000);
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: old }));
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'new' }));
  const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
  expect(bytes.equals(old)).toBe(true);
  await expect.poll(() => filesIn(s3.files).length).toBe(1);
  expect((await read(client, 'k')).toString()).toBe('new');
});

test('what a crash left is removed at the next start, and what was answered is kept', async () => {
  const { s3, client } = await withBucket();
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'kept' }));
  writeFileSync(join(s3.directory, 's3', 'incoming', '0'.repeat(32)), 'half');
  const [path = ''] = filesIn(s3.files);
  writeFileSync(path.replace(/[^/]+$/, `${path.slice(-32, -30)}${'f'.repeat(30)}`), 'placed, and not recorded');
  await s3.restart();
  expect(filesIn(s3.files)).toEqual([path]);
  expect(readdirSync(join(s3.directory, 's3', 'incoming'))).toEqual([]);
  expect((await read(s3.client(), 'k')).toString()).toBe('kept');
  expect(s3.logged).toContainEqual({ fields: { removed: 2 }, message: 'files of incomplete writes were removed' });
});

test('a body that is not what was promised leaves nothing', async () => {
  const { s3, client } = await withBucket();
  const Body = randomBytes(200_000);
  const wrong = { Bucket, Key: 'k', Body };
  const md5 = client.send(new PutObjectCommand({ ...wrong, ContentMD5: Buffer.alloc(16).toString('base64') }));
  await expect(md5).rejects.toMatchObject({ name: 'BadDigest' });
  const crc = client.send(new PutObjectCommand({ ...wrong, ChecksumCRC32: 'AAAAAA==' }));
  await expect(crc).rejects.toMatchObject({
    name: 'BadDigest',
    message: 'The CRC32 you specified did not match the calculated checksum.',
  });
  const short = Readable.from([Body]);
  const cut = client.send(new PutObjectCommand({ ...wrong, Body: short, ContentLength: 100 }));
  await expect(cut).rejects.toMatchObject({ name: 'IncompleteBody' });
  expect((await client.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
  expect(filesIn(s3.files)).toEqual([]);
  expect(readdirSync(join(s3.directory, 's3', 'incoming'))).toEqual([]);
});

test("a bucket's lifecycle is carried out: after so many days, from midnight on, under its prefix", async () => {
  const { s3, client } = await withBucket();
  for (const Key of ['logs/a', 'logs/b', 'kept']) await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const Rules = [
    { ID: 'old', Status: 'Enabled', Filter: { Prefix: 'logs/' }, Expiration: { Days: 2 } },
    { ID: 'off', Status: 'Disabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } },
  ] as const;
  const LifecycleConfiguration = { Rules: [...Rules] };
  await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
  s3.time.advance(2 * 86_400_000 - LIFECYCLE_INTERVAL_MS);
  await s3.restart();
  const again = s3.client();
  const keys = async () => (await again.send(new ListObjectsV2Command({ Bucket }))).Contents?.map(({ Key }) => Key);
  expect(await keys()).toEqual(['kept', 'logs/a', 'logs/b']);
  // The midnight after.
  for (let hour = 0; hour < 26; hour++) {
    s3.time.advance(LIFECYCLE_INTERVAL_MS);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await expect.poll(keys).toEqual(['kept']);
  expect(filesIn(s3.files).length).toBe(1);
});
