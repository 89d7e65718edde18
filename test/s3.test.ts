import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOptions } from './client-options.fixture.js';
import { Stack, onPath, run } from './stack.fixture.js';

const MEGABYTE = 1024 * 1024;

describe('S3 of gangway up', { timeout: 180_000 }, () => {
  const stack = new Stack();
  const work = mkdtempSync(join(tmpdir(), 'gangway-s3-'));
  let client: S3Client;

  beforeAll(async () => {
    await stack.up(['--no-agent']);
    client = new S3Client({ ...clientOptions(stack), maxAttempts: 1, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: 'own-bucket' }));
  }, 120_000);
  afterAll(async () => {
    client.destroy();
    await stack.down();
    rmSync(work, { recursive: true, force: true });
  });

  const residentMegabytes = (): number => {
    const [, pages = '0'] = readFileSync(`/proc/${stack.pid}/statm`, 'latin1').split(' ');
    return (Number(pages) * 4096) / MEGABYTE;
  };

  describe.skipIf(!onPath('aws'))('with the AWS CLI', () => {
    // Its own default for presigned URLs is the signature before the present one, which S3 has given up.
    const config = join(work, 'config');
    writeFileSync(config, '[default]\ns3 =\n    signature_version = s3v4\n');
    const aws = async (...args: string[]) => {
      const env = stack.env({ AWS_PAGER: '', AWS_CONFIG_FILE: config, AWS_MAX_ATTEMPTS: '1' });
      // One older than 2.13 does not read AWS_ENDPOINT_URL.
      const ran = await run('aws', ['--endpoint-url', stack.url, ...args], { env });
      expect([ran.status, ran.stderr]).toEqual([0, '']);
      return ran.stdout;
    };
    const file = (name: string): string => join(work, name);
    const big = randomBytes(20_000_001);

    it('makes, fills, lists, synchronises and removes a bucket', async () => {
      expect(await aws('s3', 'mb', 's3://cli-bucket')).toBe('make_bucket: cli-bucket\n');
      writeFileSync(file('big'), big);
      await aws('s3', 'cp', '--no-progress', file('big'), 's3://cli-bucket/dir/big');
      const listed = await aws('s3', 'ls', 's3://cli-bucket/');
      expect(listed).toContain('PRE dir/');
      expect(await aws('s3', 'ls', '--recursive', 's3://cli-bucket/')).toMatch(/ 20000001 dir\/big$/m);
      await aws('s3', 'cp', '--no-progress', 's3://cli-bucket/dir/big', file('again'));
      expect(readFileSync(file('again')).equals(big)).toBe(true);
      await aws('s3', 'sync', '--no-progress', 's3://cli-bucket', file('copy'));
      expect(readFileSync(join(file('copy'), 'dir', 'big')).equals(big)).toBe(true);
      expect(await aws('s3', 'sync', '--no-progress', file('copy'), 's3://cli-bucket')).toBe('');
      await aws('s3', 'rm', '--quiet', '--recursive', 's3://cli-bucket');
      expect(await aws('s3', 'rb', 's3://cli-bucket')).toBe('remove_bucket: cli-bucket\n');
    });

    it('writes from its input and reads to its output', async () => {
      const env = stack.env({ AWS_CONFIG_FILE: config });
      const put = await run('aws', ['--endpoint-url', stack.url, 's3', 'cp', '-', 's3://own-bucket/from stdin'], {
        env,
        input: 'ümläut\n',
      });
      expect(put.status).toBe(0);
      expect(await aws('s3', 'cp', 's3://own-bucket/from stdin', '-')).toBe('ümläut\n');
    });

    it('signs URLs that work without it', async () => {
      await client.send(new PutObjectCommand({ Bucket: 'own-bucket', Key: 'a b', Body: 'for everybody' }));
      const url = (await aws('s3', 'presign', 's3://own-bucket/a b', '--expires-in', '8')).trim();
      const answer = await fetch(url);
      expect([answer.status, await answer.text()]).toEqual([200, 'for everybody']);
      await new Promise((resolve) => setTimeout(resolve, 8100));
      const late = await fetch(url);
      expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('Request has expired')]);
    });
  });

  it('carries what is larger than what it may take of memory', async () => {
    const Bucket = 'own-bucket';
    await client.send(new PutObjectCommand({ Bucket, Key: 'warm', Body: randomBytes(MEGABYTE) }));
    const piece = randomBytes(MEGABYTE);
    const count = 400;
    const before = residentMegabytes();
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, residentMegabytes())), 50);
    const Body = Readable.from(
      (function* () {
        for (let index = 0; index < count; index++) yield piece;
      })(),
      { objectMode: false },
    );
    await client.send(new PutObjectCommand({ Bucket, Key: 'large', Body, ContentLength: count * MEGABYTE }));
    const answer = await client.send(new GetObjectCommand({ Bucket, Key: 'large' }));
    let length = 0;
    for await (const chunk of answer.Body as Readable) length += (chunk as Buffer).length;
    clearInterval(watch);
    expect(length).toBe(count * MEGABYTE);
    expect(most - before).toBeLessThan(120);
  });

  it('is killed in the middle of a write, and has nothing of it afterwards', async () => {
    const Bucket = 'own-bucket';
    const keys = async () => (await client.send(new ListObjectsV2Command({ Bucket }))).Contents?.map(({ Key }) => Key);
    await client.send(new PutObjectCommand({ Bucket, Key: 'answered', Body: 'kept' }));
    const before = await keys();
    const files = (): number => readdirSync(join(stack.data, 's3', 'files'), { recursive: true }).length;
    const kept = files();
    const Body = Readable.from(
      (async function* () {
        for (;;) {
          yield randomBytes(65_536);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      })(),
      { objectMode: false },
    );
    const writing = client.send(new PutObjectCommand({ Bucket, Key: 'half', Body, ContentLength: 1e9 }));
    const failed = expect(writing).rejects.toThrow();
    await expect.poll(() => readdirSync(join(stack.data, 's3', 'incoming')).length).toBe(1);
    await stack.kill('SIGKILL');
    await failed;
    await stack.up(['--no-agent']);
    expect(await keys()).toEqual(before);
    expect(readdirSync(join(stack.data, 's3', 'incoming'))).toEqual([]);
    expect(files()).toBe(kept);
    const { Body: body } = await client.send(new GetObjectCommand({ Bucket, Key: 'answered' }));
    expect(await body?.transformToString()).toBe('kept');
  });

  it('finds the bucket in the name of the host as well', async () => {
    const Bucket = 'own-bucket';
    await client.send(new PutObjectCommand({ Bucket, Key: 'hosted', Body: 'here' }));
    const { port } = new URL(stack.url);
    const virtual = new S3Client({
      ...{ ...clientOptions(stack), endpoint: `http://localhost:${port}`, maxAttempts: 1 },
      // `BUCKET.localhost` is this machine, whatever its resolver says.
      requestHandler: {
        httpAgent: {
          lookup: (_name: string, _options: object, done: (...all: unknown[]) => void) =>
            done(null, [{ address: '127.0.0.1', family: 4 }]),
        },
      } as never,
    });
    const { Body } = await virtual.send(new GetObjectCommand({ Bucket, Key: 'hosted' }));
    expect(await Body?.transformToString()).toBe('here');
    virtual.destroy();
    const unsigned = request({
      port,
      host: '127.0.0.1',
      path: '/hosted',
      headers: { host: 'own-bucket.localhost' },
    }).end();
    const [answer] = (await once(unsigned, 'response')) as [{ statusCode: number; resume(): void }];
    answer.resume();
    expect(answer.statusCode).toBe(403);
  });
});
