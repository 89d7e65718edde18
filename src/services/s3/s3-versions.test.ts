import { readdirSync } from 'node:fs';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  type DeleteMarkerEntry,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIFECYCLE_INTERVAL_MS } from './lifecycle.js';
import { openS3 } from './s3.fixture.js';

const Bucket = 'kept-versions';
const DAY_MS = 86_400_000;

async function setUp(status: 'Enabled' | 'never' = 'Enabled') {
  const it = await openS3();
  const client = it.client();
  await client.send(new CreateBucketCommand({ Bucket }));
  const set = (Status: 'Enabled' | 'Suspended') =>
    client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  if (status !== 'never') await set(status);
  const put = async (Key: string, Body: string) =>
    (await client.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId;
  const read = async (Key: string, VersionId?: string) => {
    const { Body, VersionId: version } = await client.send(new GetObjectCommand({ Bucket, Key, VersionId }));
    return [await Body?.transformToString(), version];
  };
  const remove = async (Key: string, VersionId?: string) => {
    const { VersionId: version, DeleteMarker } = await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
    return [version, DeleteMarker];
  };
  const clientOf = async (name: string, statement: object) =>
    it.client(await it.user(name, [{ Effect: 'Allow', ...statement }]));
  /** Hour by hour, as the lifecycle is carried out. */
  const pass = async (ms: number): Promise<void> => {
    for (let hour = 0; hour < ms / LIFECYCLE_INTERVAL_MS; hour += 1) {
      it.time.advance(LIFECYCLE_INTERVAL_MS);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return { client, clientOf, set, put, read, remove, pass, files: it.files };
}

/** Every version and marker, in the order of the listing of each kind. */
async function listed(client: S3Client, more: Partial<ListObjectVersionsCommandInput> = {}) {
  const answer = await client.send(new ListObjectVersionsCommand({ Bucket, ...more }));
  const short = ({ Key, VersionId, IsLatest }: DeleteMarkerEntry) =>
    `${Key} ${VersionId}${IsLatest === true ? ' latest' : ''}`;
  return { versions: (answer.Versions ?? []).map(short), markers: (answer.DeleteMarkers ?? []).map(short), answer };
}

test('what is written again is kept under its version, and read by it', async () => {
  const { client, put, read } = await setUp();
  const [one, two] = [await put('k', 'one'), await put('k', 'two')];
  expect(one).toMatch(/^[A-Za-z0-9_-]{32}$/);
  expect(two).not.toBe(one);
  expect(await read('k')).toEqual(['two', two]);
  expect(await read('k', one)).toEqual(['one', one]);
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'k', VersionId: one }));
  expect([head.VersionId, head.ContentLength]).toEqual([one, 3]);
  const attributes = new GetObjectAttributesCommand({
    Bucket,
    Key: 'k',
    VersionId: one,
    ObjectAttributes: ['ObjectSize'],
  });
  expect(await client.send(attributes)).toMatchObject({ ObjectSize: 3, VersionId: one });
  expect((await listed(client)).versions).toEqual([`k ${two} latest`, `k ${one}`]);
  expect((await client.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(1);
  const unknown = 'A'.repeat(32);
  await expect(read('k', unknown)).rejects.toMatchObject({ name: 'NoSuchVersion' });
  await expect(read('k', 'abc')).rejects.toMatchObject({ name: 'InvalidArgument' });
});

test('a deletion hides the key behind a marker; the marker’s own deletion brings it back', async () => {
  const { client, put, read, remove } = await setUp();
  const one = await put('k', 'one');
  const [marker, isMarker] = await remove('k');
  expect(isMarker).toBe(true);
  await expect(read('k')).rejects.toMatchObject({ name: 'NoSuchKey' });
  expect(await read('k', one)).toEqual(['one', one]);
  const noBody = client.send(new GetObjectCommand({ Bucket, Key: 'k', VersionId: marker as string }));
  await expect(noBody).rejects.toMatchObject({ name: 'MethodNotAllowed', $metadata: { httpStatusCode: 405 } });
  expect(await listed(client)).toMatchObject({ versions: [`k ${one}`], markers: [`k ${String(marker)} latest`] });
  expect((await client.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
  expect(await remove('k', marker as string)).toEqual([marker, true]);
  expect(await read('k')).toEqual(['one', one]);
  expect(await remove('k', one)).toEqual([one, undefined]);
  await expect(read('k')).rejects.toMatchObject({ name: 'NoSuchKey' });
  expect(await listed(client)).toMatchObject({ versions: [], markers: [] });
  // Of what has never been there a marker is made all the same.
  expect((await remove('never'))[1]).toBe(true);
});

test('the files of what is deleted for good go, and those of kept versions stay', async () => {
  const { put, remove, files } = await setUp();
  const count = (): number =>
    readdirSync(files, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).length;
  const versions = [await put('k', 'one'), await put('k', 'two'), await put('k', 'three')];
  await remove('k');
  expect(count()).toBe(3);
  for (const version of versions) await remove('k', version);
  expect(count()).toBe(0);
});

test('suspended, what is written has the version null, in the place of the one before it', async () => {
  const { client, set, put, read, remove } = await setUp('never');
  expect(await put('k', 'before')).toBeUndefined();
  expect((await read('k'))[1]).toBeUndefined();
  await set('Enabled');
  expect(await read('k')).toEqual(['before', 'null']);
  const one = await put('k', 'one');
  expect(await read('k', 'null')).toEqual(['before', 'null']);
  await set('Suspended');
  expect(await put('k', 'after')).toBe('null');
  expect(await read('k', 'null')).toEqual(['after', 'null']);
  expect((await listed(client)).versions).toEqual(['k null latest', `k ${one}`]);
  expect(await remove('k')).toEqual(['null', true]);
  expect(await listed(client)).toMatchObject({ versions: [`k ${one}`], markers: ['k null latest'] });
  expect(await put('k', 'again')).toBe('null');
  expect(await listed(client)).toMatchObject({ versions: ['k null latest', `k ${one}`], markers: [] });
});

test('copies, uploads in parts, tags and many deletions know versions', async () => {
  const { client, put, read } = await setUp();
  const [one, two] = [await put('k', 'one'), await put('k', 'two')];
  const copied = await client.send(
    new CopyObjectCommand({ Bucket, Key: 'k', CopySource: `${Bucket}/k?versionId=${one}` }),
  );
  expect(copied.CopySourceVersionId).toBe(one);
  expect(await read('k')).toEqual(['one', copied.VersionId]);
  const upload = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
  const part = { Bucket, Key: 'k', UploadId: upload.UploadId };
  const { ETag } = await client.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: 'parts' }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  const done = await client.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload }));
  expect(await read('k')).toEqual(['parts', done.VersionId]);

  const tagged = { Bucket, Key: 'k', VersionId: one };
  const tags = async (VersionId?: string) =>
    (await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'k', VersionId }))).TagSet;
  await client.send(new PutObjectTaggingCommand({ ...tagged, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } }));
  expect([await tags(one), await tags(two), await tags()]).toEqual([[{ Key: 'a', Value: 'b' }], [], []]);
  await client.send(new DeleteObjectTaggingCommand(tagged));
  expect(await tags(one)).toEqual([]);

  const Objects = [{ Key: 'k', VersionId: one }, { Key: 'k' }, { Key: 'k', VersionId: 'no id' }];
  const { Deleted, Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  expect(Deleted).toEqual([
    { Key: 'k', VersionId: one },
    { Key: 'k', DeleteMarker: true, DeleteMarkerVersionId: expect.stringMatching(/^.{32}$/) as string },
  ]);
  expect(Errors).toMatchObject([{ Key: 'k', VersionId: 'no id', Code: 'InvalidArgument' }]);
});

test('a bucket with anything kept in it is not empty', async () => {
  const { client, put, remove } = await setUp();
  const one = await put('k', 'one');
  const [marker] = await remove('k');
  const drop = () => client.send(new DeleteBucketCommand({ Bucket }));
  await expect(drop()).rejects.toMatchObject({ name: 'BucketNotEmpty' });
  await remove('k', one);
  await expect(drop()).rejects.toMatchObject({ name: 'BucketNotEmpty' });
  await remove('k', marker as string);
  await drop();
});

test('policies tell versions from what is current', async () => {
  const { clientOf, put } = await setUp();
  const [one] = [await put('k', 'one'), await put('k', 'two')];
  const Resource = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`];
  const reader = await clientOf('reader', { Action: ['s3:GetObject', 's3:DeleteObject'], Resource });
  const get = (one_: S3Client, VersionId?: string) => one_.send(new GetObjectCommand({ Bucket, Key: 'k', VersionId }));
  await get(reader);
  await expect(get(reader, one)).rejects.toThrow(/s3:GetObjectVersion/);
  const drop = reader.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: one }));
  await expect(drop).rejects.toThrow(/s3:DeleteObjectVersion/);
  const copier = await clientOf('copier', { Action: ['s3:GetObject', 's3:PutObject'], Resource });
  const copy = (CopySource: string) => copier.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }));
  await copy(`${Bucket}/k`);
  await expect(copy(`${Bucket}/k?versionId=${one}`)).rejects.toThrow(/s3:GetObjectVersion/);
  const Condition = { StringEquals: { 's3:versionid': one } };
  const auditor = await clientOf('auditor', { Action: 's3:GetObjectVersion', Resource, Condition });
  await get(auditor, one);
  await expect(get(auditor, await put('k', 'three'))).rejects.toThrow(/s3:GetObjectVersion/);
});

test('listings come page by page, from within a key’s versions on, and fold what a delimiter folds', async () => {
  const { client, put, remove } = await setUp();
  for (const [key, count] of [
    ['a/1', 3],
    ['a/2', 2],
    ['b', 4],
    ['c', 1],
  ] as const) {
    for (let number = 0; number < count; number += 1) await put(key, String(number));
  }
  await remove('b');
  const whole = await listed(client);
  expect(whole.versions).toHaveLength(10);
  for (const MaxKeys of [1, 2, 3, 7]) {
    const found = { versions: [] as string[], markers: [] as string[] };
    let next: Partial<ListObjectVersionsCommandInput> = {};
    for (;;) {
      const { versions, markers, answer } = await listed(client, { MaxKeys, ...next });
      expect(versions.length + markers.length).toBeLessThanOrEqual(MaxKeys);
      found.versions.push(...versions);
      found.markers.push(...markers);
      if (answer.IsTruncated !== true) break;
      next = { KeyMarker: answer.NextKeyMarker, VersionIdMarker: answer.NextVersionIdMarker };
    }
    expect(found).toEqual({ versions: whole.versions, markers: whole.markers });
  }
  const { versions, answer } = await listed(client, { Delimiter: '/', MaxKeys: 3 });
  expect(answer.CommonPrefixes).toEqual([{ Prefix: 'a/' }]);
  expect([versions.length, answer.NextKeyMarker]).toEqual([1, 'b']);
  const rest = await listed(client, { KeyMarker: 'b', VersionIdMarker: answer.NextVersionIdMarker });
  expect(rest.versions).toHaveLength(4);
  expect((await listed(client, { Prefix: 'a/2' })).versions).toHaveLength(2);
  await expect(listed(client, { VersionIdMarker: 'A'.repeat(32) })).rejects.toMatchObject({ name: 'InvalidArgument' });
});

test('the lifecycle of versions: so many days after they were displaced, but for the newest', async () => {
  const { client, put, remove, pass } = await setUp();
  for (const body of ['1', '2', '3', '4']) await put('a/k', body);
  await put('b/k', '1');
  await put('b/k', '2');
  await put('a/gone', '1');
  await remove('a/gone');
  await remove('a/hidden', await put('a/hidden', '1'));
  await remove('a/hidden');
  await remove('b/hidden');
  const rule = { ID: 'r', Status: 'Enabled', Filter: { Prefix: 'a/' } } as const;
  const actions = {
    NoncurrentVersionExpiration: { NoncurrentDays: 2, NewerNoncurrentVersions: 1 },
    Expiration: { ExpiredObjectDeleteMarker: true },
  };
  const LifecycleConfiguration = { Rules: [{ ...rule, ...actions }] };
  await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
  await pass(DAY_MS);
  expect((await listed(client)).versions).toHaveLength(7);
  await pass(3 * DAY_MS);
  await expect
    .poll(async () => (await listed(client)).versions.map((one) => one.split(' ')[0]))
    .toEqual(['a/gone', 'a/k', 'a/k', 'b/k', 'b/k']);
  // Of the markers the one that hides nothing any more goes, under the rule's prefix.
  const hidden = (await listed(client)).markers.map((one) => one.split(' ')[0]);
  expect(hidden).toEqual(['a/gone', 'b/hidden']);
});

test('whatever is done, keys and versions are what a simple model says', async () => {
  const key = fc.constantFrom('k', 'k/1');
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('put' as const), key }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('deleteVersion' as const), key, at: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('Enabled' as const, 'Suspended' as const), key }) },
  );
  const { client, set, put, read, remove } = await setUp('never');
  let state: 'Enabled' | 'Suspended' | undefined;
  let model: { key: string; id: string; body: string | undefined }[] = [];
  let written = 0;
  const of = (name: string) => model.filter((one) => one.key === name);
  const top = (entry: (typeof model)[number]): void => {
    if (entry.id === 'null') model = model.filter((one) => one.key !== entry.key || one.id !== 'null');
    model.unshift(entry);
  };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      for (const one of steps) {
        if (one.kind === 'put') {
          written += 1;
          top({ key: one.key, id: (await put(one.key, String(written))) ?? 'null', body: String(written) });
        } else if (one.kind === 'delete') {
          const [id] = await remove(one.key);
          if (state === undefined) model = model.filter((other) => other.key !== one.key);
          else top({ key: one.key, id: id as string, body: undefined });
        } else if (one.kind === 'deleteVersion') {
          const versions = of(one.key);
          const meant = versions[one.at % Math.max(1, versions.length)];
          if (meant === undefined) continue;
          await remove(one.key, meant.id);
          model = model.filter((other) => other !== meant);
        } else {
          await set(one.kind);
          state = one.kind;
        }
      }
      for (const name of ['k', 'k/1']) {
        const [latest] = of(name);
        const now = await read(name).then(
          ([body]) => body,
          (error: unknown) => (error as Error).name,
        );
        expect(now).toBe(latest === undefined ? 'NoSuchKey' : (latest.body ?? 'NoSuchKey'));
        for (const { id, body } of of(name)) if (body !== undefined) expect((await read(name, id))[0]).toBe(body);
      }
      const { versions, markers } = await listed(client);
      const expected = (kept: boolean): string[] =>
        ['k', 'k/1'].flatMap((name) =>
          of(name)
            .map(({ id, body }, index) => ({ body, text: `${name} ${id}${index === 0 ? ' latest' : ''}` }))
            .filter(({ body }) => (body !== undefined) === kept)
            .map(({ text }) => text),
        );
      expect({ versions, markers }).toEqual({ versions: expected(true), markers: expected(false) });
    }),
    { numRuns: 60 },
  );
}, 120_000);
