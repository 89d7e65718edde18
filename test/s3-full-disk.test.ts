import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOptions } from './client-options.fixture.js';
import { Stack } from './stack.fixture.js';

const canMount = process.getuid?.() === 0 && process.platform === 'linux';
const Bucket = 'own-bucket';

describe.skipIf(!canMount)(
  'the disk under the objects is full (needs root: a small tmpfs)',
  { timeout: 60_000 },
  () => {
    const stack = new Stack();
    let mounted = false;
    let client: S3Client;

    beforeAll(async () => {
      const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=32m,mode=0700', 'tmpfs', stack.data]);
      mounted = mount.status === 0;
      expect(mounted, mount.stderr.toString()).toBe(true);
      await stack.up(['--no-agent']);
      client = new S3Client({ ...clientOptions(stack), maxAttempts: 1, forcePathStyle: true });
      await client.send(new CreateBucketCommand({ Bucket }));
      await client.send(new PutObjectCommand({ Bucket, Key: 'before', Body: 'kept' }));
    }, 120_000);
    afterAll(async () => {
      client.destroy();
      await stack.kill('SIGTERM');
      if (mounted) spawnSync('umount', [stack.data]);
      await stack.down();
    });

    const put = (Key: string, bytes: number) =>
      client.send(new PutObjectCommand({ Bucket, Key, Body: randomBytes(bytes) }));
    const keys = async () => (await client.send(new ListObjectsV2Command({ Bucket }))).Contents?.map(({ Key }) => Key);
    const leftovers = (): string[] => readdirSync(join(stack.data, 's3', 'incoming'));

    it('refuses what does not fit, keeps nothing of it, and tells the operator why', async () => {
      const refused = put('large', 40_000_000);
      await expect(refused).rejects.toMatchObject({
        name: 'ServiceUnavailable',
        $metadata: { httpStatusCode: 503 },
      });
      expect(leftovers()).toEqual([]);
      expect(await keys()).toEqual(['before']);
      expect(stack.log).toMatch(/no room left for objects: ENOSPC/);
    });

    it('recovers when there is room again', async () => {
      const filler = join(stack.data, 'filler');
      const handle = openSync(filler, 'a');
      for (const size of [65_536, 1]) {
        try {
          for (;;) writeSync(handle, Buffer.alloc(size));
        } catch (error) {
          expect(error).toMatchObject({ code: 'ENOSPC' });
        }
      }
      closeSync(handle);
      await expect(put('small', 100_000)).rejects.toMatchObject({ name: 'ServiceUnavailable' });
      // What is there can be read all the while.
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'before' }));
      expect(await Body?.transformToString()).toBe('kept');
      rmSync(filler);
      await put('small', 100_000);
      expect(await keys()).toEqual(['before', 'small']);
      expect(leftovers()).toEqual([]);
    });
  },
);
